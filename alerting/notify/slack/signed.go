package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/trailwarden/trailwarden/config/secret"
)

const (
	// maxPayload bounds a request of Slack, which repeats the message that was clicked on.
	maxPayload = 1 << 20
	// maxAge is how old a signed request may be: an older one is somebody's recording.
	maxAge = 5 * time.Minute
)

// ServeHTTP takes in requests that Slack makes for buttons and dialogs. Only what is signed with the signing secret of a
// receiver's app, just now, is looked at.
func (d *Desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	if err != nil {
		http.Error(w, "request too large or incomplete", http.StatusBadRequest)
		return
	}
	clerks := d.signed(r.Header, body)
	if len(clerks) == 0 {
		http.Error(w, "invalid or expired signature", http.StatusUnauthorized)
		return
	}
	t := told{clerks: clerks}
	form, err := url.ParseQuery(string(body))
	if err == nil {
		err = json.Unmarshal([]byte(form.Get("payload")), &t.click)
	}
	if err != nil {
		http.Error(w, "payload is not valid JSON", http.StatusBadRequest)
		return
	}
	if seconds, err := strconv.ParseInt(r.Header.Get("X-Slack-Request-Timestamp"), 10, 64); err == nil {
		t.at = time.Unix(seconds, 0)
	}
	signature := r.Header.Get("X-Slack-Signature")
	if d.repeated(signature) { // a recording, or Slack did not get the answer
		w.WriteHeader(http.StatusOK)
		return
	}
	if !d.take(t) {
		d.forget(signature)
		http.Error(w, "too many pending actions; try again", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// repeated reports whether a request of that signature was taken in before, and remembers it for as long as its timestamp
// is accepted.
func (d *Desk) repeated(signature string) bool {
	now := d.opts.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.seen, func(_ string, at time.Time) bool { return now.Sub(at) > 2*maxAge })
	if _, again := d.seen[signature]; again {
		return true
	}
	d.seen[signature] = now
	return false
}

func (d *Desk) forget(signature string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.seen, signature)
}

// signed gives the receivers whose signing secret a request was signed with.
func (d *Desk) signed(h http.Header, body []byte) []*clerk {
	var out []*clerk
	for _, c := range d.clerks {
		if c.n.cfg.SigningSecretFile != "" && verify(c.n.cfg.SigningSecretFile, h, body, d.opts.Now()) == nil {
			out = append(out, c)
		}
	}
	return out
}

// verify checks a request as Slack's "Verifying requests from Slack" says.
func verify(file string, h http.Header, body []byte, now time.Time) error {
	stamp := h.Get("X-Slack-Request-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > maxAge {
		return errors.New("the timestamp is old")
	}
	key, err := secret.Read(file)
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write([]byte("v0:" + stamp + ":"))
	mac.Write(body)
	if !hmac.Equal([]byte("v0="+hex.EncodeToString(mac.Sum(nil))), []byte(h.Get("X-Slack-Signature"))) {
		return errors.New("the signature is wrong")
	}
	return nil
}
