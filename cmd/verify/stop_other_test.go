//go:build !unix

package main

import "errors"

func limitFiles() {}

func makePipe(string) error { return errors.ErrUnsupported }
