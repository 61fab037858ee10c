package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"spot-tui/sim"
)

func (a *app) simulateCmd() *cobra.Command {
	var listen, scenario string
	var scale float64
	var seed int64
	c := &cobra.Command{
		Use:   "simulate",
		Short: "Serve a simulated cloud for other processes, until told to stop",
		Long: `Serve a simulated cloud for other processes, until told to stop: EC2, STS,
SSM and Pricing over their real protocols, and an SSH server per running instance behind a
jump host. Only loopback addresses are served. docs/simulation.md has the
control endpoint.`,
		Args: cobra.NoArgs,
		RunE: a.verb(func(c *cobra.Command, _ []string) error {
			o, plot := sim.Options{Seed: seed, Scale: scale}, sim.Scenario{}
			if scenario != "" {
				var err error
				if plot, err = readScenario(scenario); err != nil {
					return err
				}
				o = plot.World(o)
			}
			return a.simulate(c.Context(), listen, o, plot)
		}),
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:4566", "loopback address to listen on; port 0 picks a free one")
	c.Flags().Float64Var(&scale, "scale", demoScale, "how slow the cloud is: 1 is like EC2, 0 has no latencies")
	c.Flags().Int64Var(&seed, "seed", 1, "seed of prices and ids")
	c.Flags().StringVar(&scenario, "scenario", "", "file that says what happens in the cloud, and when")
	return c
}

// served is the first line that simulate --json prints.
type served struct {
	Endpoint string            `json:"endpoint"`
	Env      map[string]string `json:"env"`
	Control  string            `json:"control"`
}

// readScenario reads a scenario file.
func readScenario(path string) (sim.Scenario, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return sim.Scenario{}, usage("read the scenario: %v; name a file that can be read", err)
	}
	s, err := sim.ReadScenario(string(text))
	if err != nil {
		return s, usage("the scenario %s is not as docs/simulation.md says: %v", path, err)
	}
	return s, nil
}

func (a *app) simulate(ctx context.Context, listen string, o sim.Options, plot sim.Scenario) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return usage("--listen: %v", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return usage("--listen: %s is not a loopback address; a simulated cloud is never served to a network", host)
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listen: %w; choose another address with --listen, 127.0.0.1:0 takes a free port", err)
	}
	defer l.Close()
	jump, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return fmt.Errorf("listen for the jump host: %w", err)
	}
	defer jump.Close()
	w := sim.New(o)
	defer w.Close()
	w.Play(plot)
	srv := &http.Server{Handler: w.Handler(), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 2)
	go func() { failed <- srv.Serve(l) }()
	go func() { failed <- w.ServeJump(ctx, jump) }()
	a.tellServed("http://"+l.Addr().String(), "spot@"+jump.Addr().String())
	select {
	case <-ctx.Done():
		srv.Close()
		return nil
	case err := <-failed:
		if errors.Is(err, http.ErrServerClosed) || ctx.Err() != nil {
			return nil
		}
		return err
	}
}

func (a *app) tellServed(endpoint, jump string) {
	s := served{
		Endpoint: endpoint, Control: endpoint + "/_control/",
		Env: map[string]string{
			"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "AKIASIMULATED", "AWS_SECRET_ACCESS_KEY": "simulated",
			"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "SPOT_TUI_SSH_JUMP": jump,
		},
	}
	if a.flags.json {
		a.printJSON(s)
		return
	}
	a.printf("a simulated cloud listens on %s (control: %s); in another terminal:\n\n", s.Endpoint, s.Control)
	for _, k := range []string{"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION", "SPOT_TUI_SSH_JUMP"} {
		a.printf("  export %s=%s\n", k, s.Env[k])
	}
	a.printf("\nCtrl+C ends it, and everything in it.\n")
}
