package score

// Config is the `scoring` part of the settings.
type Config struct {
	Weights    Weights    `yaml:"weights"`
	Thresholds Thresholds `yaml:"thresholds"`
}

// Weights are the points of each factor, by its name.
type Weights struct{}

// Thresholds are the least scores of the severities above info.
type Thresholds struct {
	Low      int `yaml:"low"`
	Medium   int `yaml:"medium"`
	High     int `yaml:"high"`
	Critical int `yaml:"critical"`
}

// Score adds up the factors.
func (c Config) Score(in Input) Result { return Result{} }
