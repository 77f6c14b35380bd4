// Package deploy holds what an operator installs: the systemd unit and the packages, the image and the compose file,
// the Helm chart, the AWS side as Terraform and CloudFormation, and what Prometheus and Grafana need. It has no code
// of its own; its tests read every file here and hold it against the program: settings against the settings the
// program takes, rights against the calls it makes, metrics against the metrics it registers.
package deploy
