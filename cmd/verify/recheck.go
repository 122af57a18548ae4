package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"muflow/graph"
	"muflow/internal/check"
	"muflow/internal/runlog"
	"muflow/prove"
	"muflow/theory/cert"
	"muflow/theory/cert/scalar"

	"github.com/spf13/cobra"
)

// A recheck is the outcome for one file, or for one that should be there.
type recheck struct {
	File      string                  `json:"file"`
	Accepted  bool                    `json:"accepted"`
	Missing   bool                    `json:"missing,omitempty"` // the data call for it and it is not there
	Proved    int                     `json:"proved"`            // certificates, one a line
	Claim     string                  `json:"claim,omitempty"`   // of the last one, as what follows
	Instance  *prove.Place            `json:"instance,omitempty"`
	Step      *int                    `json:"step,omitempty"`
	Alpha     string                  `json:"alpha,omitempty"` // none: every α, or none that matters
	Logit     string                  `json:"logit,omitempty"` // μ of walk weights
	Gain      string                  `json:"gain,omitempty"`  // of softmax attention; none: every one, or none that matters
	Rate      string                  `json:"rate,omitempty"`  // of a gain that is trained over that of μ; none: 1
	Start     string                  `json:"start,omitempty"` // μ(0); none: every one, or 0
	Ratio     string                  `json:"carry_ratio,omitempty"`
	Weight    string                  `json:"carry_start,omitempty"` // ω(0)
	Numbers   map[string]prove.Number `json:"numbers,omitempty"`
	Status    string                  `json:"status,omitempty"`
	Statement string                  `json:"statement,omitempty"` // the same in words
	Reason    string                  `json:"reason,omitempty"`    // of the first that fails

	last   cert.Certificate
	scalar *scalar.Certificate // of one about a theory file
}

// recheckOptions name what verify recheck checks.
type recheckOptions struct {
	work
	paths []string
	data  string
	alpha *big.Rat   // nil if it is not given
	label *graph.Law // the same

	theories []string // files that the certificates must be about
	settings []string
}

func newRecheck(t *terminal, run func(context.Context, *recheckOptions) error) *cobra.Command {
	o := &recheckOptions{work: work{terminal: t}}
	c, f := bindList(&cobra.Command{
		Use:   "recheck PATH…",
		Short: "Check certificates again with the separate checker only",
		Long: `Check certificates, one a line, with the separate checker of theory/cert, which computes with integers only
and shares no code with what wrote them. Folders are searched for files. One line a file; exit 0 if all are
accepted, 1 if not. A folder that verify wrote has a manifest, and as many certificates as that says.

With --data (a file, or "built-in") every certificate must be about the graph, step and label of the instance
that its name says, and every claim that the manifest's scopes decide on the data must have one: files that are
missing, foreign or beyond that are listed. With --alpha they must be about that readout gain, or about every one.

With --theory every certificate must be about a claim of that theory file, which is run again with --data and --set
but not decided: its flow, start and statement as quotients of polynomials are compared, and every claim for which
the checker has words, but those that are expected to be refuted and those from a start that is no rational number,
must have one.`,
		Example: "  verify theorem all --certificates proofs && verify recheck proofs\n  verify recheck proofs --data prosqa_valid.json.gz",
	}, o, run, &o.paths)
	f.StringVar(&o.data, "data", "", `instances that the certificates must be about: a file, or "`+builtinName+`"`)
	addParsed(f, &o.alpha, "alpha", "", "number", "readout gain α that the certificates must be about (default: that of the manifest)", parsePositive)
	addParsed(f, &o.label, "label", "", "string", "law of the Coconut labels that the certificates must be about (default: that of the manifest)", pointed(graph.ParseLaw))
	f.StringArrayVar(&o.theories, "theory", nil, "theory file that the certificates must be about; may be repeated")
	f.StringArrayVar(&o.settings, "set", nil, "parameter of a theory, as for verify check; may be repeated")
	needs(c, "data", "label")
	needs(c, "theory", "set")
	excludes(c, "theory", "alpha")
	excludes(c, "theory", "label")
	o.add(f)
	return c
}

