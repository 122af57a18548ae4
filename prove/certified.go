package prove

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/internal/strict"
	"muflow/ode/ball"
	"muflow/theory"
	"muflow/theory/cert"
)

// CertificateManifest is the name of the file beside the certificates of a
// folder that says what they are about.
const CertificateManifest = "manifest.json"

// certificateLock keeps two processes from writing to one folder.
const certificateLock = "lock"

// A DataName names a data set.
type DataName struct {
	Name      string `json:"name"`
	SHA256    string `json:"sha256"`
	Instances int    `json:"instances,omitempty"`
}

// A Scope says of which claims, steps and gains certificates are.
type Scope struct {
	Claims []string  `json:"claims"`
	Step   int       `json:"step"` // −1: every one
	Alpha  *big.Rat  `json:"alpha,omitempty"`
	Logit  *big.Rat  `json:"logit,omitempty"`
	Gain   *big.Rat  `json:"gain,omitempty"`
	Label  graph.Law `json:"label,omitempty"` // none: the vertex of the demonstrated path
	// Of claims of AnyStart and CarryTrained.
	Start *big.Rat   `json:"start,omitempty"`
	Carry *CarryOver `json:"carry,omitempty"`
	// Of claims of Overshooting.
	Trained *TrainedGain `json:"trained_gain,omitempty"` // none: from 1/2 at a rate of 1
}

// String names the steps and gains.
func (s Scope) String() string {
	text := "every step"
	if s.Step >= 0 {
		text = fmt.Sprintf("step %d", s.Step)
	}
	for i, x := range []*big.Rat{s.Alpha, s.Logit, s.Gain, s.Start, s.carry().Ratio, s.carry().Weight, s.trained().Start, s.trained().Rate} {
		if x != nil {
			text += fmt.Sprintf(", %s = %s", []string{"α", "μ", "g", "μ(0)", "r", "ω(0)", "g(0)", "ρ"}[i], x.RatString())
		}
	}
	if s.Label != graph.PathLaw {
		text += fmt.Sprintf(", label %v", s.Label)
	}
	return text
}

// carry is how the carry-over is trained, if it is.
func (s Scope) carry() CarryOver {
	if s.Carry == nil {
		return CarryOver{}
	}
	return *s.Carry
}

// trained is how the value gain is trained, if that was said.
func (s Scope) trained() TrainedGain {
	if s.Trained == nil {
		return TrainedGain{}
	}
	return *s.Trained
}

// A CertificateFolder is what a manifest of certificates holds: they are of one
// data set, and there is one for every claim that a scope decides.
type CertificateFolder struct {
	Schema   string   `json:"schema"`
	Data     DataName `json:"data"`
	Scopes   []Scope  `json:"scopes"`
	Finished bool     `json:"finished"`
	Files    int      `json:"certificates"`
}

const folderSchema = "muflow/certificates/1"

// ErrOtherFolder says that a folder holds certificates about something else.
var ErrOtherFolder = errors.New("expected an empty folder, or one of the same data, alpha, logit, gain, rate, start, carry-over and label law")

