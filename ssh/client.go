package ssh

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"spot-tui/fleet"
)

// DialFunc opens a network connection, as net.Dialer.DialContext does.
type DialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// ListenFunc opens a listener, as net.ListenConfig.Listen does.
type ListenFunc func(ctx context.Context, network, addr string) (net.Listener, error)

// Options say with which key, by which way and with which patience instances
// are reached. KnownHostsFile is needed; without a key every connection fails
// and says so.
type Options struct {
	PrivateKeyFile string // OpenSSH or PEM, readable by its owner only; or a .pub file whose private half an agent holds
	PrivateKey     []byte // instead of the file, without a passphrase
	// Passphrase asks a person for that of the private key. wrong says that the
	// last answer was. Only Unlock calls it, at most three times in all. nil:
	// nobody can be asked.
	Passphrase     func(ctx context.Context, path string, wrong bool) (string, error)
	AgentSocket    string // of the person's ssh agent, as SSH_AUTH_SOCK names it; empty: none
	KnownHostsFile string // ours alone; made at the first pinned key
	// Jump names jump hosts as ssh's -J does: user@host:port, a host of the ssh
	// config, or several divided by commas. Empty: what the ssh config says of an
	// instance's id or address. "none": no jump host, whatever it says.
	Jump           string
	LoginJump      string // the jump hosts that LoginLine shows; empty: Jump
	UserConfig     string // the person's ssh config, which is read only; empty: none
	Dial           DialFunc
	Listen         ListenFunc    // for forwarded ports; default: this machine's
	ConnectTimeout time.Duration // for TCP, key exchange and login together; default 10 s
	KeepAlive      time.Duration // between keepalives; default 15 s
	Log            *slog.Logger  // default: none
}

const (
	// A SYN that was dropped because the host was not up yet is sent again
	// after 1, 3 and 7 s: within 10 s a booting host is noticed quickly.
	defaultConnectTimeout = 10 * time.Second
	defaultKeepAlive      = 15 * time.Second
)

// Client is a fleet.Shell. Make it with New, end it with Close.
type Client struct {
	opts      Options
	identity  *identity // nil where no key is configured
	agent     *agentKeys
	hosts     *knownHosts
	user      *userConfig
	jump      route // empty: what the user's config says
	loginJump route
	log       *slog.Logger

	ctx  context.Context // ends with Close
	stop context.CancelFunc

	mu     sync.Mutex
	closed bool
	links  map[linkKey]*link
	group  sync.WaitGroup // added to under mu while closed is false
}

var _ fleet.Shell = (*Client)(nil)

// New makes a client. It connects to nothing yet. The error is a *fleet.Error
// of KindInvalid where the key or an address can't be used.
func New(o Options) (*Client, error) {
	if o.KnownHostsFile == "" {
		return nil, invalid("open the ssh client", "", errors.New("no known_hosts file is named"), "")
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	if o.Listen == nil {
		o.Listen = (&net.ListenConfig{}).Listen
	}
	if o.ConnectTimeout <= 0 {
		o.ConnectTimeout = defaultConnectTimeout
	}
	if o.KeepAlive <= 0 {
		o.KeepAlive = defaultKeepAlive
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	c := &Client{opts: o, log: o.Log, hosts: newKnownHosts(o.KnownHostsFile, o.Log), links: map[linkKey]*link{}, agent: newAgentKeys(o.AgentSocket, o.ConnectTimeout)}
	var err error
	if c.identity, err = loadIdentity(o); err != nil {
		return nil, err
	}
	var odd []string
	c.user, odd = newUserConfig(o.UserConfig)
	for _, why := range odd {
		c.log.Warn("the ssh config is not read in full", "why", fleet.Clean(why))
	}
	if c.jump, err = c.user.jumps(o.Jump); err != nil {
		return nil, err
	}
	if c.loginJump, err = c.user.jumps(o.LoginJump); err != nil {
		return nil, err
	}
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c, nil
}

// Forget closes what is open to an instance that is gone, and drops its pinned
// key. It waits for no network.
func (c *Client) Forget(id fleet.InstanceID) {
	c.drop(id, errForgotten)
	if err := c.hosts.forget(string(id)); err != nil {
		c.log.Warn("a pinned host key could not be dropped", "instance", id, "error", err)
	}
}

// drop closes what is open to an instance, or about to be.
func (c *Client) drop(id fleet.InstanceID, why error) {
	c.mu.Lock()
	var gone []*link
	for k, l := range c.links {
		if k.Instance == id {
			gone = append(gone, l)
			delete(c.links, k)
		}
	}
	c.mu.Unlock()
	for _, l := range gone {
		l.shut(why)
	}
}

// Close closes every connection and waits until nothing of the client runs. It
// gives no error and may be called again.
func (c *Client) Close() error {
	c.mu.Lock()
	c.closed = true
	links := make([]*link, 0, len(c.links))
	for _, l := range c.links {
		links = append(links, l)
	}
	clear(c.links)
	c.mu.Unlock()
	for _, l := range links {
		l.shut(errClosed)
	}
	c.stop()
	c.group.Wait()
	return nil
}

// spawn runs f in a goroutine that Close waits for. It says false, and runs
// nothing, after Close.
func (c *Client) spawn(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.spawnLocked(f)
}

func (c *Client) spawnLocked(f func()) bool {
	if c.closed {
		return false
	}
	c.group.Go(f)
	return true
}
