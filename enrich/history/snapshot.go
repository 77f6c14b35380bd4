package history

import "time"

// Snapshot is what was known of an actor just before one event. It never includes that event itself.
type Snapshot struct {
	Known bool // the actor was seen before
	// Learning is set when too little is known to call anything unusual: this whole installation, or an actor
	// that is known, is younger than the learning period. An actor never seen before is news by itself.
	Learning  bool
	Beginning bool // this whole installation is younger than the learning period: of nobody is known what is usual
	FirstSeen time.Time
	LastSeen  time.Time
	Events    uint64 // events seen of this actor
	Failures  uint64 // of them, failed ones

	Calls        uint64 // how often the actor made this call (eventSource and eventName) before
	ServiceCalls uint64 // how often it called this service before
	BucketCalls  uint64 // how often it touched this bucket before
	PeerCalls    uint64 // how often others of the same role made this call before

	// First names what this event shows for the first time of this actor, or only since yesterday: any of "actor", "call", "service",
	// "bucket", "country", "network", "asn", "user_agent", "region", "account", "hour".
	First []string

	Countries []string      // known before, most frequent first
	Dormant   time.Duration // since the actor's last event, if at least the dormancy threshold; else 0
	Travel    *Travel       // impossible travel, nil if none
	Nature    Nature
	Declared  string // the configured principal that matches, its match pattern; empty if none
	Expected  bool   // a declared principal lists this call as expected

	Recent []Moment // the last events of this actor, oldest first
	Burst  []Burst  // unusual amounts of one kind of call within the window
}

// Nature is whether an actor behaves as a person or as a machine.
type Nature string

// The natures an actor can have.
const (
	Human      Nature = "human"
	Automation Nature = "automation"
	Unclear    Nature = "unknown"
)

// Travel is a pair of places too far apart for the time between them.
type Travel struct {
	From, To  string // countries or cities
	Kilometre float64
	Between   time.Duration
}

// Moment is one past event of an actor.
type Moment struct {
	Time    time.Time
	Name    string // eventName
	Bucket  string
	Error   string
	IP      string
	Country string
	First   []string // as Snapshot.First
}

// Burst is an unusual amount of one kind of call by one actor: "delete", "read", "list" or "denied" on S3,
// "snapshot deletion" (volumes, images and recovery points too) or "model invocation" on Bedrock.
type Burst struct {
	Kind    string
	Count   uint64 // within the window that ends with this event, which counts if it is of the kind; DeleteObjects counts as 10
	Window  time.Duration
	Usual   float64 // the actor's own mean for such a window
	Buckets []string
}
