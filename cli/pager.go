package cli

import "os/exec"

// pager is the command that shows a long text: the person's own, or one that is
// here. Lines of logs are often long, and may have been coloured.
func pager(getenv func(string) string) []string {
	if set := getenv("PAGER"); set != "" {
		if _, err := exec.LookPath("sh"); err == nil {
			return []string{"sh", "-c", set}
		}
		return []string{set}
	}
	for _, words := range [][]string{{"less", "-S"}, {"more"}} {
		if at, err := exec.LookPath(words[0]); err == nil {
			return append([]string{at}, words[1:]...)
		}
	}
	return nil
}
