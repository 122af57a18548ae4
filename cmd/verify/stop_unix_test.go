//go:build unix

package main

import (
	"os"
	"strconv"
	"syscall"
)

// fileLimit, when set, bounds the size of the files that the program may
// write, in bytes: a write beyond it fails as on a full disk.
const fileLimit = "VERIFY_TEST_FILE_SIZE"

func limitFiles() {
	n, err := strconv.ParseUint(os.Getenv(fileLimit), 10, 62)
	if err != nil {
		return
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
		panic(err)
	}
}

func makePipe(name string) error { return syscall.Mkfifo(name, 0o600) }
