package app_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"

	"go.uber.org/goleak"
)

// sideBySide is how many tests run at a time at least: they wait for services and their pace most of the time.
const sideBySide = 4

// TestMain runs the tests, or, in a process that one of them started, the daemon or a task.
func TestMain(m *testing.M) {
	if file := os.Getenv(victimVariable); file != "" {
		os.Exit(victim(file))
	}
	if spec := os.Getenv(taskVariable); spec != "" {
		var t task
		if err := json.Unmarshal([]byte(spec), &t); err != nil {
			panic(err)
		}
		os.Exit(t.run())
	}
	flag.Parse()
	if runtime.GOMAXPROCS(0) < sideBySide {
		if err := flag.Set("test.parallel", strconv.Itoa(sideBySide)); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(inCloud{m}, // the AWS SDK keeps connections to a peer that outlives the tests
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

// inCloud runs the tests with the servers they share.
type inCloud struct{ *testing.M }

func (tests inCloud) Run() int {
	var err error
	if shared, err = newServers(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer shared.close()
	awsSettings(func(name, value string) { _ = os.Setenv(name, value) }, shared.queues.URL, shared.objects.URL) // for all tests
	return tests.M.Run()
}
