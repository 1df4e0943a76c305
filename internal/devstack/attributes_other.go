//go:build unix && !linux

package devstack

import "syscall"

// childAttributes puts a child into a process group of its own, so that a
// Ctrl-C at the terminal reaches us alone, and runs it as another account if
// one is given. These systems cannot signal a child when its parent dies: a
// server that is left behind is found through its lock file at the next start.
func childAttributes(_ syscall.Signal, as *account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: as.credential()}
}
