package sqstest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// Options makes an SDK client talk to the server, without a socket between them.
func (s *Server) Options(o *sqs.Options) {
	o.BaseEndpoint = aws.String("http://sqs.test")
	o.Region = "eu-west-1"
	o.Credentials = credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", "")
	o.HTTPClient = direct{s}
}

// ServeHTTP answers one call of the JSON protocol.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	action := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS.")
	var in request
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, &fault{http.StatusBadRequest, "SerializationException"})
		return
	}
	lost, err := s.admit(r.Context(), action)
	if err != nil {
		refuse(w, err)
		return
	}
	out, err := s.act(r.Context(), action, in)
	switch {
	case lost:
		panic(http.ErrAbortHandler) // cuts the connection
	case err != nil:
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	_ = json.NewEncoder(w).Encode(out)
}

// admit counts a call and decides its fate.
func (s *Server) admit(ctx context.Context, action string) (lost bool, err error) {
	s.mu.Lock()
	s.calls[action]++
	latency := s.faults.Latency
	denied := slices.Contains(s.faults.Denied, action)
	throttled, broken := s.chance(s.faults.Throttle), s.chance(s.faults.ServerError)
	lost = s.chance(s.faults.LostResponse)
	s.mu.Unlock()
	if latency > 0 {
		t := time.NewTimer(latency)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
		}
	}
	switch {
	case denied:
		return false, &fault{http.StatusForbidden, "AccessDeniedException"}
	case throttled:
		return false, &fault{http.StatusBadRequest, "RequestThrottled"}
	case broken:
		return false, &fault{http.StatusServiceUnavailable, "ServiceUnavailable"}
	}
	return lost, nil
}

func refuse(w http.ResponseWriter, err error) {
	f := &fault{http.StatusInternalServerError, "InternalError"}
	errors.As(err, &f)
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": "com.amazonaws.sqs#" + f.code, "message": f.code})
}

// direct calls a handler in place of the network.
type direct struct{ h http.Handler }

// Do answers a request, or loses the answer.
func (d direct) Do(r *http.Request) (resp *http.Response, err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			resp, err = nil, errors.New("connection reset by peer")
		default:
			panic(p)
		}
	}()
	w := httptest.NewRecorder()
	d.h.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}
