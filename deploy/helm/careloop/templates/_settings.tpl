{{/* The settings that every process has, as a YAML map. */}}
{{- define "careloop.settings" -}}
{{- $scheme := ternary "http" "https" .Values.tls.mesh -}}
CARELOOP_KAFKA__BOOTSTRAP_SERVERS: {{ required "kafka.bootstrapServers: HOST:PORT of your Kafka" .Values.kafka.bootstrapServers | quote }}
CARELOOP_KAFKA__SECURITY_PROTOCOL: {{ .Values.kafka.securityProtocol }}
CARELOOP_KAFKA__SASL_MECHANISM: {{ .Values.kafka.saslMechanism }}
CARELOOP_KAFKA__SASL_USERNAME: {{ .Values.kafka.saslUsername }}
CARELOOP_KAFKA__CA_FILE: /run/authority/ca.crt
CARELOOP_KAFKA__PARTITIONS: {{ .Values.kafka.partitions | quote }}
CARELOOP_KAFKA__REPLICATION: {{ .Values.kafka.replication | quote }}
CARELOOP_AUTH__PUBLIC_KEY_FILE: /run/secrets/token-key.pub
CARELOOP_HOSPITAL__NAME: {{ required "hospital.name: as patients read it" .Values.hospital.name | quote }}
CARELOOP_HOSPITAL__ZONE: {{ .Values.hospital.zone }}
CARELOOP_HOSPITAL__PUBLIC_URL: {{ required "hospital.publicUrl: https://…, where patients open our links" .Values.hospital.publicUrl }}
CARELOOP_OPS__ADDRESS: "{{ $scheme }}://{process}:8080"
CARELOOP_OPS__GATEWAY: {{ $scheme }}://gateway:8080
CARELOOP_GATEWAY__ADDRESS: "{{ $scheme }}://{process}:8080"
CARELOOP_CONSOLE__GATEWAY: {{ $scheme }}://gateway:8080
{{- if .Values.tls.mesh }}
CARELOOP_ALLOW_PLAIN: '["gateway", "services"]'
{{- end }}
FORWARDED_ALLOW_IPS: "*" # the network policies let gateways alone reach a service
{{- range $name, $value := .Values.settings }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end }}
