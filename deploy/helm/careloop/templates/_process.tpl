{{/* A process: Deployment, or StatefulSet where its disk must outlive it; its Service; its disruption budget. */}}
{{- define "careloop.process" }}
---
apiVersion: apps/v1
kind: {{ ternary "StatefulSet" "Deployment" (.disk | default false) }}
metadata:
  name: {{ .name }}
  labels: {{ include "careloop.labels" . | nindent 4 }}
spec:
  {{- if not .scaled }}
  replicas: {{ .replicas }}
  {{- end }}
  selector:
    matchLabels: {{ include "careloop.selector" . | nindent 6 }}
  {{- if .disk }}
  serviceName: {{ .name }}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec:
        accessModes: [ReadWriteOnce]
        {{- with .root.Values.storage.className }}
        storageClassName: {{ . }}
        {{- end }}
        resources: {requests: {storage: {{ .root.Values.storage.size }}}}
  {{- end }}
  template:
    metadata:
      labels: {{ include "careloop.labels" . | nindent 8 }}
      {{- with .root.Values.podAnnotations }}
      annotations: {{ toYaml . | nindent 8 }}
      {{- end }}
    spec: {{ include "careloop.pod" .root | nindent 6 }}
      containers: {{ include "careloop.container" . | nindent 8 }}
      volumes: {{ include "careloop.volumes" . | nindent 8 }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .name }}
  labels: {{ include "careloop.labels" . | nindent 4 }}
spec:
  selector: {{ include "careloop.selector" . | nindent 4 }}
  ports:
    - {name: http, port: 8080, targetPort: http}
{{- if gt (int .replicas) 1 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  labels: {{ include "careloop.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{ include "careloop.selector" . | nindent 6 }}
{{- end }}
{{- end }}
