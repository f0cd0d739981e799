//go:build unix

package load

import (
	"syscall"
	"time"
)

// ProcessorTime returns the processor time that the process has used, in all its
// threads.
func ProcessorTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u) // fails for a wrong argument only
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