// A recheckDocument is the outcome for all files.
type recheckDocument struct {
	Accepted int       `json:"accepted"`
	Rejected int       `json:"rejected"`
	Missing  int       `json:"missing"`
	Files    []recheck `json:"files"`

	// Folders, by name, are what their manifests say, to which the data were compared.
	Folders map[string]*prove.CertificateFolder `json:"folders,omitempty"`
}

func runRecheck(ctx context.Context, o *recheckOptions) error {
	var bound bindings
	var err error
	if len(o.theories) > 0 {
		bound.subjects, err = o.theorySubjects()
	} else {
		bound.instances, bound.name, err = o.instances()
	}
	if err != nil {
		return err
	}
	document := recheckDocument{Folders: map[string]*prove.CertificateFolder{}}
	for _, path := range o.paths {
		results, manifest, err := o.check(ctx, path, bound)
		if err != nil {
			return err
		}
		if manifest != nil && bound.instances != nil {
			document.Folders[path] = manifest
		}
		document.Files = append(document.Files, results...)
	}
	for _, r := range document.Files {
		switch {
		case r.Accepted:
			document.Accepted++
		case r.Missing:
			document.Missing++
		default:
			document.Rejected++
		}
	}
	return o.conclude("recheck/1", document, document.print, map[string]int{"refuted": document.Rejected + document.Missing})
}

// instances reads the data that the certificates must be about, if any.
func (o *recheckOptions) instances() ([]graph.Instance, prove.DataName, error) {
	if o.data == "" {
		return nil, prove.DataName{}, nil
	}
	instances, err := o.loadInstances(o.data)
	return instances, o.head.dataName(len(instances)), err
}

// bindings are what certificates must be about, all nil if that does not matter.
type bindings struct {
	instances []graph.Instance
	name      prove.DataName
	subjects  map[string]check.Subject // by the names of their files
}