// ReadCertificateFolder reads the manifest of a folder; fs.ErrNotExist if it has none.
func ReadCertificateFolder(folder string) (*CertificateFolder, error) {
	name := filepath.Join(folder, CertificateManifest)
	if info, err := os.Lstat(name); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() || info.Size() > cert.MaxBytes {
		return nil, fmt.Errorf("%s: not a manifest of certificates", name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	out := &CertificateFolder{}
	if err := strict.Unmarshal(text, out); err != nil || out.Schema != folderSchema || len(out.Scopes) == 0 {
		return nil, fmt.Errorf("%s: not a manifest of certificates", name)
	}
	for _, s := range out.Scopes {
		for _, id := range s.Claims {
			if len(certified(id)) == 0 {
				return nil, fmt.Errorf("%s: no claim %q has certificates", name, id)
			}
		}
		for _, x := range []*big.Rat{s.Alpha, s.Logit, s.Gain, s.carry().Ratio, s.trained().Start, s.trained().Rate} {
			if x != nil && x.Sign() <= 0 {
				return nil, fmt.Errorf("%s: gain %s, expected a positive number", name, x.RatString())
			}
		}
	}
	return out, nil
}

// same reports whether two scopes with a claim in common have the same label law
// and the same gains, where both have one.
func (s Scope) same(t Scope) bool {
	equal := func(x, y *big.Rat) bool { return x == nil || y == nil || x.Cmp(y) == 0 }
	ratio := func(s Scope) string { // the default is none of the others
		if r := s.carry().Ratio; r != nil {
			return r.RatString()
		}
		return ""
	}
	start, rate := s.trained().orDefault()
	otherStart, otherRate := t.trained().orDefault()
	return s.Label == t.Label && start.Cmp(otherStart) == 0 && rate.Cmp(otherRate) == 0 && equal(s.Alpha, t.Alpha) && equal(s.Logit, t.Logit) && equal(s.Gain, t.Gain) && equal(s.Start, t.Start) &&
		(s.Carry == nil || t.Carry == nil || equal(s.Carry.Weight, t.Carry.Weight) && ratio(s) == ratio(t))
}

// certified lists the claims of a name that have certificates, one for each unit.
func certified(id string) []*Claim {
	return slices.DeleteFunc(slices.Concat(Claims, besideTheorems), func(c *Claim) bool { return c.ID != id || c.Certificate == nil })
}

// ScopeOf returns the scope of a selection.
func (s Selection) ScopeOf() Scope {
	out := Scope{Step: max(s.Step, -1)}
	for _, c := range Claims {
		if c.Certificate == nil || !slices.Contains(s.Theorems, c.Number) || c.Walk && s.Logit == nil {
			continue
		}
		out.Claims = append(out.Claims, c.ID)
		switch c.Number {
		case 1:
			out.Alpha, out.Label = s.Alpha, s.Label
			if c.Walk {
				out.Logit = s.Logit
			}
		case 3:
			out.Logit = s.Logit
		case AnyStart:
			out.Alpha, out.Label, out.Start = s.Alpha, s.Label, startOf(s.Start)
		case CarryTrained:
			out.Alpha, out.Start, out.Carry = s.Alpha, startOf(s.Start), &CarryOver{Ratio: s.Carry.Ratio, Weight: s.Carry.weight()}
		case Stages, Overshooting:
			out.Alpha, out.Label = s.Alpha, s.Label
		}
	}
	return out
}

// A CertificatePlace says what a certificate is of, and what it speaks of.
type CertificatePlace struct {
	Where
	claim   *Claim
	subject Subject
	step    graph.Step // of a claim on a profile
}

// CertificateName returns the name of the file of a certificate.
func CertificateName(claim string, at Where) string {
	if at.Instance == AllInstances {
		return fmt.Sprintf("population-step-%d-%s.json", at.Step, claim)
	}
	return fmt.Sprintf("instance-%04d-step-%d-%s.json", at.Instance, at.Step, claim)
}

// ParseCertificateName reads what CertificateName writes.
func ParseCertificateName(name string) (claim string, at Where, ok bool) {
	at.Instance = AllInstances
	if _, err := fmt.Sscanf(name, "population-step-%d-%s", &at.Step, &claim); err != nil {
		if _, err = fmt.Sscanf(name, "instance-%d-step-%d-%s", (*int)(&at.Instance), &at.Step, &claim); err != nil {
			return "", at, false
		}
	}
	claim = claim[:max(0, len(claim)-len(".json"))]
	return claim, at, name == CertificateName(claim, at)
}

// Places goes through the certificates that a scope has on a data set, by the
// names of their files. A claim has one wherever its premise holds.
func (s Scope) Places(ctx context.Context, instances []graph.Instance, jobs int) (map[string]CertificatePlace, error) {
	out := map[string]CertificatePlace{}
	selection := Selection{Step: s.Step, Alpha: orOne(s.Alpha), Logit: s.Logit, Gain: orOne(s.Gain), Start: s.Start, Carry: s.carry(), Trained: s.trained(), Label: s.Label, Digits: 20}
	for _, unit := range units {
		var claims []*Claim
		for _, id := range s.Claims {
			claims = append(claims, slices.DeleteFunc(certified(id), func(c *Claim) bool { return c.Unit != unit })...)
		}
		if len(claims) == 0 {
			continue
		}
		tasks, places := selection.tasks(instances, unit)
		applies, err := runlog.Map(ctx, len(tasks), jobs, nil, func(ctx context.Context, i int) ([][]bool, error) {
			out := make([][]bool, len(tasks[i]))
			for k, e := range tasks[i] {
				for _, c := range claims {
					applies, err := c.applies(ctx, e)
					if err != nil {
						return nil, err
					}
					out[k] = append(out[k], applies)
				}
				e.kept = kept{}
			}
			tasks[i].forget()
			return out, nil
		})
		if err != nil {
			return nil, err
		}
		for _, at := range places {
			for k, c := range claims {
				if !applies[at.task][at.piece][k] {
					continue
				}
				p := CertificatePlace{Where: at.Where, claim: c, subject: *tasks[at.task][at.piece]}
				p.subject.hops = nil // places are for several goroutines
				if unit == OnProfile {
					if p.step, err = s.Label.Step(&instances[at.Instance], at.Step); errors.Is(err, graph.ErrNoLabel) {
						p.step, err = instances[at.Instance].Step(at.Step) // of a claim about no label
					}
					if err != nil {
						return nil, err
					}
				}
				out[CertificateName(c.ID, at.Where)] = p
			}
		}
	}
	return out, nil
}

// orOne is a gain, or 1 for one that does not matter to what a certificate states.
func orOne(gain *big.Rat) *big.Rat {
	if gain == nil {
		return big.NewRat(1, 1)
	}
	return gain
}

// applies reports whether the premise of a claim holds, or is not decided.
func (c *Claim) applies(ctx context.Context, e *Subject) (bool, error) {
	if c.Premise == nil {
		return true, nil
	}
	reason, err := c.Premise(ctx, e)
	if errors.As(err, new(*UndecidedError)) {
		return true, nil
	}
	return reason == "", err
}

// Subject returns what the certificate at a place must speak of; gains and starts
// that it leaves out, as they do not matter, are left out.
func (p CertificatePlace) Subject(c cert.Certificate) (cert.Certificate, error) {
	out, err := p.claim.about(&p.subject)
	if c.Alpha == nil {
		out.Alpha = nil
	}
	if c.Gain == nil {
		out.Gain = nil
	}
	if c.Start == nil && c.Carry == nil {
		out.Start, out.Carry = nil, nil
	}
	return SubjectOf(withGraph(out, p.step)), err
}

// certificate makes the certificate at a place, from that of its profile if it
// is known.
func (p CertificatePlace) certificate(ctx context.Context, known *cert.Certificate) (runlog.File, error) {
	if known == nil {
		var err error
		if known, err = p.claim.certify(ctx, &p.subject); err != nil {
			return runlog.File{}, fmt.Errorf("%s of instance %v, step %d: %w", p.claim.ID, p.Instance, p.Step, err)
		}
	}
	text, err := cert.Encode(withGraph(*known, p.step))
	if err == nil {
		_, err = cert.Check(text)
	}
	if err != nil {
		return runlog.File{}, fmt.Errorf("certificate of %s for instance %v, step %d: %w", p.claim.ID, p.Instance, p.Step, err)
	}
	return runlog.File{Name: CertificateName(p.claim.ID, p.Where), Text: text}, nil
}

// noCertificate begins why a claim that is proved has none.
const noCertificate = "no certificate"

// A MissingError says which certificates were not accepted while the others were written.
type MissingError struct {
	Missing []error // one for each, with its claim and place
	Of      int     // certificates in all
}

// Error implements error.
func (e *MissingError) Error() string {
	return fmt.Sprintf("%d of %d certificates missing, the first: %v", len(e.Missing), e.Of, e.Missing[0])
}

// certificatesAtOnce is how many certificates are kept in memory.
const certificatesAtOnce = 4096

// WriteCertificates writes a file with a certificate for every claim of a scope
// that holds on the instances into a folder, checked as it stands there, with a
// manifest. Results of Dataset are made use of, and told the names; of their
// claims only those that are proved have a certificate. What a process left that
// was killed is cleaned up. If some certificate is not accepted, the others are
// written, and that is an error.
func WriteCertificates(ctx context.Context, folder string, data DataName, scope Scope, instances []graph.Instance, results []Result, jobs int, progress runlog.Progress) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	lock, err := runlog.Acquire(filepath.Join(folder, certificateLock))
	if err != nil {
		return err
	}
	defer lock.Release()
	if err := runlog.RemoveTemporaries(folder); err != nil {
		return err
	}
	manifest, err := manifestFor(folder, data, scope)
	if err != nil {
		return err
	}
	if err := manifest.begin(folder, scope); err != nil {
		return err
	}
	list, known, err := scope.list(ctx, instances, results, jobs)
	if err != nil {
		return err
	}
	failures := make([]error, len(list))
	for first := 0; first < len(list); first += certificatesAtOnce {
		some := list[first:min(len(list), first+certificatesAtOnce)]
		files, err := runlog.Map(ctx, len(some), jobs, func(done, _ int) {
			if progress != nil {
				progress(first+done, len(list))
			}
		}, func(ctx context.Context, i int) (runlog.File, error) {
			var of *cert.Certificate
			if r := known[CertificateName(some[i].claim.ID, some[i].Where)]; r != nil {
				of = r.Certificate
			}
			file, err := some[i].certificate(ctx, of)
			if err != nil && ctx.Err() == nil {
				failures[first+i] = err
				return runlog.File{}, nil
			}
			return file, err
		})
		if err != nil {
			return err
		}
		for i, p := range some {
			if r := known[CertificateName(p.claim.ID, p.Where)]; failures[first+i] != nil && r != nil && !strings.Contains(r.Reason, noCertificate) {
				r.Reason += "; " + failures[first+i].Error()
			}
		}
		files = slices.DeleteFunc(files, func(f runlog.File) bool { return f.Name == "" })
		if err := runlog.WriteFiles(folder, files); err != nil {
			return err
		}
		for _, f := range files {
			if r := known[f.Name]; r != nil {
				r.File = f.Name
			}
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	manifest.Finished, manifest.Files = true, 0
	for _, e := range entries {
		if _, _, ok := ParseCertificateName(e.Name()); ok {
			manifest.Files++
		}
	}
	if err := manifest.write(folder); err != nil {
		return err
	}
	failures = slices.DeleteFunc(failures, func(err error) bool { return err == nil })
	if len(failures) > 0 {
		return &MissingError{failures, len(list)}
	}
	return nil
}

func (m *CertificateFolder) write(folder string) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return runlog.WriteFile(filepath.Join(folder, CertificateManifest), append(text, '\n'))
}

// MayCertify refuses, before the work, a folder that WriteCertificates would.
func MayCertify(folder string, data DataName, scope Scope) error {
	if _, err := manifestFor(folder, data, scope); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// manifestFor is the manifest of a folder, or a new one, to which a scope may be added.
func manifestFor(folder string, data DataName, scope Scope) (*CertificateFolder, error) {
	m, err := ReadCertificateFolder(folder)
	if errors.Is(err, fs.ErrNotExist) {
		m = &CertificateFolder{Schema: folderSchema, Data: data}
		entries, err := os.ReadDir(folder)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Name() != certificateLock {
				return nil, &fs.PathError{Op: "certificates", Path: folder, Err: fmt.Errorf("holds %s and no manifest: %w", e.Name(), ErrOtherFolder)}
			}
		}
	} else if err != nil {
		return nil, &fs.PathError{Op: "certificates", Path: folder, Err: err}
	}
	if m.Data.SHA256 != data.SHA256 {
		return nil, &fs.PathError{Op: "certificates", Path: folder, Err: fmt.Errorf("holds certificates of %s: %w", m.Data.Name, ErrOtherFolder)}
	}
	for _, old := range m.Scopes {
		shared := slices.ContainsFunc(old.Claims, func(id string) bool { return slices.Contains(scope.Claims, id) })
		if shared && !old.same(scope) && (old.Step < 0 || scope.Step < 0 || old.Step == scope.Step) {
			return nil, &fs.PathError{Op: "certificates", Path: folder, Err: fmt.Errorf("holds such certificates with another label law, start or carry-over, or other gains: %w", ErrOtherFolder)}
		}
	}
	return m, nil
}

// begin adds a scope to a manifest and writes it, unfinished.
func (m *CertificateFolder) begin(folder string, scope Scope) error {
	if !slices.ContainsFunc(m.Scopes, func(old Scope) bool {
		return old.Step == scope.Step && slices.Equal(old.Claims, scope.Claims)
	}) {
		m.Scopes = append(m.Scopes, scope)
	}
	m.Finished = false
	return m.write(folder)
}

// list returns the places that are to have a certificate, in the order of results
// if there are any, and those results by the names of files.
func (s Scope) list(ctx context.Context, instances []graph.Instance, results []Result, jobs int) (list []CertificatePlace, known map[string]*Result, err error) {
	places, err := s.Places(ctx, instances, jobs)
	if err != nil {
		return nil, nil, err
	}
	known = map[string]*Result{}
	for i := range results {
		r := &results[i]
		name := CertificateName(r.Claim, r.Where)
		p, ok := places[name]
		switch {
		case r.Verdict == theory.Proved && ok:
			list, known[name] = append(list, p), r
		case r.Verdict == theory.Proved && len(certified(r.Claim)) > 0:
			return nil, nil, fmt.Errorf("%s is proved of instance %v, step %d, and has no certificate", r.Claim, r.Instance, r.Step)
		}
	}
	if results == nil {
		for _, name := range slices.Sorted(maps.Keys(places)) {
			list = append(list, places[name])
		}
	}
	return list, known, nil
}

// SubjectOf returns what a certificate speaks of, without what proves it.
func SubjectOf(c cert.Certificate) cert.Certificate {
	return cert.Certificate{Claim: c.Claim, Loss: c.Loss, Alpha: c.Alpha, Start: c.Start, Carry: c.Carry, Logit: c.Logit, Gain: c.Gain, Rate: c.Rate, Graph: c.Graph, Graphs: c.Graphs, Profile: c.Profile}
}

// LabelOf returns the law of the label that a certificate speaks of.
func LabelOf(c cert.Certificate) graph.Law {
	graphs := c.Graphs
	if c.Graph != nil {
		graphs = append(graphs, *c.Graph)
	}
	for _, g := range graphs {
		if law, err := graph.ParseLaw(g.Label); err == nil {
			return law
		}
	}
	return graph.PathLaw
}

// Claim returns the id of the claim.
func (p CertificatePlace) Claim() string { return p.claim.ID }

// BesideCertificates reports whether a file of a folder of certificates is none
// of them: the manifest, and the lock of who writes them.
func BesideCertificates(name string) bool {
	return name == CertificateManifest || name == certificateLock
}

// CertifiedValues returns the numbers that a certificate proves, to so many
// digits.
func CertifiedValues(c cert.Certificate, digits int) map[string]Number {
	out := map[string]Number{}
	for name, b := range c.Numbers {
		grid := c.Grid
		if name == "variance" || name == "rate" {
			grid /= 2
		}
		end := func(n *big.Int) *big.Float {
			x := new(big.Float).SetPrec(0).SetInt(n)
			return x.SetMantExp(x, -int(grid))
		}
		out[name] = Enclose(ball.New(cert.MaxGrid).SetInterval(end(b[0]), end(b[1])), digits)
	}
	for name, x := range c.Exact {
		out[name] = Exact(x, digits)
	}
	return out
}
