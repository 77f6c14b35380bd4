package app_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/consumer/sqs/sqstest"
	"github.com/trailwarden/trailwarden/enrich/geoip/geoiptest"
)

// sigma is a rule of one's own that matches every change of an ACL.
const sigma = `title: %s
id: 5b1a8c1e-1111-4222-8333-444455556666
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventSource: s3.amazonaws.com, eventName: PutBucketAcl}
  condition: selection
level: low
`

// TestHostileReloads puts broken files in place of those in use, and finds each time that all the old ones are in force,
// that nothing of the new ones is, and that events go on being told.
func TestHostileReloads(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "rules: {files: [rules/*.yml]}\n")
	if err := os.Mkdir(filepath.Join(w.dir, "rules"), 0o700); err != nil {
		t.Fatal(err)
	}
	w.write(t, "rules/own.yml", fmt.Sprintf(sigma, "Own rule"))
	w.write(t, "vpn.txt", "203.0.113.0/24\n")
	w.edit(t, "cidrs: [203.0.113.0/24]", "file: vpn.txt")
	w.edit(t, "    - {receivers: [soc, oncall]}", "    - {severity: [info], receivers: [soc]}\n    - {receivers: [oncall]}") // Slack has its own pace
	d := w.start(t)
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(w.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	settings, city := read("trailwarden.yaml"), read("city.mmdb")
	// Each breaks one file, while another, good change waits beside it, which must not be taken either.
	changed := strings.Replace(settings, "home_countries: [DE]", "home_countries: [RO]", 1)
	for i, tt := range []struct{ name, file, content, want string }{
		{"settings cut in a word", "trailwarden.yaml", settings[:strings.Index(settings, "receivers:")+4], "trailwarden.yaml"},
		{"settings cut in a list", "trailwarden.yaml", settings[:strings.Index(settings, "{name: oncall")+9], "trailwarden.yaml"},
		{"settings cut between lines", "trailwarden.yaml", settings[:strings.Index(settings, "alerting:")], "needs a restart"},
		{"settings empty", "trailwarden.yaml", "", "needs a restart"},
		{"settings binary", "trailwarden.yaml", city, "trailwarden.yaml"},
		{"one rule of two is bad", "rules/other.yml", "title: Bad\ndetection: {selection: {a: b}, condition: nothing}\n", "other.yml"},
		{"a rule is cut", "rules/own.yml", fmt.Sprintf(sigma, "Own rule")[:120], "own.yml"},
		{"a rule is no YAML", "rules/own.yml", "\x00\x01{{{", "own.yml"},
		{"a database is garbage", "city.mmdb", "garbage", "city"},
		{"a database is cut", "city.mmdb", city[:len(city)/2], "city"},
		{"a database is empty", "city.mmdb", "", "city"},
		{"a database is another", "city.mmdb", read("asn.mmdb"), "city"},
		{"a list is garbage", "vpn.txt", city, "vpn.txt"},
		{"a list has one bad line", "vpn.txt", "203.0.113.0/24\n203.0.113.0/33\n", "vpn.txt"},
	} {
		before := ""
		if _, err := os.Stat(filepath.Join(w.dir, tt.file)); err == nil {
			before = read(tt.file)
		}
		if tt.file != "trailwarden.yaml" {
			w.write(t, "trailwarden.yaml", changed)
		}
		w.write(t, tt.file, tt.content)
		status, body := d.ask(t, http.MethodPost, "/-/reload", "")
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, tt.want) || reloadSuccess(t, d) != "0" {
			t.Errorf("%s: %d %s, want %q", tt.name, status, body, tt.want)
		}
		deed := newcomer(i, fmt.Sprintf("acme-payroll-%d", i))
		deed.id = fmt.Sprintf("0d4c0000-0000-4000-8000-%012d", i)
		queue.Send(apiCall(t, deed.record()))
		eventually(t, "the next event is told after: "+tt.name, func() bool {
			return slices.ContainsFunc(d.alerts(t), on(deed.bucket)) && len(w.pagerDuty.Events()) >= i+1
		})
		for _, a := range d.alerts(t) {
			if a.Bucket != deed.bucket {
				continue
			}
			text := fmt.Sprintf("%+v", a)
			if a.Source.Country != "RO" || a.Source.Network != "vpn" || !strings.Contains(text, "country_foreign") {
				t.Errorf("after %s the alert is judged by other data: %s", tt.name, text)
			}
		}
		if before == "" {
			if err := os.Remove(filepath.Join(w.dir, tt.file)); err != nil {
				t.Fatal(err)
			}
		} else {
			w.write(t, tt.file, before)
		}
		w.write(t, "trailwarden.yaml", settings)
	}
	// All is mended, and then taken.
	w.write(t, "trailwarden.yaml", changed)
	if status, body := d.ask(t, http.MethodPost, "/-/reload", ""); status != http.StatusOK || reloadSuccess(t, d) != "1" {
		t.Errorf("mended: %d %s", status, body)
	}
	eventually(t, "nothing waits", func() bool { return d.ledger(t).settled() })
	d.ledger(t).closes(t)
}

