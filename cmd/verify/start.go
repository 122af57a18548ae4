//go:build !page

package main

import (
	"os"
	"runtime"
)

func main() {
	supervise()
	if os.Getenv("GOGC") == "" {
		spare = make([]byte, 16<<20)
	}
	t := &terminal{out: os.Stdout, err: os.Stderr}
	code := t.run(t.withSignals(), os.Args[1:])
	runtime.KeepAlive(spare)
	os.Exit(code)
}
