package host

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	xssh "golang.org/x/crypto/ssh"
)

// ServeJump serves an SSH jump host on l until ctx ends: it accepts any user
// with any public key or none, and connects direct-tcpip channels by dial, whose
// address is "host:port" as the client named it. It offers nothing else. The
// error is nil after ctx has ended; all connections are closed by then.
func ServeJump(ctx context.Context, l net.Listener, dial func(ctx context.Context, network, addr string) (net.Conn, error)) error {
	j, err := NewJump()
	if err != nil {
		return err
	}
	inner, cancel := context.WithCancel(ctx)
	defer context.AfterFunc(inner, func() { l.Close() })()
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	for {
		c, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil // the listener was closed because of it
			}
			return fmt.Errorf("accept at the jump host %s: %w", l.Addr(), err)
		}
		all.Go(func() { jump(inner, c, j.config, dial) })
	}
}

// Jump is a jump host that is reached by other means than a listener.
type Jump struct{ config *xssh.ServerConfig }

// NewJump makes one with a host key of its own.
func NewJump() (*Jump, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a host key for the jump host: %w", err)
	}
	signer, err := xssh.NewSignerFromKey(key)
	if err != nil {
		return nil, fmt.Errorf("make a host key for the jump host: %w", err)
	}
	config := &xssh.ServerConfig{
		ServerVersion: "SSH-2.0-SimulatedJump",
		NoClientAuth:  true,
		PublicKeyCallback: func(xssh.ConnMetadata, xssh.PublicKey) (*xssh.Permissions, error) {
			return nil, nil
		},
	}
	config.AddHostKey(signer)
	return &Jump{config}, nil
}

// Serve serves one connection until it or ctx ends.
func (j *Jump) Serve(ctx context.Context, c net.Conn, dial func(ctx context.Context, network, addr string) (net.Conn, error)) {
	jump(ctx, c, j.config, dial)
}

func jump(ctx context.Context, c net.Conn, config *xssh.ServerConfig, dial func(context.Context, string, string) (net.Conn, error)) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	defer c.Close()
	grace := time.AfterFunc(loginGrace, func() { c.Close() })
	conn, channels, requests, err := xssh.NewServerConn(c, config)
	grace.Stop()
	if err != nil {
		return
	}
	defer conn.Close()
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	all.Go(func() { answerGlobal(requests) })
	for nc := range channels {
		if nc.ChannelType() != "direct-tcpip" {
			_ = nc.Reject(xssh.Prohibited, "this jump host only forwards; add the instance's address with ssh -J")
			continue
		}
		all.Go(func() { forward(ctx, nc, dial) })
	}
}

// failure is why a connection failed, as sshd tells it: by the system's words
// alone, without the address that the client asked for (OpenSSH,
// channels.c: strerror of the connect).
func failure(err error) string {
	var no syscall.Errno
	if errors.As(err, &no) {
		words := no.Error()
		return strings.ToUpper(words[:1]) + words[1:]
	}
	return err.Error()
}

func forward(ctx context.Context, nc xssh.NewChannel, dial func(context.Context, string, string) (net.Conn, error)) {
	var to forwardTarget
	if err := xssh.Unmarshal(nc.ExtraData(), &to); err != nil {
		_ = nc.Reject(xssh.ConnectionFailed, "malformed target")
		return
	}
	addr := net.JoinHostPort(to.Host, strconv.FormatUint(uint64(to.Port), 10))
	far, err := dial(ctx, "tcp", addr)
	if err != nil {
		_ = nc.Reject(xssh.ConnectionFailed, failure(err))
		return
	}
	defer far.Close()
	defer context.AfterFunc(ctx, func() { far.Close() })()
	ch, reqs, err := nc.Accept()
	if err != nil {
		return
	}
	defer ch.Close()
	var both sync.WaitGroup
	both.Go(func() { xssh.DiscardRequests(reqs) })
	both.Go(func() {
		_, err := io.Copy(far, ch)
		if half, ok := far.(interface{ CloseWrite() error }); ok && err == nil {
			err = half.CloseWrite()
		} else {
			err = errors.Join(err, far.Close())
		}
		if err != nil {
			ch.Close()
		}
	})
	// When the far end has said everything, the channel closes: a client that
	// still writes can no longer be heard, as with OpenSSH's forwarding.
	_, _ = io.Copy(ch, far)
	_ = ch.CloseWrite()
	ch.Close()
	far.Close()
	both.Wait()
}
