{{/* Names, labels and the parts that all pods have. Arguments are dictionaries: root, name, and what a pod differs in. */}}

{{- define "careloop.labels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/part-of: careloop
{{- end }}

{{- define "careloop.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{- define "careloop.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* The rights of a pod: none. */}}
{{- define "careloop.pod" -}}
automountServiceAccountToken: false
terminationGracePeriodSeconds: 100
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "careloop.rights" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* The container of a process. root, name, args, env (a list), keys (of the Secret), disk, pem (whether it signs). */}}
{{- define "careloop.container" -}}
- name: careloop
  image: {{ include "careloop.image" .root }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  args: {{ toJson .args }}
  {{- if not .once }}
  envFrom:
    - configMapRef: {name: {{ .root.Release.Name }}-settings}
  {{- end }}
  env:
    {{- include "careloop.tls.env" .root | nindent 4 }}
    {{- $env := .settings | default dict }}
    {{- if .once }}
    {{- $env = merge (deepCopy $env) (include "careloop.settings" .root | fromYaml) }}
    {{- end }}
    {{- range $name, $value := $env }}
    - {name: {{ $name }}, value: {{ $value | quote }}}
    {{- end }}
  ports:
    - {name: http, containerPort: 8080}
    {{- if .mllp }}
    - {name: mllp, containerPort: 2575}
    {{- end }}
  {{- if not .once }}
  startupProbe: {{ include "careloop.probe" (dict "root" .root "path" "/health/live") }}
  livenessProbe: {{ include "careloop.probe" (dict "root" .root "path" "/health/live" "period" 15) }}
  readinessProbe: {{ include "careloop.probe" (dict "root" .root "path" "/health/ready" "period" 5) }}
  {{- end }}
  resources: {{ toJson .root.Values.resources }}
  securityContext: {{ include "careloop.rights" .root | nindent 4 }}
  volumeMounts:
    - {name: secrets, mountPath: /run/secrets, readOnly: true}
    - {name: data, mountPath: /var/lib/careloop}
    - {name: tmp, mountPath: /tmp}
    {{- if not .root.Values.tls.mesh }}
    - {name: tls, mountPath: /run/tls, readOnly: true}
    {{- end }}
    - {name: authority, mountPath: /run/authority, readOnly: true}
    {{- if .definitions }}
    - {name: definitions, mountPath: /definitions, readOnly: true}
    {{- end }}
{{- end }}

{{- define "careloop.probe" -}}
{{- $scheme := ternary "HTTP" "HTTPS" .root.Values.tls.mesh -}}
{{- $period := .period | default 3 -}}
{httpGet: {path: {{ .path }}, port: http, scheme: {{ $scheme }}}, periodSeconds: {{ $period }}, timeoutSeconds: 5, failureThreshold: {{ ternary 4 40 (gt (int $period) 3) }}}
{{- end }}

{{- define "careloop.tls.env" -}}
{{- if .Values.tls.mesh -}}
- {name: CARELOOP_HTTP__BEHIND_TLS_PROXY, value: "true"}
{{- else -}}
- {name: CARELOOP_HTTP__CERT_FILE, value: /run/tls/tls.crt}
- {name: CARELOOP_HTTP__KEY_FILE, value: /run/tls/tls.key}
{{- end }}
{{- end }}

{{/* Volumes of a process, the data only where no claim has that name. */}}
{{- define "careloop.volumes" -}}
{{- if .keys }}
- name: secrets
  secret:
    secretName: {{ .root.Values.secret }}
    items: {{- range .keys }}
      - {key: {{ . }}, path: {{ . }}}
    {{- end }}
{{- else }}
- {name: secrets, emptyDir: {}} # without `items` a volume has every key
{{- end }}
- {name: tmp, emptyDir: {}}
{{- if not .disk }}
- {name: data, emptyDir: {}}
{{- end }}
{{- if not .root.Values.tls.mesh }}
- {name: tls, secret: {secretName: {{ .root.Values.tls.secret }}}}
{{- end }}
- {name: authority, configMap: {name: {{ .root.Values.authority.configMap }}}}
{{- if .definitions }}
- {name: definitions, configMap: {name: {{ .root.Values.definitions }}}}
{{- end }}
{{- end }}

{{/* The keys of the Secret that every role gets. */}}
{{- define "careloop.keys" -}}
["CARELOOP_KEYS__MASTER", "CARELOOP_KEYS__SITE", "CARELOOP_KAFKA__SASL_PASSWORD", "CARELOOP_MONGO__URL", "token-key.pub"]
{{- end }}
