//go:build !linux

package kernel

import "unsafe"

func enlarge(unsafe.Pointer, uintptr) {}
