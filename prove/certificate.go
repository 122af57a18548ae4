package prove

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"slices"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/ode/ball"
	"muflow/theory"
	"muflow/theory/cert"
)

// grids are the grids of certificates in bits, in the order in which they are
// tried: the numbers of a claim must be positive and distinct on them.
var grids = []uint{64, 96, 128, 192, 256, 384, cert.MaxGrid}

// A CertificateForm says what the certificate of a claim holds beside the
// profile.
type CertificateForm struct {
	Statement string            // that the checker proves, the id of the claim if ""
	Numbers   []CertifiedNumber // none: the statement holds for every α
}

// A CertifiedNumber is a number that a certificate names.
type CertifiedNumber struct {
	Name string
	// Around returns the integers around the number in units of 2^−grid, equal
	// if it seems to be one itself.
	Around func(ctx context.Context, e *Subject, grid uint) ([2]*big.Int, error)
	// Best says that the number is the best bound that the checker proves: if
	// it accepts none, the number before is tried. It may lie on the grid, as
	// a variance at μ* = 0, and rounding keep the checker from proving it.
	Best bool
	// Show gives the number as a value of the result, nil if that has it; without
	// a certificate from an enclosure.
	Show func(context.Context, *Subject, *cert.Certificate) (Number, error)
}

// onGrid names a number that an enclosure gives to as many bits as it takes.
func onGrid(name string, number func(ctx context.Context, e *Subject, bits uint) (*ball.Ball, error)) CertifiedNumber {
	return CertifiedNumber{Name: name, Around: func(ctx context.Context, e *Subject, grid uint) ([2]*big.Int, error) {
		return neighbours(grid, func(bits uint) (*ball.Ball, error) { return number(ctx, e, bits) })
	}}
}

// certify returns a certificate of a claim that the checker accepts, or why it
// accepts none. The checker alone decides: what is computed here, rigorous or
// not, only proposes numbers.
func (c *Claim) certify(ctx context.Context, e *Subject) (*cert.Certificate, error) {
	tried := grids
	if len(c.Certificate.Numbers) == 0 {
		tried = []uint{0}
	}
	var failure error
	for _, grid := range tried {
		out := c.statement(e.Profile)
		err := c.fill(ctx, e, &out, grid)
		if err == nil {
			_, err = accepted(out)
		}
		for _, n := range c.Certificate.Numbers {
			if pair, ok := out.Numbers[n.Name]; ok && n.Best && err != nil {
				out.Numbers[n.Name] = [2]*big.Int{new(big.Int).Sub(pair[0], big.NewInt(1)), pair[0]}
				_, err = accepted(out)
			}
		}
		if err == nil {
			return &out, nil
		}
		if failure == nil {
			failure = fmt.Errorf("no certificate: %w", err)
		}
	}
	return nil, failure
}

// accepted writes a certificate, or says why the checker does not accept it.
func accepted(c cert.Certificate) ([]byte, error) {
	text, err := cert.Encode(c)
	if err == nil {
		_, err = cert.Check(text)
	}
	return text, err
}

// statement returns a certificate without numbers.
func (c *Claim) statement(p *theory.Profile) cert.Certificate {
	out := cert.Certificate{Format: cert.Format, Claim: cmp.Or(c.Certificate.Statement, c.ID), Loss: c.Losses[0].String()}
	out.Profile = cert.Profile{N: p.N, K: p.K}
	if c.Losses[0] == theory.Coconut {
		out.Profile.TargetDegree = p.TargetDegree
	}
	for _, x := range p.Classes {
		class := cert.Class{Degree: x.Degree, Count: x.Count}
		if x.InSet {
			class.InSet = 1
		}
		out.Profile.Classes = append(out.Profile.Classes, class)
	}
	return out
}

