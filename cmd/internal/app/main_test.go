package app_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain runs the tests, or, in a process that the kill test started, the daemon.
func TestMain(m *testing.M) {
	if file := os.Getenv(victimVariable); file != "" {
		os.Exit(victim(file))
	}
	goleak.VerifyTestMain(m, // the AWS SDK keeps connections to a peer that outlives the tests
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}
