// Package gen makes CloudTrail records and log files such as the trail of a busy account writes them, for
// benchmarks, tests and trying things out: mostly reads, some data events, some writes, and now and then a
// bucket opened to the world and closed again. A few actors make most of the calls. The same settings give
// the same bytes.
package gen

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"time"
)

// Config says what to generate.
type Config struct {
	Records  int       // in all
	PerFile  int       // records in each file
	Actors   int       // distinct ones, of zipf-distributed activity
	Buckets  int       // distinct ones
	Seed     uint64    // the same seed gives the same bytes
	Exposed  float64   // share of records that open a bucket
	Writes   float64   // share of records that change security groups, policies, keys or instances, by all actors alike
	Start    time.Time // of the first event
	PerHour  int       // events in an hour
	Account  string    // 12 digits
	Region   string
	Compress bool // gzip the files
}

// DefaultConfig is 200,000 records of 5,000 actors in files of 10,000.
func DefaultConfig() Config {
	return Config{
		Records: 200_000, PerFile: 10_000, Actors: 5_000, Buckets: 400, Seed: 1, Exposed: 0.0005,
		Start: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), PerHour: 90_000,
		Account: "111122223333", Region: "eu-west-1", Compress: true,
	}
}

// Validate returns what is wrong with the settings.
func (c Config) Validate() error {
	if c.Records < 0 || c.PerFile < 1 || c.Actors < 1 || c.Buckets < 1 || c.PerHour < 1 {
		return fmt.Errorf("records %d, per file %d, actors %d, buckets %d, per hour %d: give positive numbers",
			c.Records, c.PerFile, c.Actors, c.Buckets, c.PerHour)
	}
	if c.Exposed < 0 || c.Exposed > 1 {
		return fmt.Errorf("share of exposures %g: give a number from 0 to 1", c.Exposed)
	}
	if c.Writes < 0 || c.Writes > 1 {
		return fmt.Errorf("share of changes %g: give a number from 0 to 1", c.Writes)
	}
	return nil
}

// Summary counts what was made.
type Summary struct {
	Records, Files, Opened, Closed int
	Bytes                          int64 // of JSON, before compression
}

// Generator makes one record after another, in order of event time.
type Generator struct {
	cfg     Config
	rand    *rand.Rand
	actors  []actor
	active  *rand.Zipf
	buckets []string
	open    []exposure // not yet closed
	made    Summary
}

// New returns a generator for valid settings.
func New(cfg Config) *Generator {
	g := &Generator{cfg: cfg, rand: rand.New(rand.NewPCG(cfg.Seed, 0x7261696c))}
	g.active = rand.NewZipf(g.rand, 1.1, 8, uint64(cfg.Actors-1))
	for i := range cfg.Actors {
		g.actors = append(g.actors, newActor(g, i))
	}
	for i := range cfg.Buckets {
		g.buckets = append(g.buckets, bucketName(g, i))
	}
	return g
}

// Summary counts what was made so far.
func (g *Generator) Summary() Summary { return g.made }

// Append appends the next record to dst.
func (g *Generator) Append(dst []byte) []byte {
	from := len(dst)
	a := &g.actors[g.active.Uint64()]
	at := g.now()
	c := g.next(a, at)
	if g.cfg.Writes > 0 && g.rand.Float64() < g.cfg.Writes && !c.exposes() {
		a = g.person()
		c = g.change()
	}
	dst = g.appendRecord(dst, a, at, &c)
	g.made.Records++
	g.made.Bytes += int64(len(dst) - from)
	return dst
}

// person is any actor that is no service, each as likely.
func (g *Generator) person() *actor {
	for {
		if a := &g.actors[g.rand.IntN(len(g.actors))]; a.service == "" {
			return a
		}
	}
}

// now is the time of the next event.
func (g *Generator) now() time.Time {
	return g.cfg.Start.Add(time.Duration(g.made.Records) * time.Hour / time.Duration(g.cfg.PerHour))
}

// next chooses the next call: an exposure to open or to close, else by the usual shares.
func (g *Generator) next(a *actor, at time.Time) call {
	if a.service == "" && len(g.open) > 0 && !at.Before(g.open[0].until) {
		c := g.open[0].closing()
		g.open = g.open[1:]
		g.made.Closed++
		return c
	}
	roll := g.rand.Float64()
	switch {
	case a.service == "" && roll < g.cfg.Exposed/(1-serviceShare):
		g.made.Opened++
		return g.expose(at)
	case roll < 0.05:
		return g.write()
	case roll < 0.15:
		return g.data()
	default:
		return g.read()
	}
}

// appendRecord lays a record out as CloudTrail does.
func (g *Generator) appendRecord(dst []byte, a *actor, at time.Time, c *call) []byte {
	dst = append(dst, `{"eventVersion":"1.11","userIdentity":`...)
	dst = a.appendIdentity(dst, g, at)
	dst = fmt.Appendf(dst, `,"eventTime":"%s","eventSource":"%s.amazonaws.com","eventName":"%s","awsRegion":"%s","sourceIPAddress":"%s","userAgent":"%s",`,
		at.Format(time.RFC3339), c.service, c.name, g.cfg.Region, a.address(g), a.agent)
	if c.failure != "" {
		dst = fmt.Appendf(dst, `"errorCode":"%s","errorMessage":"User: %s is not authorized to perform: %s:%s",`, c.failure, a.arn, c.service, c.name)
	}
	dst = fmt.Appendf(dst, `"requestParameters":%s,"responseElements":%s,`, c.request, c.response)
	if c.data {
		dst = fmt.Appendf(dst, `"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,`+
			`"AuthenticationMethod":"AuthHeader","x-amz-id-2":"%s","bytesTransferredOut":%d},`, g.hex(40), g.rand.IntN(1<<20))
	}
	dst = fmt.Appendf(dst, `"requestID":"%s","eventID":"%s","readOnly":%t,`, g.uuid(), g.uuid(), c.readOnly)
	if a.role != "" && !c.data {
		dst = fmt.Appendf(dst, `"vpcEndpointId":"vpce-0%s","vpcEndpointAccountId":"%s",`, g.hex(8), g.cfg.Account)
	}
	if c.bucket != "" {
		dst = g.appendResources(dst, c)
	}
	category := "Management"
	if c.data {
		category = "Data"
	}
	dst = fmt.Appendf(dst, `"eventType":"AwsApiCall","managementEvent":%t,"recipientAccountId":"%s","eventCategory":"%s"`, !c.data, g.cfg.Account, category)
	if a.service == "" {
		dst = fmt.Appendf(dst, `,"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"%s.%s.amazonaws.com"}`,
			c.service, g.cfg.Region)
	}
	return append(dst, '}')
}

func (g *Generator) appendResources(dst []byte, c *call) []byte {
	dst = append(dst, `"resources":[`...)
	if c.key != "" {
		dst = fmt.Appendf(dst, `{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::%s/%s"},`, c.bucket, c.key)
	}
	return fmt.Appendf(dst, `{"accountId":"%s","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::%s"}],`, g.cfg.Account, c.bucket)
}

// hex is n random bytes as hexadecimal digits.
func (g *Generator) hex(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.rand.Uint32())
	}
	return hex.EncodeToString(b)
}

func (g *Generator) uuid() string {
	h := g.hex(16)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

// pick is one of the choices.
func pick[T any](g *Generator, choices ...T) T { return choices[g.rand.IntN(len(choices))] }
