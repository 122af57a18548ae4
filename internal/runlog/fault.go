package runlog

import (
	"errors"
	"runtime"
	"syscall"
)

// diskFull is what Windows says.
const diskFull = syscall.Errno(112)

// IsFault tells whether an error is about the machine, such as a full disk,
// and not about what a user wrote or asked for.
func IsFault(err error) bool {
	for _, fault := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, syscall.EIO, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE} {
		if errors.Is(err, fault) {
			return true
		}
	}
	return runtime.GOOS == "windows" && errors.Is(err, diskFull)
}