// fill computes the numbers of a claim on a grid, 0 if it has none.
func (c *Claim) fill(ctx context.Context, e *Subject, out *cert.Certificate, grid uint) error {
	if grid == 0 {
		return nil
	}
	out.Alpha, out.Grid, out.Numbers = e.Alpha, grid, map[string][2]*big.Int{}
	for _, n := range c.Certificate.Numbers {
		pair, err := n.Around(ctx, e, grid)
		if err != nil {
			return err
		}
		out.Numbers[n.Name] = pair
	}
	return nil
}

// neighbours returns the integers around a number in units of 2^−grid, equal
// if it seems to be one itself.
func neighbours(grid uint, number func(bits uint) (*ball.Ball, error)) (pair [2]*big.Int, err error) {
	for _, bits := range []uint{grid + 24, grid + 400} {
		x, err := number(bits)
		if err != nil {
			return pair, err
		}
		if !x.IsFinite() {
			return pair, fmt.Errorf("a number is not finite with %d bits", bits)
		}
		lo, hi := floor(x.Lower(), grid), floor(x.Upper(), grid)
		below := new(big.Float).SetPrec(0).SetInt(lo)
		below.SetMantExp(below, -int(grid))
		if lo.Cmp(hi) == 0 && below.Cmp(x.Lower()) < 0 {
			return [2]*big.Int{lo, hi.Add(hi, big.NewInt(1))}, nil
		}
		pair = [2]*big.Int{hi, hi} // an integer is in the ball
	}
	return pair, nil
}

// floor returns ⌊x·2^bits⌋.
func floor(x *big.Float, bits uint) *big.Int {
	scaled := new(big.Float).SetMantExp(x, int(bits))
	n, accuracy := scaled.Int(nil)
	if accuracy == big.Above { // cut towards 0 from below
		n.Sub(n, big.NewInt(1))
	}
	return n
}

// withGraph returns the certificate about one step of an instance: it says
// which graph the profile comes from, unless that is too large for the format.
func withGraph(c *cert.Certificate, s graph.Step) cert.Certificate {
	out, in := *c, s.Instance
	if in.Graph.Order() > cert.MaxVertices || in.Graph.Size() > cert.MaxBytes/32 {
		return out
	}
	out.Graph = &cert.Graph{Vertices: in.Graph.Order(), Edges: slices.Clone(in.Graph.Edges()), Root: in.Root, Step: s.C}
	slices.SortFunc(out.Graph.Edges, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	if c.Loss == theory.Coconut.String() {
		target := s.Target()
		out.Graph.Vertex = &target
	}
	return out
}

// certificatesAtOnce is how many certificates are kept in memory.
const certificatesAtOnce = 4096

// WriteCertificates writes a file with a certificate for every claim that is
// proved into a folder, checked as it stands there, and names it in results.
// The results are those of Dataset on the instances.
func WriteCertificates(ctx context.Context, folder string, instances []graph.Instance, results []Result, jobs int, progress runlog.Progress) error {
	var proved []*Result
	for i := range results {
		if results[i].Certificate != nil {
			proved = append(proved, &results[i])
		}
	}
	for first := 0; first < len(proved); first += certificatesAtOnce {
		some := proved[first:min(len(proved), first+certificatesAtOnce)]
		step := func(done, _ int) {
			if progress != nil {
				progress(first+done, len(proved))
			}
		}
		files, err := runlog.Map(ctx, len(some), jobs, step, func(_ context.Context, i int) (runlog.File, error) {
			r := some[i]
			step, err := instances[r.Instance].Step(r.Step)
			if err != nil {
				return runlog.File{}, err
			}
			text, err := accepted(withGraph(r.Certificate, step))
			if err != nil {
				return runlog.File{}, fmt.Errorf("certificate of %s for instance %v, step %d: %w", r.Claim, r.Instance, r.Step, err)
			}
			return runlog.File{Name: fmt.Sprintf("instance-%04d-step-%d-%s.json", r.Instance, r.Step, r.Claim), Text: text}, nil
		})
		if err != nil {
			return err
		}
		if err := runlog.WriteFiles(folder, files); err != nil {
			return err
		}
		for i, f := range files {
			some[i].File = f.Name
		}
	}
	return nil
}
