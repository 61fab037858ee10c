package cli

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"spot-tui/aws"
	"spot-tui/config"
	"spot-tui/fleet"
	"spot-tui/sim"
	"spot-tui/ssh"
)

// demoScale shortens the simulated cloud's latencies: the first minute of a
// fleet passes in a few seconds.
const demoScale = 0.12

// demo is a simulated cloud inside the process with a throwaway home. Nothing
// of it opens a socket beyond loopback.
type demo struct {
	world  *sim.World
	home   string
	config string
	jump   net.Listener
	cancel context.CancelFunc
}

func newDemo(a *app) (*demo, error) {
	var plot sim.Scenario
	switch a.flags.demo {
	case "default", "empty", "running":
	default:
		var err error
		if plot, err = readScenario(a.flags.demo); err != nil {
			return nil, err
		}
	}
	home, err := os.MkdirTemp("", "spot-tui-demo-")
	if err != nil {
		return nil, fmt.Errorf("make a throwaway home for the demo: %w", err)
	}
	d := &demo{home: home, world: sim.New(plot.World(sim.Options{Seed: 1, Scale: demoScale}))}
	d.world.Play(plot)
	key := filepath.Join(home, "id_ed25519")
	if _, err := ssh.GenerateKey(key); err != nil {
		return nil, err
	}
	d.config = filepath.Join(home, "config.toml")
	if err := config.WriteDefaults(d.config, config.Defaults{Name: "demo", PrivateKey: key}); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	if d.jump, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return d, nil //nolint:nilerr // a copied ssh line won't work from another terminal; all else does
	}
	go func() { _ = d.world.ServeJump(ctx, d.jump) }() // ends with ctx
	return d, nil
}

// wire points the adapters at the simulated cloud.
func (d *demo) wire(o *aws.Options, s *ssh.Options) {
	o.Profile = ""
	o.Endpoint = "http://simulated.invalid"
	o.Transport = d.world.Transport()
	o.Static = &aws.StaticCredentials{AccessKey: "AKIDEMO", SecretKey: "demo"}
	s.Dial = d.world.Dial
	s.Jump, s.AgentSocket = "", "" // its key is a file of its own
	if d.jump != nil {
		s.LoginJump = "spot@" + d.jump.Addr().String()
	}
}

func (d *demo) shut() {
	if d.cancel != nil {
		d.cancel()
	}
	if d.jump != nil {
		d.jump.Close()
	}
	d.world.Close()
	_ = os.RemoveAll(d.home) // throwaway; the system cleans its temporary folder
}

// seed launches the demo's fleet through the same engine, so that a verb on a
// running fleet finds one.
func (s *session) seed() error {
	o := s.options(need{provision: true})
	o.ReadOnly = false // what a demo begins with is not the person's doing
	e := fleet.New(o)
	stop := s.record(e)
	defer func() { e.Close(); stop() }()
	e.Start()
	ctx := context.Background()
	p, err := e.Plan(ctx, fleet.PlanRequest{})
	if err != nil {
		return err
	}
	op, err := e.Launch(p)
	if err != nil {
		return err
	}
	m := newModel()
	for {
		b, err := e.Next(ctx, m.cursor)
		if err != nil {
			return err
		}
		m.take(b)
		if o, ok := m.ops[op]; ok && !o.Running() {
			return nil
		}
	}
}
