package graph

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"muflow/internal/strict"
)

// Bounds of what a Reader and Decode take, so that a small compressed file
// cannot fill the memory.
const (
	MaxInstanceBytes = 1 << 24 // of text of one instance
	MaxHeld          = 1 << 24 // vertices and edges that Decode keeps, all instances together
)

// An InputError locates what is wrong in a file of instances.
type InputError struct {
	File     string // as given by the caller
	Instance int    // 0-based index in the file, −1 if the file as a whole is meant
	Err      error  // usually a *FieldError or *EdgeError
}

func (e *InputError) Error() string {
	if e.Instance < 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s: instance %d: %v", e.File, e.Instance, e.Err)
}

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }

// Load reads a regular file of instances, see Reader. Every error is an
// *InputError.
func Load(file string) ([]Instance, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, &InputError{file, -1, plainCause(err)}
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, &InputError{file, -1, errors.New("is a folder, expected a file of instances")}
	}
	return Decode(f, file)
}

// plainCause strips the operation and the path that os errors repeat.
func plainCause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// Decode reads all instances of a stream, see Reader, and keeps them.
func Decode(r io.Reader, name string) ([]Instance, error) { return NewReader(r, name).All() }

// A Reader reads instances one after the other, in memory that does not grow
// with their number. It takes, gzipped or not (told by the magic bytes) and
// with or without a byte order mark, a JSON array of objects, objects one after
// the other (JSON Lines, or a single one), or an edge list. An object is in
// the project's own form
//
//	{"vertices": n, "edges": [[u,v],…], "root": r, "target": t, "other": o, "path": [r,…,t]}
//
// or as published for ProsQA (edges, root, target, neg_target, idx_to_symbol,
// steps), where the demonstrated path is read from the sentences in steps and,
// without names and edges, all else from question and answer, or
// in the node-link form of networkx (nodes, links or edges) with root, target,
// other and path, which are ids of nodes, beside them or in its "graph" (an
// object, or pairs as networkx 1 wrote them). Keys
// are matched exactly, unknown ones are ignored, and one that occurs twice is
// an error. An edge list has lines "u v" and one "# root r target t", which
// may go on with "other o", "vertices n" and "path r … t".
//
// Without a path the instance gets a shortest one, of several the first in the
// order of their vertices; without the other candidate it gets the lowest
// vertex that the root does not reach.
type Reader struct {
	Count         int // instances that were read
	Paths, Others int // how many of them came without a path and without the other candidate

	name  string
	text  *bufio.Reader
	scan  *strict.Scanner // nil before the first instance and for an edge list
	array bool
	err   error // that every further call returns
}

// NewReader returns a reader of a stream. The name stands for it in errors.
func NewReader(r io.Reader, name string) *Reader {
	return &Reader{name: name, text: bufio.NewReaderSize(source{r, "cannot be read"}, 1<<16)}
}

// Next returns the next instance, and io.EOF after the last. Every other error
// is an *InputError; a stream without instances is one.
func (r *Reader) Next() (*Instance, error) {
	if r.err != nil {
		return nil, r.err
	}
	in, err := r.next()
	if err != nil {
		if err != io.EOF {
			err = r.located(err)
		}
		r.err = err
		return nil, err
	}
	r.Count++
	return in, nil
}

// All returns the instances that are left.
func (r *Reader) All() ([]Instance, error) { return r.Some(math.MaxInt) }

// Some returns the next instances, fewer than so many only at the end. More
// than MaxHeld vertices and edges are an error.
func (r *Reader) Some(most int) ([]Instance, error) {
	var out []Instance
	for held := 0; len(out) < most; {
		in, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if held += in.Graph.Order() + in.Graph.Size(); held > MaxHeld {
			return nil, &InputError{r.name, r.Count - 1, fmt.Errorf("more than %d vertices and edges up to here, which is more than is kept in memory", MaxHeld)}
		}
		out = append(out, *in)
	}
	return out, nil
}

// First goes through the instances that are left and returns the first of them.
func (r *Reader) First(most int) ([]Instance, error) {
	out, err := r.Some(most)
	for err == nil {
		_, err = r.Next()
	}
	if err != io.EOF {
		return nil, err
	}
	return out, nil
}

// A wholeError is about the input as a whole, and not about one instance.
type wholeError struct{ error }

// located says where in the input an error is.
func (r *Reader) located(err error) error {
	var whole wholeError
	var limit *strict.LimitError
	if errors.As(err, &whole) {
		return &InputError{r.name, -1, whole.error}
	}
	if errors.As(err, &limit) {
		err = fmt.Errorf("%w of text, expected a shorter instance", limit)
	}
	return &InputError{r.name, r.Count, err}
}

// A source is a stream whose failures say what could not be done.
type source struct {
	io.Reader
	failed string
}

func (s source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if whole := (wholeError{}); err != nil && err != io.EOF && !errors.As(err, &whole) {
		err = wholeError{fmt.Errorf("%s: %w", s.failed, plainCause(err))}
	}
	return n, err
}

// byteOrderMark begins some texts in UTF-8.
var byteOrderMark = []byte("\xef\xbb\xbf")

// begin finds out what the stream holds.
func (r *Reader) begin() error {
	if unpacked, err := strict.Unpacked(r.text); err != nil {
		return wholeError{err}
	} else if unpacked != r.text {
		r.text = bufio.NewReaderSize(source{unpacked, "broken gzip"}, 1<<16)
	}
	if mark, _ := r.text.Peek(3); bytes.Equal(mark, byteOrderMark) {
		if _, err := r.text.Discard(3); err != nil {
			return err
		}
	} else if len(mark) > 1 && (mark[0] == 0xff && mark[1] == 0xfe || mark[0] == 0xfe && mark[1] == 0xff) {
		return wholeError{errors.New("is UTF-16, expected UTF-8")}
	}
	r.scan = strict.NewScanner(r.text)
	r.scan.Allow(MaxInstanceBytes)
	first, err := r.scan.Peek()
	switch {
	case err == io.EOF:
		return wholeError{errors.New("empty, expected at least one instance")}
	case err != nil:
		return err
	case first == '[':
		r.array = true
	case first != '{':
		r.scan = nil
	}
	return nil
}

// next returns the next instance, io.EOF after the last, or what is wrong.
func (r *Reader) next() (*Instance, error) {
	if r.scan == nil && r.Count == 0 {
		if err := r.begin(); err != nil {
			return nil, err
		}
	}
	if r.scan == nil && r.Count > 0 {
		return nil, io.EOF
	} else if r.scan == nil {
		return r.edgeList()
	}
	r.scan.Allow(MaxInstanceBytes)
	if r.array {
		more, err := r.scan.More(r.Count)
		if err != nil {
			return nil, err
		}
		if !more {
			if r.Count == 0 {
				return nil, wholeError{errors.New("empty array, expected at least one instance")}
			}
			return nil, cmp.Or(r.scan.End(), io.EOF)
		}
	} else if _, err := r.scan.Peek(); err != nil {
		return nil, err // io.EOF after the last line
	}
	first, err := r.scan.Peek()
	if err == nil && first == '[' {
		return nil, errors.New("an array, expected an object")
	}
	element, err := r.scan.Raw()
	if err != nil {
		return nil, err
	}
	return r.decode(element)
}
