package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/config"
)

// The same settings must serve root, who tries them with `check`, and the service, which sees copies of the secrets
// under other names.
func TestSecretsAreFoundBesideTheSettingsAndAmongCredentials(t *testing.T) {
	dir := t.TempDir()
	put := func(path ...string) string {
		t.Helper()
		file := filepath.Join(append([]string{dir}, path...)...)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("secret\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	beside := put("etc", "credentials", "slack-token")
	folder := put("run", "credentials_slack-token")
	single := put("run", "slack-token")
	settings := filepath.Join(dir, "etc", "trailwarden.yaml")

	for name, c := range map[string]struct {
		key     string
		environ []string
		want    string
	}{
		"beside the settings":    {"credentials/slack-token", nil, beside},
		"a folder's credential":  {"credentials/slack-token", []string{"CREDENTIALS_DIRECTORY=" + filepath.Dir(folder)}, folder},
		"a credential":           {"slack-token", []string{"CREDENTIALS_DIRECTORY=" + filepath.Dir(single)}, single},
		"not among credentials":  {"credentials/slack-token", []string{"CREDENTIALS_DIRECTORY=" + t.TempDir()}, beside},
		"an absolute path stays": {beside, []string{"CREDENTIALS_DIRECTORY=" + filepath.Dir(folder)}, beside},
	} {
		t.Run(name, func(t *testing.T) {
			text := "alerting:\n  receivers:\n    - name: soc\n      slack: {token_file: " + c.key + ", channel: C0123456789}\n  routes:\n    - {receivers: [soc]}\n"
			if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg, err := config.Load(settings, c.environ, true)
			if err != nil {
				t.Fatal(err)
			}
			if got := cfg.Alerting.Notify.Receivers[0].Slack.TokenFile; got != c.want {
				t.Errorf("token_file is %s, want %s", strings.TrimPrefix(got, dir), strings.TrimPrefix(c.want, dir))
			}
		})
	}
}