// TestReloadsUnderLoad reloads good and bad settings all the time, from several sides, and rotates the receivers' secrets,
// while events come in: each is told, once.
func TestReloadsUnderLoad(t *testing.T) {
	c := newCloud(t)
	queue, url := c.queue("trail", sqstest.Faults{})
	w := newWorld(t, url, "")
	d := w.start(t)
	data, err := os.ReadFile(w.file)
	if err != nil {
		t.Fatal(err)
	}
	good := string(data)
	const deeds = 12
	stop := make(chan struct{})
	var reloads sync.WaitGroup
	for range 2 {
		reloads.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				_, _ = d.ask(t, http.MethodPost, "/-/reload", "")
			}
		})
	}
	put := func(name, content string) { // as an editor does: at once
		w.write(t, name+".new", content)
		if err := os.Rename(filepath.Join(w.dir, name+".new"), filepath.Join(w.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for n := range deeds {
		deed := newcomer(0, fmt.Sprintf("acme-payroll-%02d", n))
		deed.id, deed.user = fmt.Sprintf("0d4c0000-0000-4000-8000-%012d", n), fmt.Sprintf("dev-%02d", n)
		queue.Send(apiCall(t, deed.record()))
		switch n % 4 {
		case 0:
			put("trailwarden.yaml", good[:len(good)*(n+1)/(deeds+1)]) // cut anywhere
		case 1:
			put("trailwarden.yaml", strings.Replace(good, "[DE]", "[DE, FR]", 1))
		case 2:
			w.write(t, "city.mmdb", "garbage")
			w.pagerDuty.Rotate(fmt.Sprintf("%032d", n))
			w.slack.Rotate(fmt.Sprintf("xoxb-rotated-%d", n))
		case 3:
			geoiptest.WriteTo(t, filepath.Join(w.dir, "city.mmdb"), "GeoLite2-City", time.Now(), geoiptest.Records{
				"203.0.113.0/24": geoiptest.City("RO", "Bucharest", 44.4, 26.1),
			})
			put("slack-token", w.slack.Token)
			put("routing-key", w.pagerDuty.RoutingKey)
		}
		eventually(t, "it is taken in", deleted(queue, n+1))
	}
	put("trailwarden.yaml", good)
	eventually(t, "everything is told", func() bool { return len(d.alerts(t)) == deeds && d.ledger(t).settled() })
	close(stop)
	reloads.Wait()
	for _, a := range d.alerts(t) {
		if opened := w.pagerDuty.Opened(a.ID); opened != 1 {
			t.Errorf("%s has %d pages", a.Bucket, opened)
		}
	}
	d.ledger(t).closes(t)
}
