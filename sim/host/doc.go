// Package host is the inside of a simulated EC2 instance, served over real SSH:
// a login as cloud images have it, a file system in memory, a shell with the
// commands that provisioning scripts use, SFTP, IMDS as curl sees it, and
// cloud-init's first boot. ServeJump is the jump host in front of a fleet of
// them.
//
// Guarantees:
//
//   - Nothing that runs on a host reaches the machine that simulates it: no file,
//     environment variable, user, process, descriptor or socket of it can be
//     read or changed. What the shell's interpreter would do by itself (pipes,
//     here-documents, type, source, ~user, process substitution …) is rewritten
//     or refused before it runs.
//   - No operating system pipe is made, and every wait is one that
//     testing/synctest counts as durably blocked: connections, scripts,
//     pipelines and SFTP run in virtual time as well as in real time.
//     Options.Exec may still answer commands itself, before the shell sees them.
//   - A fresh host costs a few KB: its file system is made at the first need.
//     Its memory is bounded by Options.MemoryLimit, after which writes fail as on
//     a full disk.
//   - What runs ends with its session, except what nohup, setsid, systemd-run or
//     a timer started: that ends with the host.
package host
