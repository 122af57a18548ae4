package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"muflow/internal/check"
	"muflow/internal/runlog"
	"muflow/internal/script"
	"muflow/theory/cert"
	"muflow/theory/cert/scalar"
)

// certificateName is the file of the certificate of a claim, for one element of
// the data if that is not negative. What may not stand in a name is written in
// hexadecimal digits, and a long name is cut and told apart by its SHA-256.
func certificateName(file string, instance int, claim string) string {
	name := escaped(strings.TrimSuffix(filepath.Base(file), ".star"))
	if instance >= 0 {
		name += fmt.Sprintf("-%d", instance)
	}
	if name += "--" + escaped(claim); len(name) > 120 {
		name = fmt.Sprintf("%s--%x", name[:80], sha256.Sum256([]byte(name)))[:120]
	}
	return name + ".json"
}

// escaped writes what is no letter, digit or dash in hexadecimal digits.
func escaped(text string) string {
	var out strings.Builder
	for _, b := range []byte(text) {
		if 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '-' {
			out.WriteByte(b)
		} else {
			fmt.Fprintf(&out, "_%02x", b)
		}
	}
	return out.String()
}

// theoryCertificates are those of claims of theories, by the names of their files.
type theoryCertificates struct {
	files []runlog.File
	of    map[string]bool
}

// add notes the certificates of a report, and their names in it.
func (c *theoryCertificates) add(file string, instance int, report *check.Report) error {
	for i := range report.Claims {
		r := &report.Claims[i]
		if r.Certificate == nil {
			continue
		}
		r.File = certificateName(file, instance, r.ID)
		if c.of[r.File] {
			return usagef("--certificates: %s would be of two claims", r.File)
		}
		if c.of == nil {
			c.of = map[string]bool{}
		}
		c.of[r.File] = true
		c.files = append(c.files, runlog.File{Name: r.File, Text: r.Certificate})
	}
	return nil
}

// theorySubjects runs theory files, and returns what certificates of their claims
// must be about, by the names of the files.
func (o *recheckOptions) theorySubjects() (map[string]check.Subject, error) {
	flags := theoryFlags{data: o.data, settings: o.settings}
	out := map[string]check.Subject{}
	err := flags.load(o.terminal, o.theories, -1, func(th *script.Theory, instance int) error {
		for id, subject := range check.Subjects(th) {
			name := certificateName(th.File, instance, id)
			if out[name].Certificate != nil {
				return usagef("--theory: %s would be of two claims", name)
			}
			out[name] = subject
		}
		return nil
	})
	return out, err
}

// bindTheories compares what certificates speak of with theories, and lists those
// that are missing.
func (o *recheckOptions) bindTheories(path string, results []recheck, expected map[string]check.Subject) []recheck {
	found := map[string]bool{}
	for i := range results {
		r := &results[i]
		base := filepath.Base(r.File)
		subject := expected[base].Certificate
		if found[base] {
			subject = nil // in another folder below
		}
		found[base] = true
		switch {
		case !r.Accepted:
		case r.Proved > 1 || subject == nil || r.scalar == nil:
			r.reject("surplus: the theories call for no such certificate")
		default:
			want, wantError := scalar.Encode(*subject)
			have, haveError := scalar.Encode(r.scalar.Subject())
			if wantError != nil || haveError != nil || !bytes.Equal(want, have) {
				r.reject("foreign: it is about another flow, start or statement than the theory's, which is %s", shortened(strings.TrimSpace(string(want))))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(expected)) {
		if !found[name] && expected[name].Required {
			results = append(results, recheck{File: filepath.Join(path, name), Missing: true, Claim: expected[name].Certificate.Claim, Reason: "the theories call for this certificate"})
		}
	}
	return results
}

// isScalar reports whether a line is to be a certificate about one unknown.
func isScalar(line []byte) bool {
	return bytes.HasPrefix(line, []byte(`{"format":"`+scalar.Format+`"`))
}

// checkScalar checks such a line.
func (r *recheck) checkScalar(line []byte) error {
	summary, err := scalar.Check(line)
	if err != nil {
		return err
	}
	r.Proved++
	r.scalar, r.last = &summary.Certificate, cert.Certificate{}
	r.Claim, r.Statement, r.Status, r.Numbers = summary.Claim, summary.Statement, "", nil
	return nil
}
