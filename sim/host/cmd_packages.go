package host

import (
	"fmt"
	"strings"
)

// packagePrograms print a plausible line: there is nothing to install from.
func packagePrograms() map[string]command {
	install := func(p *proc) int {
		var names []string
		verb := ""
		for _, a := range p.args[1:] {
			switch {
			case strings.HasPrefix(a, "-") || strings.Contains(a, "="):
			case verb == "":
				verb = a
			default:
				names = append(names, a)
			}
		}
		changes := verb == "install" || verb == "remove" || verb == "upgrade" || verb == "update" || verb == "purge"
		if changes && p.w.uid != rootUID {
			if strings.HasPrefix(p.name(), "apt") {
				return p.failf(100, "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?")
			}
			return p.failf(1, "Error: This command has to be run with superuser privileges (under the root user on most systems).")
		}
		fmt.Fprintf(p.out, "%s %s (simulated, nothing changes): %s\n", p.name(), verb, strings.Join(names, " "))
		return 0
	}
	all := map[string]command{}
	for _, name := range []string{"apt-get", "apt", "dnf", "yum", "snap", "add-apt-repository", "apt-key", "dpkg", "rpm"} {
		all[name] = install
	}
	return all
}
