// Package strict reads JSON as this program means it: a key matches a field
// only exactly, occurs once in its object, and nothing follows the value.
// encoding/json lets Target_Degree set target_degree, and the last of two
// equal keys win. Scanner reads a stream in memory that its values need and no
// more; Unmarshal reads a text into a Go value.
package strict

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Bounds of what a Scanner takes.
const (
	MaxToken = 1 << 16 // bytes of a key, number or kept string
	maxDepth = 200     // of arrays and objects in each other
)

// A SyntaxError says where a text is no JSON, or repeats a key.
type SyntaxError struct {
	Offset int64 // 0-based, in bytes
	Reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("broken JSON: %s at byte %d", e.Reason, e.Offset)
}

// A LimitError says that a value is longer than the scanner was allowed.
type LimitError struct{ Bytes int64 }

func (e *LimitError) Error() string { return fmt.Sprintf("more than %d bytes", e.Bytes) }

// A Scanner reads JSON values from a stream, token by token. Errors of the
// stream are returned as they are.
type Scanner struct {
	r              io.ByteScanner
	offset         int64
	allowed, until int64 // bytes, and the offset where they are used up
	depth          int
	token          []byte        // the number at work
	text           bytes.Buffer  // the string at work
	kept           *bytes.Buffer // what is consumed goes here too, nil for nowhere
}

// NewScanner returns a scanner without a bound on what it reads.
func NewScanner(r io.ByteScanner) *Scanner { return &Scanner{r: r, until: 1 << 62} }

// Allow bounds what is read from here on. Beyond it is a *LimitError.
func (s *Scanner) Allow(bytes int64) { s.allowed, s.until = bytes, s.offset+bytes }

func (s *Scanner) fail(format string, a ...any) error {
	return &SyntaxError{s.offset, fmt.Sprintf(format, a...)}
}

// next consumes a byte; the end of the stream is a syntax error.
func (s *Scanner) next() (byte, error) {
	b, err := s.r.ReadByte()
	switch {
	case err == io.EOF:
		return 0, s.fail("unexpected end")
	case err != nil:
		return 0, err
	case s.offset >= s.until:
		return 0, &LimitError{s.allowed}
	}
	s.offset++
	if s.kept != nil {
		s.kept.WriteByte(b)
	}
	return b, nil
}

// Peek skips white space and returns the byte that the next value begins with:
// one of {["tfn-, a digit, or whatever else there is. At the end it returns
// io.EOF.
func (s *Scanner) Peek() (byte, error) {
	for {
		b, err := s.r.ReadByte()
		if err != nil {
			return 0, err
		}
		if b != ' ' && b != '\n' && b != '\t' && b != '\r' {
			return b, s.r.UnreadByte()
		}
		if s.offset++; s.offset > s.until {
			return 0, &LimitError{s.allowed}
		}
	}
}

// expect skips white space and consumes one of some bytes.
func (s *Scanner) expect(any string) (byte, error) {
	if _, err := s.Peek(); err != nil && err != io.EOF {
		return 0, err
	}
	b, err := s.next()
	if err == nil && strings.IndexByte(any, b) < 0 {
		s.offset--
		err = s.fail("%q, expected %q", b, any)
	}
	return b, err
}

// More consumes what stands before element i of an array, a bracket or a comma,
// and reports whether there is one; if not, the end of the array is consumed.
// It serves those who cannot wait for Array.
func (s *Scanner) More(i int) (bool, error) {
	if i > 0 {
		b, err := s.expect(",]")
		return b == ',', err
	}
	if _, err := s.expect("["); err != nil {
		return false, err
	}
	if b, _ := s.Peek(); b != ']' {
		return true, nil
	}
	_, err := s.next()
	return false, err
}

// list consumes what stands between two brackets, item by item.
func (s *Scanner) list(open, end string, item func(i int) error) error {
	if _, err := s.expect(open); err != nil {
		return err
	}
	if s.depth++; s.depth > maxDepth {
		return s.fail("more than %d brackets in each other", maxDepth)
	}
	if b, err := s.Peek(); err == nil && b == end[0] {
		s.depth--
		_, err = s.next()
		return err
	}
	for i := 0; ; i++ {
		if err := item(i); err != nil {
			return err
		}
		if b, err := s.expect("," + end); err != nil || b == end[0] {
			s.depth--
			return err
		}
	}
}

// Array consumes an array; each is called for every element, which it must
// consume.
func (s *Scanner) Array(each func(i int) error) error { return s.list("[", "]", each) }

