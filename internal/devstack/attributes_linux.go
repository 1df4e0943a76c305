package devstack

import "syscall"

// childAttributes puts a child into a process group of its own, so that a
// Ctrl-C at the terminal reaches us alone and we stop the child when we are
// done with it; has the kernel signal it when we die; and runs it as another
// account if one is given.
func childAttributes(death syscall.Signal, as *account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: death, Credential: as.credential()}
}
