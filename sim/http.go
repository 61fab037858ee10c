package sim

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// maxBody bounds a request's body; the largest real one, a launch with full
// user data, is far below.
const maxBody = 4 << 20

// fastest is how soon a socket is answered: the AWS SDK now and then fails on
// large bodies that come within microseconds.
const fastest = time.Millisecond

// signedAt is how a signed request says when it was signed.
const signedAt = "20060102T150405Z"

// CallerPath answers the address that the caller has for the world, as text.
const CallerPath = "/caller-address"

// CallerPath6 answers the caller's IPv6 address; status 404: it has none.
const CallerPath6 = "/caller-ipv6"

// Handler serves the world over HTTP: AWS's APIs on every path, the caller's
// address on CallerPath and the control endpoint under ControlPath.
func (w *World) Handler() http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		began := time.Now()
		q, err := read(in, in.RemoteAddr)
		if err != nil {
			http.Error(out, "the body could not be read: "+err.Error(), http.StatusBadRequest)
			return
		}
		a, err := w.respond(in.Context(), q)
		if err == nil {
			err = w.pause(in.Context(), fastest-time.Since(began))
		}
		if err != nil {
			panic(http.ErrAbortHandler) // the server's way to cut a connection
		}
		out.Header().Set("Content-Type", a.kind)
		if a.id != "" {
			out.Header().Set("X-Amzn-Requestid", a.id)
		}
		if !a.date.IsZero() {
			out.Header().Set("Date", a.date.UTC().Format(http.TimeFormat))
		}
		out.WriteHeader(a.status)
		_, _ = out.Write(a.body) // the caller may be gone
	})
}

// Transport serves the world inside this process, without a socket. A request's
// context ends the wait for its answer.
func (w *World) Transport() http.RoundTripper { return transport{w} }

type transport struct{ w *World }

// RoundTrip answers one request.
func (t transport) RoundTrip(in *http.Request) (*http.Response, error) {
	q, err := read(in, t.w.opts.Caller.String()+":0")
	if err != nil {
		return nil, err
	}
	a, err := t.w.respond(in.Context(), q)
	if errors.Is(err, errCut) {
		err = &net.OpError{Op: "read", Net: "tcp", Err: io.ErrUnexpectedEOF}
	}
	if err != nil {
		return nil, err
	}
	if a.date.IsZero() {
		a.date = time.Now()
	}
	h := http.Header{"Content-Type": {a.kind}, "Date": {a.date.UTC().Format(http.TimeFormat)}}
	if a.id != "" {
		h.Set("X-Amzn-Requestid", a.id)
	}
	return &http.Response{
		StatusCode: a.status, Status: http.StatusText(a.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: in,
	}, nil
}

func read(in *http.Request, from string) (asked, error) {
	q := asked{method: in.Method, path: in.URL.Path, query: in.URL.Query(), header: in.Header}
	q.from, _, _ = net.SplitHostPort(from)
	q.signed, _ = time.Parse(signedAt, in.Header.Get("X-Amz-Date")) // zero where there is none
	if in.Body == nil {
		return q, nil
	}
	defer in.Body.Close()
	body, err := io.ReadAll(io.LimitReader(in.Body, maxBody+1))
	if len(body) > maxBody {
		err = errors.New("it is too large")
	}
	q.body = body
	return q, err
}

// respond routes a request: control, caller's address, or an API call.
func (w *World) respond(ctx context.Context, q asked) (answer, error) {
	switch {
	case w.ctx.Err() != nil:
		return answer{}, errCut
	case q.path == CallerPath:
		return answer{status: http.StatusOK, kind: "text/plain; charset=utf-8", body: []byte(q.from + "\n")}, nil
	case q.path == AdvisorPath:
		return w.advisor(), nil
	case q.path == CallerPath6 && !w.opts.CallerIPv6.IsValid():
		return answer{status: http.StatusNotFound, kind: "text/plain; charset=utf-8"}, nil
	case q.path == CallerPath6:
		return answer{status: http.StatusOK, kind: "text/plain; charset=utf-8", body: []byte(w.opts.CallerIPv6.String() + "\n")}, nil
	case len(q.path) >= len(ControlPath) && q.path[:len(ControlPath)] == ControlPath:
		return w.control(ctx, q), nil
	}
	a, err := w.serve(ctx, q)
	if err != nil && ctx.Err() == nil && w.ctx.Err() != nil {
		err = errCut
	}
	return a, err
}