// Object consumes an object; each is called for every key, the value of which
// it must consume. A key that occurs twice is an error.
func (s *Scanner) Object(each func(key string) error) error {
	seen := map[string]bool{}
	return s.list("{", "}", func(int) error {
		key, err := s.Text()
		if err != nil {
			return err
		}
		if seen[key] {
			return s.fail("the key %.40q twice", key)
		}
		seen[key] = true
		if _, err := s.expect(":"); err != nil {
			return err
		}
		return each(key)
	})
}

// Text consumes a string.
func (s *Scanner) Text() (string, error) {
	if b, err := s.Peek(); err != nil && err != io.EOF || err == nil && b != '"' {
		return "", cmp.Or(err, s.fail("%q, expected a string", b))
	}
	s.text.Reset()
	if err := s.string(&s.text); err != nil {
		return "", err
	}
	if plain := s.text.Bytes()[1 : s.text.Len()-1]; bytes.IndexByte(plain, '\\') < 0 {
		return string(plain), nil
	}
	var text string
	if err := json.Unmarshal(s.text.Bytes(), &text); err != nil {
		return "", s.fail("a string that cannot be read")
	}
	return text, nil
}

// string consumes a string and keeps its text, if there is a place for it.
func (s *Scanner) string(keep *bytes.Buffer) error {
	high := false // some byte is not ASCII
	for i := 0; ; i++ {
		b, err := s.next()
		if err != nil {
			return err
		}
		if keep != nil {
			if keep.Len() == MaxToken {
				return s.fail("a string of more than %d bytes", MaxToken)
			}
			keep.WriteByte(b)
		}
		switch {
		case b == '"' && i > 0:
			if high && keep != nil && !utf8.Valid(keep.Bytes()) {
				return s.fail("a string that is not UTF-8")
			}
			return nil
		case b < ' ':
			return s.fail("the control character %q in a string", b)
		case b == '\\':
			if err := s.escape(keep); err != nil {
				return err
			}
		case b >= 0x80:
			high = true
		}
	}
}

// escape consumes what follows a backslash.
func (s *Scanner) escape(keep *bytes.Buffer) error {
	allowed := `"\/bfnrtu`
	for digits := 1; digits > 0; digits-- {
		b, err := s.next()
		if err != nil {
			return err
		}
		if strings.IndexByte(allowed, b) < 0 {
			return s.fail("%q behind a backslash in a string", b)
		}
		if keep != nil {
			keep.WriteByte(b)
		}
		if b == 'u' {
			allowed, digits = "0123456789abcdefABCDEF", 5
		}
	}
	return nil
}

// Skip consumes a value of any kind.
func (s *Scanner) Skip() error {
	b, err := s.Peek()
	switch {
	case err == io.EOF:
		return s.fail("unexpected end")
	case err != nil:
		return err
	case b == '{':
		return s.Object(func(string) error { return s.Skip() })
	case b == '[':
		return s.Array(func(int) error { return s.Skip() })
	case b == '"':
		return s.string(nil)
	}
	s.token = s.token[:0]
	for {
		b, err := s.r.ReadByte()
		if err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		if err := s.r.UnreadByte(); err != nil {
			return err
		}
		if strings.IndexByte(" \n\t\r,:]}[{\"", b) >= 0 {
			break
		}
		if len(s.token) == MaxToken {
			return s.fail("a number of more than %d bytes", MaxToken)
		}
		if b, err = s.next(); err != nil {
			return err
		}
		s.token = append(s.token, b)
	}
	if len(s.token) == 0 {
		return s.fail("%q, expected a value", b)
	}
	if !isIndex(s.token) && !json.Valid(s.token) {
		s.offset -= int64(len(s.token))
		return s.fail("%.20q, expected a value", s.token)
	}
	return nil
}

// isIndex reports whether a text is a number of digits only, as most are.
func isIndex(text []byte) bool {
	for _, b := range text {
		if b < '0' || b > '9' {
			return false
		}
	}
	return len(text) == 1 || len(text) > 1 && text[0] != '0'
}

// Raw consumes a value of any kind and returns its text without white space.
func (s *Scanner) Raw() (json.RawMessage, error) {
	if _, err := s.Peek(); err != nil && err != io.EOF {
		return nil, err
	}
	outer := s.kept
	s.kept = &bytes.Buffer{}
	err := s.Skip()
	text := s.kept.Bytes()
	if s.kept = outer; outer != nil {
		outer.Write(text)
	}
	return text, err
}

// End fails if anything but white space follows.
func (s *Scanner) End() error {
	b, err := s.Peek()
	if err == io.EOF {
		return nil
	}
	return cmp.Or(err, s.fail("%q after the value", b))
}
