package ssh

import (
	"context"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"

	xssh "golang.org/x/crypto/ssh"

	"spot-tui/sim/memnet"
)

// jumpServer is a jump host in front of one server.
type jumpServer struct {
	to      *server
	refused bool // it can't reach anything
	addr    string
	dials   atomic.Int64
	forward DialFunc // where connections lead on to; nil: to to

	mu   sync.Mutex
	last string
}

// asked gives the address that a connection was asked for last.
func (j *jumpServer) asked() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last
}

func (j *jumpServer) dial(_ context.Context, _, addr string) (net.Conn, error) {
	j.addr = addr
	j.dials.Add(1)
	near, far := memnet.Pipe(nil, nil)
	go j.serve(far)
	return near, nil
}

func (j *jumpServer) serve(nc net.Conn) {
	config := &xssh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(signer(7))
	_, channels, requests, err := xssh.NewServerConn(nc, config)
	if err != nil {
		return
	}
	go xssh.DiscardRequests(requests)
	for nch := range channels {
		if nch.ChannelType() != "direct-tcpip" || j.refused {
			_ = nch.Reject(xssh.ConnectionFailed, "connection refused")
			continue
		}
		forward := j.forward
		if forward == nil {
			forward = j.to.dial
		}
		relay(nch, func(ctx context.Context, network, addr string) (net.Conn, error) {
			j.mu.Lock()
			j.last = addr
			j.mu.Unlock()
			return forward(ctx, network, addr)
		})
	}
}

// relay answers a direct-tcpip channel: what it is about is dialed by forward.
func relay(nch xssh.NewChannel, forward DialFunc) {
	var to struct {
		Host     string
		Port     uint32
		FromHost string
		FromPort uint32
	}
	_ = xssh.Unmarshal(nch.ExtraData(), &to)
	if forward == nil {
		_ = nch.Reject(xssh.Prohibited, "open failed")
		return
	}
	far, err := forward(context.Background(), "tcp", net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port))))
	if err != nil {
		_ = nch.Reject(xssh.ConnectionFailed, err.Error())
		return
	}
	ch, reqs, err := nch.Accept()
	if err != nil {
		far.Close()
		return
	}
	go xssh.DiscardRequests(reqs)
	go func() {
		_, _ = io.Copy(ch, far)
		_ = ch.CloseWrite()
	}()
	go func() {
		_, _ = io.Copy(far, ch)
		if half, ok := far.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
			return
		}
		far.Close()
	}()
}
