{{/* Every name is that of the release; a role's adds the role. */}}
{{- define "trailwarden.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "trailwarden.selector" -}}
app.kubernetes.io/name: trailwarden
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "trailwarden.labels" -}}
{{ include "trailwarden.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{/* "true" if the roles are joined by an external NATS. */}}
{{- define "trailwarden.clustered" -}}
{{- if (.Values.settings.nats | default dict).urls }}true{{ end -}}
{{- end -}}

{{/* The pods; takes dict "top" $ "role" "" (every role) or its name. */}}
{{- define "trailwarden.pod" -}}
metadata:
  labels:
    {{- include "trailwarden.labels" .top | nindent 4 }}
    app.kubernetes.io/component: {{ .role | default "all" }}
  annotations:
    checksum/settings: {{ toYaml .top.Values.settings | sha256sum }}
    {{- with .top.Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "trailwarden.name" .top }}
  automountServiceAccountToken: false
  enableServiceLinks: false # their variables would begin with TRAILWARDEN_, and name no setting
  terminationGracePeriodSeconds: 45
  {{- with .top.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: trailwarden
      image: "{{ .top.Values.image.repository }}:{{ .top.Values.image.tag | default .top.Chart.AppVersion }}"
      imagePullPolicy: {{ .top.Values.image.pullPolicy }}
      args:
        - run
        - --config=/etc/trailwarden/trailwarden.yaml
        - --log.format=json
        {{- with .role }}
        - --roles={{ . }}
        {{- end }}
      {{- with .top.Values.extraEnv }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - {name: http, containerPort: 9464}
      # Starting may replay a long backlog from the embedded store.
      startupProbe:
        httpGet: {path: /-/serving, port: http}
        periodSeconds: 5
        failureThreshold: 180
      livenessProbe:
        httpGet: {path: /-/serving, port: http}
        periodSeconds: 15
        timeoutSeconds: 5
        failureThreshold: 4
      readinessProbe:
        httpGet: {path: /-/serving, port: http}
        periodSeconds: 10
        timeoutSeconds: 5
      resources:
        {{- toYaml .top.Values.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
      volumeMounts:
        - {name: settings, mountPath: /etc/trailwarden, readOnly: true}
        - {name: secrets, mountPath: /run/secrets/trailwarden, readOnly: true}
        {{- if and .role (index .top.Values.natsSecrets .role) }}
        - {name: nats, mountPath: /run/secrets/nats, readOnly: true}
        {{- end }}
        - {name: state, mountPath: /var/lib/trailwarden}
  volumes:
    - name: settings
      configMap: {name: {{ include "trailwarden.name" .top }}}
    - name: secrets
      secret:
        secretName: {{ .top.Values.secret.name }}
        defaultMode: 0440
    {{- if and .role (index .top.Values.natsSecrets .role) }}
    - name: nats
      secret:
        secretName: {{ index .top.Values.natsSecrets .role }}
        defaultMode: 0440
    {{- end }}
    {{- if .role }}
    - name: state
      emptyDir: {}
    {{- end }}
  {{- with .role }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "trailwarden.selector" $.top | nindent 10 }}
          app.kubernetes.io/component: {{ . }}
  {{- end }}
  {{- with .top.Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .top.Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
