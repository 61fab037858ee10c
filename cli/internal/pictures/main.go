// Command pictures makes the pictures of docs/pictures: it drives the real
// program in a terminal, on a simulated cloud, and draws what the terminal shows
// as SVG. Times, prices' cents and the order of log lines differ from run to run:
// the simulated world goes by the clock.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	to := flag.String("to", filepath.Join("docs", "pictures"), "folder for the pictures")
	bright := flag.Bool("light", false, "every picture on a light terminal")
	size := flag.String("size", "", "every picture at this size, such as 200x60; a small one may not show what a scene waits for")
	flag.Parse()
	list, err := drawn(scenes(), *bright, *size)
	if err == nil {
		err = run(context.Background(), *to, list)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pictures: "+err.Error())
		os.Exit(1) //nolint:forbidigo // a program of its own
	}
}

// drawn gives the scenes as they are asked for.
func drawn(list []scene, bright bool, size string) ([]scene, error) {
	for n := range list {
		s := &list[n]
		s.light = s.light || bright
		if size == "" {
			continue
		}
		if _, err := fmt.Sscanf(size, "%dx%d", &s.cols, &s.rows); err != nil {
			return nil, fmt.Errorf("-size %s is not like 200x60", size)
		}
	}
	return list, nil
}

// run builds the program and takes every picture.
func run(ctx context.Context, to string, list []scene) error {
	dir, err := os.MkdirTemp("", "pictures")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "spot-tui")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, ".") //nolint:gosec // into a folder that we made
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the program: %w: %s", err, out)
	}
	if err := os.MkdirAll(to, 0o755); err != nil { //nolint:gosec // pictures are for everyone
		return err
	}
	w, err := newWorld(ctx, dir, program)
	if err != nil {
		return err
	}
	defer w.close()
	for _, s := range list {
		if err := w.take(ctx, s, to); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Println(filepath.Join(to, s.name+".svg"))
	}
	return nil
}
