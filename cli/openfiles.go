package cli

const (
	// ownFiles is what we have open ourselves: the store, the log, connections to AWS.
	ownFiles = 64
	// hostFiles is what an instance may need at once: its connection, and a file for
	// what it writes or what it is sent.
	hostFiles = 2
	// usualParallel holds where the config says nothing.
	usualParallel = 64
)

// atOnce is how many instances are worked on at the same time: what the config
// says, but no more than the files that may be open (0: no limit) allow. With
// too many, connections would fail for a reason that is not the instances'.
func atOnce(wanted, files int) int {
	if wanted <= 0 {
		wanted = usualParallel
	}
	if files <= 0 {
		return wanted
	}
	return max(1, min(wanted, (files-ownFiles)/hostFiles))
}
