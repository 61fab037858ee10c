// Package fleet is the centre of spot-tui: the words of the domain, the engine
// with one worker goroutine per region, and the ports (Account, RegionCloud,
// Shell, Store) through which the engine reaches the world.
//
// It imports the standard library only. Adapters (aws, ssh, state) implement
// the ports and never know each other; faces (tui, cli) talk to an Engine and
// read its Feed. Every value that leaves the engine is a copy: a face can keep
// it without a lock.
package fleet
