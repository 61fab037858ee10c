// Command spot-tui runs fleets of AWS spot instances: a full-screen program
// when it is started without a verb, and every action as a verb for scripts.
package main

import (
	_ "embed"
	"os"

	"spot-tui/cli"
)

//go:embed config.toml.example
var example string

func main() {
	os.Exit(cli.Main(cli.System(example))) //nolint:forbidigo // this is the place that ends the process
}
