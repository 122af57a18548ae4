//go:build !unix

package main

// supervise does nothing where there is no limit of the address space.
func supervise() {}
