//go:build unix

package ssh

import (
	"bytes"
	"context"
	"net"
	"path/filepath"
	"testing"

	"spot-tui/fleet"
	"spot-tui/sim/host"
	"spot-tui/sim/memnet"
)

// The simulated instances' own shell must do for uploads what a real host does.
func TestUploadToASimulatedInstance(t *testing.T) {
	t.Parallel()
	_, path := loginKey(t)
	h := must(host.New(host.Options{InstanceID: "i-0123", User: "ubuntu", AuthorizedKeys: []string{must(PublicKey(path))}}))
	defer h.Close()
	c := must(New(Options{PrivateKeyFile: path, KnownHostsFile: filepath.Join(t.TempDir(), "k"), Dial: func(context.Context, string, string) (net.Conn, error) {
		near, far := memnet.Pipe(nil, nil)
		go h.Serve(context.Background(), far)
		return near, nil
	}}))
	defer c.Close()
	src, _ := bigTree(t, 200)
	r, err := c.Upload(t.Context(), target, fleet.Upload{Bundle: pack(t, c, src), Target: "~/a site"})
	if err != nil || r.Files != 200+len(trickyNames()) {
		t.Fatalf("%+v %v", r, err)
	}
	file := filepath.Join(src, "tricky", "it's")
	if r, err := c.Upload(t.Context(), target, fleet.Upload{Bundle: pack(t, c, file), Target: "~/a site/"}); err != nil || r.Files != 1 {
		t.Fatalf("%+v %v", r, err)
	}
	var out bytes.Buffer
	st, err := c.Run(t.Context(), target, fleet.Command{Line: `cd "a site" && cat "it's" d00/e0/f0 link && ls -l link && exit 9`, Stdout: &out, Stderr: &out})
	if err != nil || st.Code != 9 || !bytes.Contains(out.Bytes(), []byte("it'scontent of 0content of 0")) {
		t.Errorf("%+v %v %q", st, err, out.String())
	}
	if same, err := c.Upload(t.Context(), target, fleet.Upload{Bundle: pack(t, c, src), Target: "~/a site"}); err != nil || !same.Same {
		t.Errorf("again: %+v %v", same, err)
	}
	back, err := c.Fetch(t.Context(), target, fleet.Fetch{Source: "~/a site", Target: t.TempDir()})
	if err != nil || back.Files != 201+len(trickyNames()) || read(t, filepath.Join(back.Path, "it's")) != "it's" {
		t.Errorf("fetched: %+v %v", back, err)
	}
}
