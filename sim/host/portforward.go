package host

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	xssh "golang.org/x/crypto/ssh"
)

// webPort is the one on which a simulated instance serves something: a page
// that names it, so that a forwarded port has something to show.
const webPort = 80

// forwarded answers a forwarded connection: the instance's own web page, or the
// refusal that a real one would give.
func (h *Host) forwarded(ctx context.Context, nc xssh.NewChannel) {
	var to forwardTarget
	if nc.ChannelType() != "direct-tcpip" {
		_ = nc.Reject(xssh.UnknownChannelType, "a simulated instance offers sessions and its own ports only")
		return
	}
	if err := xssh.Unmarshal(nc.ExtraData(), &to); err != nil {
		_ = nc.Reject(xssh.ConnectionFailed, "malformed target")
		return
	}
	ip := net.ParseIP(to.Host)
	switch here := to.Host == "localhost" || to.Host == h.opts.PrivateIP || ip != nil && ip.IsLoopback(); {
	case !here:
		_ = nc.Reject(xssh.Prohibited, "a simulated instance reaches nothing beyond itself")
	case to.Port != webPort:
		_ = nc.Reject(xssh.ConnectionFailed, "Connection refused")
	default:
		if ch, reqs, err := nc.Accept(); err == nil {
			go xssh.DiscardRequests(reqs)
			defer context.AfterFunc(ctx, func() { ch.Close() })()
			h.serveWeb(ch)
		}
	}
}

// serveWeb answers one request after the other until the caller goes away.
func (h *Host) serveWeb(c io.ReadWriteCloser) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		page := fmt.Sprintf("<!doctype html><title>%[1]s</title><h1>%[1]s</h1><p>%[2]s in %[3]s, simulated</p>\n", h.opts.InstanceID, h.opts.Type, h.opts.Zone)
		res := http.Response{
			StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Request: req, ContentLength: int64(len(page)),
			Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}, "Server": {"simulated"}}, Body: io.NopCloser(strings.NewReader(page)), Close: req.Close,
		}
		if res.Write(c) != nil || req.Close {
			return
		}
	}
}
