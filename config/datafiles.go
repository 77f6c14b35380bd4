package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/detect/sigma"
)

// dataFiles reports every data file and rule file that the settings name and that cannot be used now.
func (c *Config) dataFiles(report func(key, problem string)) {
	c.Enrich.CheckFiles(func(path, file string, cause error) {
		problem := fmt.Sprintf("%s: %v", file, cause)
		if errors.Is(cause, fs.ErrNotExist) || errors.Is(cause, fs.ErrPermission) {
			problem = fmt.Sprintf("%s cannot be read (%v); give the path of a file that is there", file, cause)
		}
		report("enrich."+path, problem)
	})
	c.ruleFiles(report)
}

// ruleFiles reports every rule file that is not there, and every fault in those that are.
func (c *Config) ruleFiles(report func(key, problem string)) {
	var there []string
	for i, pattern := range c.Rules.Files {
		if found, err := filepath.Glob(pattern); err == nil && len(found) == 0 {
			report(fmt.Sprintf("rules.files[%d]", i), pattern+" leads to no file; name a rule file, a folder of them, or a pattern that matches some")
			continue
		}
		there = append(there, pattern)
	}
	if _, err := sigma.Load(there); err != nil { // together: a correlation may name rules of another file
		for line := range strings.SplitSeq(err.Error(), "\n") {
			report("rules.files", line)
		}
	}
}
