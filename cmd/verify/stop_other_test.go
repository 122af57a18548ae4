//go:build !unix

package main

import "errors"

func setLimits() {}

func makePipe(string) error { return errors.ErrUnsupported }
