package web_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// TestIdleConnectionsMakeRoom: beyond 256 connections those that asked nothing for longest are closed, and requests are
// answered all the while.
func TestIdleConnectionsMakeRoom(t *testing.T) {
	addr := serve(t, story(), nil)
	const most, more = 256, 40
	var idle []net.Conn
	for i := range most + more {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if i%2 == 0 { // half of a request
			if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: "); err != nil {
				t.Fatal(err)
			}
		}
		idle = append(idle, conn)
	}
	for range 3 {
		if got := get(t, "http://"+addr+"/-/healthy"); got.status != 200 {
			t.Fatalf("not answered beside %d connections: %d", len(idle), got.status)
		}
	}
	closed, until := 0, time.Now().Add(time.Second) // all is closed by now, and the time a header may take is not over
	for _, conn := range idle[:more] {
		if err := conn.SetReadDeadline(until); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			closed++
		}
	}
	if closed < more/2 {
		t.Errorf("%d of the %d oldest connections were closed", closed, more)
	}
}
