package strict

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// Unpacked returns what unpacks a stream that begins as gzip does, and the stream
// itself if it begins otherwise.
func Unpacked(in *bufio.Reader) (io.Reader, error) {
	if magic, _ := in.Peek(2); !IsGzip(magic) {
		return in, nil
	}
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("broken gzip: %w", err)
	}
	return z, nil
}

// IsGzip reports whether a text begins as gzip does.
func IsGzip(text []byte) bool { return len(text) > 1 && text[0] == 0x1f && text[1] == 0x8b }

// IsBrokenGzip reports whether an error of reading says that a stream ends early,
// or that what is unpacked is not what was packed.
func IsBrokenGzip(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader)
}