// check checks the files of one path, and returns its manifest if it has one.
func (o *recheckOptions) check(ctx context.Context, path string, bound bindings) (results []recheck, manifest *prove.CertificateFolder, err error) {
	files, err := filesIn(path)
	if err != nil {
		return nil, nil, usage(err)
	}
	manifest, err = prove.ReadCertificateFolder(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && manifest == nil {
		if info, statError := os.Stat(path); statError == nil && info.IsDir() {
			return []recheck{{File: path, Reason: err.Error()}}, nil, nil
		}
	}
	if len(files) == 0 && manifest == nil {
		return nil, nil, usagef("%s: holds no file, expected certificates", path)
	}
	results, err = runlog.Map(ctx, len(files), o.jobs, o.progress("recheck"), func(_ context.Context, i int) (recheck, error) {
		return recheckFile(files[i]), nil
	})
	if err != nil {
		return nil, nil, err
	}
	fail := func(format string, a ...any) {
		results = append(results, recheck{File: path, Reason: fmt.Sprintf(format, a...)})
	}
	if manifest != nil {
		named := 0
		for _, f := range files {
			if _, _, ok := prove.ParseCertificateName(filepath.Base(f)); ok {
				named++
			}
		}
		switch {
		case !manifest.Finished:
			fail("the manifest is unfinished: run the command that wrote the certificates again")
		case named != manifest.Files:
			fail("%s, the manifest says %d", prove.Counted(named, "certificate"), manifest.Files)
		}
	}
	if bound.subjects != nil {
		return o.bindTheories(path, results, bound.subjects), manifest, nil
	}
	if bound.instances == nil {
		for i := range results {
			o.compareAlpha(&results[i])
		}
		return results, manifest, nil
	}
	results, err = o.bind(ctx, path, results, manifest, bound.instances, bound.name)
	return results, manifest, err
}

func (o *recheckOptions) compareAlpha(r *recheck) {
	if a := r.last.Alpha; r.Accepted && o.alpha != nil && a != nil && a.Cmp(o.alpha) != 0 {
		r.reject("foreign: α = %s, expected %s", a.RatString(), o.alpha.RatString())
	}
}

func (r *recheck) reject(format string, a ...any) {
	r.Accepted, r.Reason = false, fmt.Sprintf(format, a...)
}

// bind compares what certificates speak of with the data, and lists those that
// are missing from a folder with a manifest.
func (o *recheckOptions) bind(ctx context.Context, path string, results []recheck, manifest *prove.CertificateFolder, instances []graph.Instance, name prove.DataName) ([]recheck, error) {
	scopes := []prove.Scope{}
	if manifest != nil {
		scopes = manifest.Scopes
		if manifest.Data.SHA256 != name.SHA256 || manifest.Data.Instances != name.Instances {
			results = append(results, recheck{File: path, Reason: fmt.Sprintf("foreign: the manifest is of %s, %s, SHA-256 %s", manifest.Data.Name, prove.Counted(manifest.Data.Instances, "instance"), manifest.Data.SHA256)})
		}
	} else {
		for _, r := range results { // each is bound to what it says of itself
			if claim, at, ok := prove.ParseCertificateName(filepath.Base(r.File)); ok && r.Accepted {
				scope := prove.Scope{Claims: []string{claim}, Step: at.Step, Alpha: r.last.Alpha, Logit: r.last.Logit, Gain: r.last.Gain, Start: r.last.Start, Label: prove.LabelOf(r.last)}
				if claim == "A6-overshoot" {
					scope.Gain, scope.Trained = nil, &prove.TrainedGain{Start: r.last.Gain, Rate: r.last.Rate}
				}
				if c := r.last.Carry; c != nil {
					scope.Carry = &prove.CarryOver{Ratio: c.Ratio, Weight: c.Weight}
				}
				scopes = append(scopes, scope)
			}
		}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			results = append(results, recheck{File: path, Reason: "no " + prove.CertificateManifest + ": what should be there is not known"})
		}
	}
	expected := map[string]prove.CertificatePlace{}
	for _, s := range scopes {
		if o.alpha != nil {
			s.Alpha = o.alpha
		}
		if o.label != nil {
			s.Label = *o.label
		}
		places, err := s.Places(ctx, instances, o.jobs)
		if err != nil {
			return nil, undecided(err)
		}
		maps.Copy(expected, places)
	}
	found := map[string]bool{}
	for i := range results {
		r := &results[i]
		base := filepath.Base(r.File)
		place, ok := expected[base]
		if manifest != nil && filepath.Dir(r.File) != filepath.Clean(path) {
			ok = false // in a folder of its own
		} else {
			found[base] = true
		}
		if !r.Accepted {
			continue
		}
		if r.Proved > 1 || !ok {
			r.reject("surplus: the data call for no such certificate")
			continue
		}
		subject, err := place.Subject(r.last)
		if err != nil {
			return nil, undecided(err)
		}
		want, wantError := cert.Encode(subject)
		have, haveError := cert.Encode(prove.SubjectOf(r.last))
		if err := errors.Join(wantError, haveError); err != nil {
			return nil, err
		}
		if !bytes.Equal(want, have) {
			r.reject("foreign: it is about %s, not about instance %v, step %d of the data", difference(r.last, subject), place.Instance, place.Step)
		}
	}
	if manifest != nil {
		for _, base := range slices.Sorted(maps.Keys(expected)) {
			if at := expected[base]; !found[base] {
				results = append(results, recheck{File: filepath.Join(path, base), Missing: true, Claim: at.Claim(), Instance: &at.Instance, Step: &at.Step, Reason: "the data call for this certificate"})
			}
		}
	}
	return results, nil
}

// difference says in a few words how a certificate differs from the one that
// the data call for.
func difference(have, want cert.Certificate) string {
	same := func(x, y any) bool { return fmt.Sprint(x) == fmt.Sprint(y) }
	switch {
	case have.Claim != want.Claim:
		return "the claim " + have.Claim
	case !same(have.Alpha, want.Alpha), !same(have.Logit, want.Logit), !same(have.Gain, want.Gain), !same(have.Rate, want.Rate):
		return "another gain, rate or logit"
	case !same(have.Start, want.Start), !same(have.Carry, want.Carry):
		return "another start or carry-over"
	case have.Graph != nil && want.Graph != nil && same(have.Graph.Edges, want.Graph.Edges):
		return "another step, root or label of this graph"
	case have.Graph == nil && want.Graph != nil:
		return "a profile and no graph"
	}
	return "another graph"
}

