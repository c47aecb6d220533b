{{/* Parts of the network policies. */}}
{{- define "careloop.policy" }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .name }}
  labels: {{ include "careloop.labels" . | nindent 4 }}
spec:
  podSelector: {{ toYaml .pods | nindent 4 }}
  policyTypes: {{ toJson .types }}
  {{- with .ingress }}
  ingress: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with .egress }}
  egress: {{ toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- define "careloop.named" -}}
matchLabels: {app.kubernetes.io/instance: {{ .root.Release.Name }}}
matchExpressions: [{key: app.kubernetes.io/name, operator: In, values: {{ toJson .names }}}]
{{- end }}
{{- define "careloop.blocks" -}}
{{- range . }}
- ipBlock: {cidr: {{ . }}}
{{- end }}
{{- end }}
