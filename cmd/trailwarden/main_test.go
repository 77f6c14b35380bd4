package main

import (
	"errors"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts run the command: the test binary itself, under another name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"trailwarden": main})
}

func TestScripts(t *testing.T) {
	cmds := storyCmds()
	maps.Copy(cmds, map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "eventually": eventually, "expire": expire})
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	data := geoip(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_GOLDEN") != "",
		Cmds:                cmds,
		Setup: func(env *testscript.Env) error {
			env.Values[storyKey{}] = &story{}
			env.Setenv("QUICKSTART", filepath.Join(root, "deploy/quickstart/logs"))
			env.Setenv("CARDS", filepath.Join(root, "cmd/trailwarden/testdata/cards"))
			env.Setenv("GEOIP", data)
			return setup(env)
		},
	})
}

// setup gives each script an address of its own for a daemon, as $URL and $LISTEN.
func setup(env *testscript.Env) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	env.Setenv("URL", "http://"+ln.Addr().String())
	env.Setenv("LISTEN", ln.Addr().String())
	return ln.Close()
}

// eventually is the script command `eventually COMMAND…`: sooner or later the command succeeds and prints something.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: eventually COMMAND [ARGUMENT…]")
	}
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for ts.Exec(args[0], args[1:]...) != nil || ts.ReadFile("stdout") == "" {
		select {
		case <-deadline.C:
			ts.Fatalf("waited in vain")
		case <-again.C:
		}
	}
}

// expire is the script command `expire URL FILE`: it ends the silence whose id is in the file.
func expire(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: expire URL FILE")
	}
	ts.Check(ts.Exec("trailwarden", "silences", "expire", "--url", args[0], strings.TrimSpace(ts.ReadFile(args[1]))))
}

// exits is the script command `exits STATUS COMMAND…`: the command ends with just that status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND [ARGUMENT…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	status := 0
	err = ts.Exec(args[1], args[2:]...)
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		status = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if status != want {
		ts.Fatalf("exit status %d, want %d\n%s", status, want, ts.ReadFile("stderr"))
	}
}
