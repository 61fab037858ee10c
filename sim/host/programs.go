package host

// programs are the commands in /usr/bin, by name.
func programs() map[string]command {
	all := map[string]command{}
	for _, family := range []map[string]command{
		filePrograms(), textPrograms(), filterPrograms(), runPrograms(), systemPrograms(),
		sumPrograms(), archivePrograms(), unitPrograms(), webPrograms(), packagePrograms(),
	} {
		for name, c := range family {
			all[name] = c
		}
	}
	return all
}
