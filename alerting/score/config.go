package score

import (
	"fmt"

	"github.com/trailwarden/trailwarden/alerting/alert"
)

// Config is the `scoring` part of the settings.
type Config struct {
	Weights    Weights    `yaml:"weights"`
	Thresholds Thresholds `yaml:"thresholds"`
}

// Thresholds are the least scores of the severities above info, each 1..100.
type Thresholds struct {
	Low      int `yaml:"low"`
	Medium   int `yaml:"medium"`
	High     int `yaml:"high"`
	Critical int `yaml:"critical"`
}

// DefaultConfig is the table the scenarios are calibrated with.
func DefaultConfig() Config {
	return Config{
		Thresholds: Thresholds{Low: 20, Medium: 40, High: 60, Critical: 80},
		Weights: Weights{
			Tor: 20, Malicious: 20, VPN: 15, Hosting: 12, Corporate: -12,
			CountryForeign: 5, CountryHome: -4, CountryNew: 7, Travel: 12,
			UserNew: 12, UserUnusual: 12, UserDormant: 8, UserFamiliar: -8,
			MachineMoved: 20, AutomationExpected: -15, Root: 15, Burst: 10,
			BucketName: 15, BucketPublic: -10, Website: -13, Account: 40,
		},
	}
}

// Validate reports every setting that cannot work. Red flags only add and reliefs only take away, so that no
// further red flag can ever lower a score.
func (c Config) Validate(report func(path, problem string)) {
	for _, f := range c.Weights.table() {
		lowest, highest := 0, most
		if f.relief {
			lowest, highest = -most, 0
		}
		if f.points < lowest || f.points > highest {
			report("weights."+f.name, fmt.Sprintf("%d is out of range: use %d to %d", f.points, lowest, highest))
		}
	}
	if w := c.Weights; w.CountryHome < w.Corporate { // the company's network stands for a home country, and more
		report("weights.country_home", fmt.Sprintf("%d is more relief than the company's own network gives: use %d to 0", w.CountryHome, w.Corporate))
	}
	below := alert.Info
	for _, s := range alert.Severities()[1:] {
		least, before := c.Thresholds.least(s), c.Thresholds.least(below)
		if least < before+narrowest || least > highestScore {
			report("thresholds."+s.String(), fmt.Sprintf("%d leaves no room: use %d to %d", least, before+narrowest, highestScore))
		}
		below = s
	}
}

const (
	most         = 50  // points a single factor may give or take
	narrowest    = 5   // points between two thresholds
	highestScore = 100 // and 0 is the lowest
)

// least is the lowest score of a severity.
func (t Thresholds) least(s alert.Severity) int {
	return [...]int{0, t.Low, t.Medium, t.High, t.Critical}[s]
}

// severity is the highest one whose threshold a score reaches.
func (t Thresholds) severity(score int) alert.Severity {
	for s := alert.Critical; s > alert.Info; s-- {
		if score >= t.least(s) {
			return s
		}
	}
	return alert.Info
}

// width is the room of a severity, up to the next one's threshold.
func (t Thresholds) width(s alert.Severity) int {
	if s == alert.Critical {
		return highestScore - t.Critical
	}
	return t.least(s+1) - t.least(s)
}

// base is the score of a deed before context: a fifth above the threshold of its severity, so that one relief
// brings it a step down and several flags a step up.
func (t Thresholds) base(s alert.Severity) int { return t.least(s) + t.width(s)/5 }

// Row is one line of the effective table that `trailwarden check` prints.
type Row struct {
	Name    string // "weights.vpn", "thresholds.high"
	Points  int
	Meaning string
}

// Table lists every weight and threshold in effect.
func (c Config) Table() []Row {
	var rows []Row
	for _, f := range c.Weights.table() {
		rows = append(rows, Row{"weights." + f.name, f.points, f.meaning})
	}
	for _, s := range alert.Severities()[1:] {
		rows = append(rows, Row{"thresholds." + s.String(), c.Thresholds.least(s), "the least score of " + s.String()})
	}
	return rows
}
