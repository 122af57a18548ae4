package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"muflow/internal/runlog"
	"muflow/theory/cert"

	"github.com/spf13/cobra"
)

// A recheck is the outcome for one file.
type recheck struct {
	File      string `json:"file"`
	Accepted  bool   `json:"accepted"`
	Proved    int    `json:"proved"`              // certificates, one a line
	Claim     string `json:"claim,omitempty"`     // of the last one
	Statement string `json:"statement,omitempty"` // the same in words
	Reason    string `json:"reason,omitempty"`    // of the first that fails
}

// recheckOptions name what verify recheck checks.
type recheckOptions struct {
	work
	paths []string
}

func newRecheck(t *terminal, run func(context.Context, *recheckOptions) error) *cobra.Command {
	o := &recheckOptions{work: work{terminal: t}}
	c, f := bindList(&cobra.Command{
		Use:   "recheck PATH…",
		Short: "Check certificates again with the separate checker only",
		Long: `Check certificates, one a line, with the separate checker of theory/cert, which computes with integers only
and shares no code with what wrote them. Folders are searched for files. One line a file; exit 0 if all are
accepted, 1 if not.`,
		Example: "  verify theorem 1 --certificates proofs && verify recheck proofs",
	}, o, run, &o.paths)
	o.add(f)
	return c
}

// A recheckDocument is the outcome for all files.
type recheckDocument struct {
	Accepted int       `json:"accepted"`
	Rejected int       `json:"rejected"`
	Files    []recheck `json:"files"`
}

func runRecheck(ctx context.Context, o *recheckOptions) error {
	files, err := filesIn(o.paths)
	if err != nil {
		return usage(err)
	}
	results, err := runlog.Map(ctx, len(files), o.jobs, o.progress("recheck"), func(_ context.Context, i int) (recheck, error) {
		return recheckFile(files[i]), nil
	})
	if err != nil {
		return err
	}
	document := recheckDocument{Files: results}
	for _, r := range results {
		if r.Accepted {
			document.Accepted++
		} else {
			document.Rejected++
		}
	}
	return o.conclude("recheck/1", document, document.print, map[string]int{"refuted": document.Rejected})
}

func (d *recheckDocument) print(w io.Writer) {
	for _, r := range d.Files {
		switch {
		case !r.Accepted:
			fmt.Fprintf(w, "rejected  %s: %s\n", r.File, r.Reason)
		case r.Proved == 1:
			fmt.Fprintf(w, "accepted  %s: %s, %s\n", r.File, r.Claim, r.Statement)
		default:
			fmt.Fprintf(w, "accepted  %s: %d certificates\n", r.File, r.Proved)
		}
	}
}

// filesIn returns the files that paths name, those of folders in their order.
func filesIn(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		before := len(files)
		err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if !entry.IsDir() {
				files = append(files, name)
			}
			return nil
		})
		var problem *fs.PathError
		if errors.As(err, &problem) {
			return nil, fmt.Errorf("%s: %w", problem.Path, problem.Err)
		}
		if err != nil {
			return nil, err
		}
		if len(files) == before {
			return nil, fmt.Errorf("%s: holds no file, expected certificates", path)
		}
	}
	return files, nil
}

// recheckFile checks every line of a file.
func recheckFile(name string) recheck {
	out := recheck{File: name}
	fail := func(err error) recheck {
		out.Reason = strings.Join(strings.Fields(err.Error()), " ")
		if len(out.Reason) > 300 {
			out.Reason = strings.ToValidUTF8(out.Reason[:300], "") + "…"
		}
		return out
	}
	f, err := os.Open(name)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return fail(errors.Join(err, errors.New("not a regular file")))
	}
	r := bufio.NewReaderSize(f, cert.MaxBytes+1)
	for {
		line, err := r.ReadSlice('\n') // a line that is too long is refused by its length
		if err == io.EOF && len(line) == 0 && out.Proved > 0 {
			out.Accepted = true
			return out
		}
		if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
			return fail(err)
		}
		summary, err := cert.Check(line)
		if err != nil {
			return fail(fmt.Errorf("line %d: %w", out.Proved+1, err))
		}
		out.Proved++
		out.Claim, out.Statement = summary.Claim, summary.Statement
	}
}
