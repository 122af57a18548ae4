package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime/debug"
	"slices"
	"strings"

	"muflow/internal/page"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// answered lists the commands that requests may ask for, and the flags of each
// that they may give: those that write nothing and read nothing but through
// terminal.open.
var answered = map[string]string{
	"theorem":       "alpha carry carry-ratio carry-start data digits gain json label logit quiet start step",
	"list":          "json markdown quiet",
	"equilibrium":   "alpha data digits instance json label logit profile quiet step",
	"flow":          "alpha data digits instance json label loss method profile quiet samples set start step theory until",
	"population":    "alpha bfs-share data digits gain json label logit parametrization quiet samples start step step-weights steps until weights",
	"overlap":       "data json label loss parametrization quiet step",
	"attention":     "alpha data gain json label logit loss quiet step table",
	"overshoot":     "alpha data gain instances json label quiet rate seed shared step uneven",
	"predict":       "data digits json lambda log-until logit outside quiet target thoughts unseen",
	"tightness":     "alpha data instances json quiet",
	"hunt":          "alpha cases claim conclusion data exhaust json loss names pair premise quiet random seed set statement theory vertices",
	"explore":       "against data dial json mismatch quiet refine seed settings",
	"train":         "data describe gain-until instance json label loss names preset quiet samples schedule seed seeds set steps theory uneven",
	"compare":       "against alpha batch data expect from instance instances json label loss margin only optimiser parametrization quiet rate response seed stage step y",
	"check":         "claim data digits emit instance json quiet set until",
	"data show":     "alpha as digits instance json label quiet",
	"data generate": "as count hops like quiet seed vertices",
	"version":       "json quiet",
}

// answeredPresets are those that requests may train: all but the learned one of
// the paper's size, which takes 5 GB, more than a browser has.
const answeredPresets = "theory-diagonal theory-full middle fast fast-hop pair pair-hop gpt paper-small"

// maxAnswer bounds what a command that answers a request prints, and what it
// keeps besides.
const maxAnswer = 64 << 20

var errTooMuch = usagef("the answer is longer than %d bytes; the command line has no such bound", maxAnswer)

// answer runs the command that a request asks for: what it prints is what the
// command line prints, byte for byte.
func answer(ctx context.Context, asked *page.Request) (a page.Answer) {
	var out, errs memoryFile
	t := &terminal{out: &out, err: &errs, asked: asked}
	defer func() {
		if fault := recover(); fault != nil {
			debug.PrintStack()
			a = page.Answer{Code: exitFault, Err: fmt.Sprintf("verify: a fault of this program: %v\n", fault)}
		}
	}()
	code := t.run(ctx, asked.Args)
	if out.over {
		return page.Answer{Code: exitUsage, Err: fmt.Sprintf("verify: %v\n", errTooMuch)}
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && code > exitUndecided {
		code, out = exitUndecided, memoryFile{}
		errs.text = []byte("verify: not finished within the time of one request; the command line has no such bound\n")
	}
	return page.Answer{Code: code, Out: string(out.text), Err: string(errs.text)}
}

// restrict leaves of the tree of commands what requests may ask for.
func restrict(root *cobra.Command, args []string) error {
	c, _, err := root.Find(args)
	name := strings.Join(args[:min(1, len(args))], "") // whatever other commands this build has
	if err == nil && c != root {
		name = strings.TrimPrefix(c.CommandPath(), root.Name()+" ")
	}
	flags, ok := answered[name]
	if !ok {
		return usagef("the page asks for no command %q; it does for %s", name, strings.Join(slices.Sorted(maps.Keys(answered)), ", "))
	}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !slices.Contains(strings.Fields(flags), f.Name) {
			f.Value = refusedValue{f.Value}
		} else if f.Name == "preset" {
			f.Value = chosenValue{f.Value, strings.Fields(answeredPresets)}
		}
	})
	return nil
}

// A refusedValue is a flag that requests may not give.
type refusedValue struct{ pflag.Value }

func (refusedValue) Set(string) error {
	return errors.New("expected on a command line, not from the page")
}

// A chosenValue is a flag of which requests may give some values only.
type chosenValue struct {
	pflag.Value
	words []string
}

func (v chosenValue) Set(text string) error {
	if !slices.Contains(v.words, text) {
		return fmt.Errorf("expected %s from the page", oneOf(v.words))
	}
	return v.Value.Set(text)
}

// openedText opens the text of a file that a request brings.
func openedText(text []byte) io.ReadCloser { return &memoryFile{text: text} }

// A memoryFile is a file in memory, of a bounded length.
type memoryFile struct {
	text []byte
	at   int
	over bool // more was written
}

func (f *memoryFile) Read(p []byte) (int, error) {
	if f.at == len(f.text) {
		return 0, io.EOF
	}
	n := copy(p, f.text[f.at:])
	f.at += n
	return n, nil
}

func (f *memoryFile) Write(p []byte) (int, error) {
	if len(f.text)+len(p) > maxAnswer {
		f.over = true
		return 0, errTooMuch
	}
	f.text = append(f.text, p...)
	return len(p), nil
}

// Seek goes to the beginning, the only place that is asked for.
func (f *memoryFile) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekStart {
		return 0, errors.ErrUnsupported
	}
	f.at = 0
	return 0, nil
}

func (f *memoryFile) Close() error { return nil }