func (d *recheckDocument) print(w io.Writer) {
	for _, r := range d.Files {
		switch {
		case r.Missing:
			fmt.Fprintf(w, "missing   %s: %s\n", r.File, r.Reason)
		case !r.Accepted:
			fmt.Fprintf(w, "rejected  %s: %s\n", r.File, r.Reason)
		case r.Proved == 1:
			fmt.Fprintf(w, "accepted  %s: %s\n", r.File, r.describe())
		default:
			fmt.Fprintf(w, "accepted  %s: %s\n", r.File, prove.Counted(r.Proved, "certificate"))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Folders)) {
		for _, s := range d.Folders[name].Scopes {
			fmt.Fprintf(w, "compared  %s: %s; %s\n", name, strings.Join(s.Claims, " "), s)
		}
	}
}

// describe writes claim, instance, step, α, numbers and statement on one line.
func (r *recheck) describe() string {
	parts := []string{r.Claim}
	if r.Instance != nil {
		parts = append(parts, fmt.Sprintf("instance %v", *r.Instance), fmt.Sprintf("step %d", *r.Step))
	}
	for _, x := range [][2]string{{"α", r.Alpha}, {"μ", r.Logit}, {"g", r.Gain}, {"ρ", r.Rate}, {"μ(0)", r.Start}, {"r", r.Ratio}, {"ω(0)", r.Weight}} {
		if x[1] != "" {
			parts = append(parts, x[0]+" = "+x[1])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Numbers)) {
		parts = append(parts, name+" = "+r.Numbers[name].String())
	}
	if r.Status != "" {
		parts = append(parts, r.Status)
	}
	return strings.Join(append(parts, r.Statement), ", ")
}

// filesIn returns the files that a path names, those of a folder in their order
// and without its manifest and lock.
func filesIn(path string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && (name == path || !prove.BesideCertificates(entry.Name())) {
			files = append(files, name)
		}
		return err
	})
	var problem *fs.PathError
	if errors.As(err, &problem) {
		return nil, fmt.Errorf("%s: %w", problem.Path, problem.Err)
	}
	return files, err
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
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() { // first: to open a pipe waits for its writer
		return fail(errors.Join(err, errors.New("not a regular file")))
	}
	f, err := os.Open(name)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	r := bufio.NewReader(f)
	for {
		line, err := readLine(r, cert.MaxBytes+1)
		if err == io.EOF && len(line) == 0 && out.Proved > 0 {
			out.Accepted = true
			return out
		}
		if err != nil && err != io.EOF {
			return fail(err)
		}
		if isScalar(line) {
			if err := out.checkScalar(line); err != nil {
				return fail(fmt.Errorf("line %d: %w", out.Proved+1, err))
			}
			continue
		}
		summary, err := cert.Check(line)
		if err != nil {
			return fail(fmt.Errorf("line %d: %w", out.Proved+1, err))
		}
		out.Proved++
		out.last, out.Claim, out.Status, out.Statement = summary.Certificate, summary.Claim, summary.Status, summary.Statement
		out.Numbers = prove.CertifiedValues(summary.Certificate, 12)
		out.Alpha, out.Logit, out.Gain, out.Rate, out.Start, out.Ratio, out.Weight = written(summary.Alpha), written(summary.Logit), written(summary.Gain), written(summary.Rate), written(summary.Start), "", ""
		if c := summary.Carry; c != nil {
			out.Ratio, out.Weight = written(c.Ratio), written(c.Weight)
		}
		if summary.Graph != nil {
			out.Step = &summary.Graph.Step
		}
		if _, at, ok := prove.ParseCertificateName(filepath.Base(name)); ok {
			out.Instance, out.Step = &at.Instance, &at.Step
		}
	}
}

// written is the text of a number, "" for none.
func written(x *big.Rat) string {
	if x == nil {
		return ""
	}
	return x.RatString()
}

// readLine reads a line up to so many bytes, with its line feed; a longer one is
// refused by its length.
func readLine(r *bufio.Reader, most int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if line = append(line, part...); !errors.Is(err, bufio.ErrBufferFull) || len(line) >= most {
			if errors.Is(err, bufio.ErrBufferFull) {
				err = nil
			}
			return line, err
		}
	}
}
