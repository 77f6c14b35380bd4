package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the linker for released builds.
var version = ""

type versionCmd struct{}

func (versionCmd) Help() string { return "Example:\n  trailwarden version" }

// run prints version, commit and Go.
func (versionCmd) run(_ context.Context, s *streams) (int, error) {
	number, commit := buildVersion()
	_, err := fmt.Fprintf(s.out, "trailwarden %s (commit %s, %s %s/%s)\n", number, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if err != nil {
		return exitFailure, err
	}
	return exitOK, nil
}

func buildVersion() (number, commit string) {
	number, commit = version, "unknown"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return number, commit
	}
	if number == "" {
		number = info.Main.Version
	}
	if number == "" || number == "(devel)" {
		number = "devel"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			commit = s.Value
		}
	}
	return number, commit
}
