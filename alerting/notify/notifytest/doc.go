// Package notifytest holds what tests of notifying need: alerts that tell a story, and strict stand-ins for
// Slack and PagerDuty that enforce the services' limits and fail in the ways the services do — too many
// requests, errors, hangs, cut connections, and answers lost after the deed was done.
package notifytest
