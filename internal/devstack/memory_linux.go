package devstack

import "syscall"

// memoryNeeds is the free space below which a throw-away folder is not put
// into memory: a cluster and a hundred test databases.
const memoryNeeds = 2 << 30

// memoryFolder returns a folder whose files are kept in memory, or "" if there
// is none with room. Containers often come with a tiny one.
func memoryFolder() string {
	const folder = "/dev/shm"
	var space syscall.Statfs_t
	if err := syscall.Statfs(folder, &space); err != nil || space.Bavail*uint64(space.Bsize) < memoryNeeds {
		return ""
	}
	return folder
}
