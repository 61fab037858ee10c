package fleet

import (
	"context"
	"io"
	"io/fs"
)

// Shell reaches into instances. All methods are safe for concurrent use.
type Shell interface {
	Dialer
	Copier
	HostKeeper
	// LoginLine is a command that a person can paste to log in with OpenSSH.
	LoginLine(t Target) string
	// ConfigText is an ssh_config text with one Host entry per target, named by
	// its instance id, so that plain `ssh i-0abc…` works with it included.
	ConfigText(ts []Target) string
	// Close closes every connection.
	Close() error
}

// Dialer runs things on instances.
type Dialer interface {
	// Wait tries until the instance accepts our login, and calls progress with
	// the last error after each failed try.
	Wait(ctx context.Context, t Target, progress func(lastError string)) error
	// Run runs a command and streams what it prints. The error is nil whenever
	// the remote side reported an exit status, and KindUnknown where the
	// connection was lost after the host had taken the command.
	Run(ctx context.Context, t Target, c Command) (ExitStatus, error)
	// Interactive opens a login shell on tty and gives its exit status.
	Interactive(ctx context.Context, t Target, tty TTY) (ExitStatus, error)
	// Forward carries connections to a local address on to one that the host
	// sees, until ctx ends. A connection to the host that breaks is made again.
	Forward(ctx context.Context, t Target, f Forward) error
	// Probe tries once to log in and says how far it came: address, TCP, sshd's
	// greeting, host key, login, a session. It changes nothing, and pins nothing.
	Probe(ctx context.Context, t Target) []Check
}

// Copier moves files.
type Copier interface {
	// Pack prepares files for upload to any number of hosts. It fails where the
	// source can't be uploaded. The caller closes the bundle.
	Pack(s Source) (Bundle, error)
	// Upload copies a bundle as one stream and verifies it on the host. Where the
	// host has exactly the same already, nothing is sent.
	Upload(ctx context.Context, t Target, u Upload) (UploadResult, error)
	// Fetch copies a file or folder from the host and verifies it here.
	Fetch(ctx context.Context, t Target, f Fetch) (FetchResult, error)
}

// HostKeeper knows by which keys hosts prove themselves.
type HostKeeper interface {
	// Trust tells which keys (fingerprints, "SHA256:…") a host may have, known
	// from elsewhere than the host. From then on only these are accepted, and it
	// counts as verified; a key that was pinned before and is none of them is
	// refused with KindConflict, and what is open to it is closed.
	Trust(id InstanceID, fingerprints []string) error
	// Verified says whether the host's key was checked by Trust.
	Verified(id InstanceID) bool
	// NewHostKey makes an ed25519 key for hosts that are still to be launched.
	NewHostKey() (HostKey, error)
	// Forget closes what is open to an instance that is gone, and drops its pinned key.
	Forget(id InstanceID)
}

// HostKey is a host's key made by us. The private half goes into the launch
// template's user data and nowhere else: not into the journal, a log or a tag.
type HostKey struct {
	Private     string `json:"-"`           // OpenSSH form
	Public      string `json:"public"`      // authorized_keys line
	Fingerprint string `json:"fingerprint"` // "SHA256:…"
}

// Target is where and as whom an instance is reached.
type Target struct {
	Instance InstanceID
	Host     string // address
	Port     int
	User     string
}

// Command is one remote command, run by the login shell.
type Command struct {
	Line   string
	Stdin  io.Reader // nil: none
	Stdout io.Writer // nil: dropped
	Stderr io.Writer // nil: dropped
	// Started is called once, when the host has taken the command. Until then a
	// lost connection is tried again; afterwards nobody knows how far it came.
	Started func()
}

// ExitStatus is how a remote command ended.
type ExitStatus struct {
	Code   int
	Signal string // "KILL" where a signal ended it
}

// OK says whether the command ended with status 0.
func (s ExitStatus) OK() bool { return s.Code == 0 && s.Signal == "" }

// Source is what is to be uploaded: a path, or a text as the content of one file.
type Source struct {
	Path   string   // local file or folder
	Ignore []string // patterns as in .gitignore, beside those of a folder's ignore file
	// Text is the content of one file called Name, where Path is empty.
	Text []byte
	Name string
}

// Bundle is a Source that is read from disk and compressed at most once, for
// however many hosts. It is safe for concurrent use.
type Bundle interface {
	// Size counts what it holds: regular files, and bytes of content.
	Size() (files int, bytes int64)
	// Close frees what it holds on disk. It may be called again.
	Close() error
}

// Upload is one bundle to copy.
type Upload struct {
	Bundle Bundle
	Target string // see ssh.Client.Upload
	// Mode is of the files, 0 as they are here; folders get x where it has r.
	Mode fs.FileMode
	// Owner is "user" or "user:group" on the host, for which sudo is used; empty:
	// the login.
	Owner string
	// Secret says that it may only go to a host that is Verified: KindGuard else.
	Secret   bool
	Started  func()                  // the host has answered, once; may be nil
	Progress func(done, total int64) // bytes of content; may be nil
}

// UploadResult is what an upload moved.
type UploadResult struct {
	Files  int    `json:"files"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // of the manifest (names, modes and content hashes) that was verified on the host
	Same   bool   `json:"same"`   // the host had it already; nothing was sent
}

// Fetch is one file or folder to copy from a host.
type Fetch struct {
	Source string // on the host; "~" is the login's home
	Target string // local folder, made if it is missing; what is fetched lies in it under its own name
	// Most bounds the bytes that are written, 0: 10 GiB. A host decides what it sends.
	Most     int64
	Started  func()                  // the host has answered, once; may be nil
	Progress func(done, total int64) // bytes of content; total is -1 until it is known; may be nil
}

// FetchResult is what a fetch moved.
type FetchResult struct {
	Files int    `json:"files"`
	Bytes int64  `json:"bytes"`
	Path  string `json:"path"` // where it lies
}

// Forward is one forwarding.
type Forward struct {
	Local  string // host:port to listen at; port 0: any free one
	Remote string // host:port as the instance sees it
	// Listening is called with the address, once. Notice is called when the way to
	// the host breaks and when it is there again. Both may be nil.
	Listening func(addr string)
	Notice    func(text string)
}

// TTY is the terminal that an interactive shell takes over.
type TTY struct {
	In   io.Reader // an *os.File where raw mode and size are wanted
	Out  io.Writer
	Err  io.Writer
	Term string // the value of TERM
}
