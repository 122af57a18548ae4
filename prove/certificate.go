package prove

import (
	"context"
	"fmt"
	"math/big"
	"slices"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/internal/runlog"
	"muflow/ode/ball"
	"muflow/theory"
	"muflow/theory/cert"
)

// grids are the grids of certificates in bits, in the order in which they are
// tried: the numbers of a claim must be positive and distinct on them.
var grids = []uint{64, 96, 128, 192, 256, 384, cert.MaxGrid}

// A certifier writes the certificates of one profile.
type certifier struct {
	profile *theory.Profile
	alpha   *big.Rat
	mu      func(bits uint) (*ball.Ball, error) // encloses μ* to an absolute error below about 2^−bits
	valley  *ball.Ball                          // Var(d) near its least value on the path, once T1b-rate is written
}

// write returns a certificate of a claim that the checker accepts, or why it
// accepts none. The checker alone decides: what is computed here, rigorous or
// not, only proposes numbers.
func (w *certifier) write(claim string) (*cert.Certificate, error) {
	var failure error
	for _, grid := range grids {
		c := w.empty(claim)
		if claim == "T1a" {
			grid = 0
		}
		err := w.fill(&c, grid)
		if err == nil {
			err = accepted(c)
		}
		if pair, ok := c.Numbers["variance"]; ok && err != nil {
			// A variance on the grid, as at μ* = 0: rounding keeps the checker
			// from proving it, and the number before it is the best bound.
			c.Numbers["variance"] = [2]*big.Int{new(big.Int).Sub(pair[0], big.NewInt(1)), pair[0]}
			err = accepted(c)
		}
		if err == nil {
			return &c, nil
		}
		if failure == nil {
			failure = fmt.Errorf("no certificate: %w", err)
		}
		if grid == 0 {
			break
		}
	}
	return nil, failure
}

// accepted returns why the checker does not accept a certificate.
func accepted(c cert.Certificate) error {
	text, err := cert.Encode(c)
	if err == nil {
		_, err = cert.Check(text)
	}
	return err
}

// empty returns a certificate without numbers.
func (w *certifier) empty(claim string) cert.Certificate {
	c := cert.Certificate{Format: cert.Format, Claim: claim, Loss: theory.Coconut.String()}
	c.Profile = cert.Profile{N: w.profile.N, K: w.profile.K, TargetDegree: w.profile.TargetDegree}
	switch claim {
	case "T1a", "T1a-lower", "T1a-upper":
		c.Loss, c.Profile.TargetDegree = theory.CoconutBFS.String(), 0
	}
	for _, x := range w.profile.Classes {
		class := cert.Class{Degree: x.Degree, Count: x.Count}
		if x.InSet {
			class.InSet = 1
		}
		c.Profile.Classes = append(c.Profile.Classes, class)
	}
	return c
}

// fill computes the numbers of a claim on a grid.
func (w *certifier) fill(c *cert.Certificate, grid uint) error {
	if grid == 0 {
		return nil
	}
	c.Alpha, c.Grid, c.Numbers = w.alpha, grid, map[string][2]*big.Int{}
	set := func(name string, number func(bits uint) (*ball.Ball, error)) error {
		pair, err := neighbours(grid, number)
		c.Numbers[name] = pair
		return err
	}
	switch c.Claim {
	case "T1a-lower":
		return set("b_lo", func(bits uint) (*ball.Ball, error) { return boundConstants(w.profile, w.alpha, bits).low, nil })
	case "T1a-upper":
		return set("b_hi", func(bits uint) (*ball.Ball, error) { return boundConstants(w.profile, w.alpha, bits).high, nil })
	}
	if err := set("mu", w.mu); err != nil {
		return err
	}
	switch c.Claim {
	case "T1b-ceiling":
		return set("ceiling", func(bits uint) (*ball.Ball, error) { return ceilingOf(w.profile, w.alpha, bits), nil })
	case "T1b-rate":
		mu, err := w.mu(grid)
		if err != nil {
			return err
		}
		w.valley = varianceBetween(w.profile, w.alpha, mu, grid+32)
		lo := floor(w.valley.Mid(), grid/2)
		c.Numbers["variance"] = [2]*big.Int{lo, new(big.Int).Add(lo, big.NewInt(1))}
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

// leastVariance encloses the least Var(d) between 0 and μ*: above by its value
// at a point, below by what the checker proved.
func (w *certifier) leastVariance(c *cert.Certificate) Number {
	low := new(big.Float).SetPrec(0).SetInt(c.Numbers["variance"][0])
	low.SetMantExp(low, -int(c.Grid/2))
	return Enclose(ball.New(c.Grid).SetInterval(low, w.valley.Upper()), 9)
}

// varianceBetween encloses Var(d) at a point between 0 and μ* where it is
// about as small as it gets there: at an end, or where the third central moment
// goes from − to +, as d Var/dμ = αs·E(d−F)³.
//
// Encloses the exact value for every point of the inputs.
func varianceBetween(p *theory.Profile, alpha *big.Rat, mu *ball.Ball, precision uint) *ball.Ball {
	const pieces = 64
	x := reduced.NumbersOf(p, alpha, precision)
	// at returns the second and third central moments at the point share·μ*.
	at := func(share *big.Float) (variance, third *ball.Ball) {
		y := ball.New(precision).SetFloat(share)
		return x.Moments(y.Exp(y.Mul(y.Mul(y, mu), x.Sigma)))
	}
	least, before := at(new(big.Float))
	uphill := mu.Mid().Sign() // of dμ/dshare
	for i := 1; i <= pieces; i++ {
		low, high := big.NewFloat(float64(i-1)/pieces), big.NewFloat(float64(i)/pieces)
		value, after := at(high)
		if before.Mid().Sign() == -uphill && after.Mid().Sign() == uphill {
			for range precision / 3 {
				middle := new(big.Float).SetPrec(precision).Add(low, high)
				middle.SetMantExp(middle, -1)
				inner, third := at(middle)
				if value = inner; third.Mid().Sign() == uphill {
					high = middle
				} else {
					low = middle
				}
			}
		}
		if value.Mid().Cmp(least.Mid()) < 0 {
			least = value
		}
		before = after
	}
	return least
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

// muOf returns a function that encloses μ* of a profile, starting from an
// enclosure that is known.
func muOf(ctx context.Context, p *theory.Profile, alpha *big.Rat, known *ball.Ball) func(uint) (*ball.Ball, error) {
	fine := func(bits uint) bool {
		return known.IsExact() || known.Radius().Cmp(new(big.Float).SetMantExp(big.NewFloat(1), -int(bits))) <= 0
	}
	return func(bits uint) (*ball.Ball, error) {
		for digits := int(bits)/3 + 5; !fine(bits); digits *= 2 {
			e, err := EquilibriumOf(ctx, p, alpha, digits)
			if err != nil {
				return nil, err
			}
			known = e.Mu
		}
		return known, nil
	}
}

// certificatesAtOnce is how many certificates are kept in memory.
const certificatesAtOnce = 4096

// WriteCertificates writes a file with a certificate for every claim that is
// proved into a folder, checked as it stands there, and names it in results.
// The results are those of Theorem1Dataset on the instances.
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
			step, err := instances[r.Instance.(int)].Step(r.Step)
			if err != nil {
				return runlog.File{}, err
			}
			text, err := cert.Encode(withGraph(r.Certificate, step))
			if err == nil {
				_, err = cert.Check(text)
			}
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
