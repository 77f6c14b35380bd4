package web

import (
	"net/http"
	"net/http/pprof" // what it registers by itself is served by nobody
)

// profiles serves what `go tool pprof` and `go tool trace` ask for, where the settings allow it: to those who may ask for
// anything else.
func (s *Server) profiles(mux *http.ServeMux) {
	if !s.cfg.Profiling {
		return
	}
	mux.HandleFunc("GET /debug/pprof/", pprof.Index) // heap, goroutine, allocs, block, mutex
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
}
