package prove

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"muflow/graph"
	"muflow/ode/ball"
	"muflow/theory"
	"muflow/theory/cert"
)

// grids are the grids of certificates in bits, in the order in which they are
// tried: the numbers of a claim must be positive and distinct on them.
var grids = []uint{64, 96, 128, 192, 256, 384, cert.MaxGrid}

// A CertificateForm says what the certificate of a claim holds.
type CertificateForm struct {
	Statement string // that the checker proves, the id of the claim if ""
	// About adds what the certificate speaks of; nil: the profile, and the graph
	// that it comes from.
	About func(*Subject, *cert.Certificate) error
	// Fill adds what proves it beside the numbers on a grid.
	Fill func(context.Context, *Subject, *cert.Certificate) error
	// Numbers are those on a grid. Where the checker proves none of them, as
	// beyond its limits, the certificate states the claim without.
	Numbers []CertifiedNumber
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
	if len(c.Certificate.Numbers) > 0 {
		out, err := c.numbered(ctx, e)
		if err != nil || out != nil {
			return out, err
		}
	}
	plain, err := c.plain(ctx, e)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", noCertificate, err)
	}
	return plain, nil
}

// numbered returns the certificate with numbers on the first grid on which the
// checker proves them, nil if it proves them on none.
func (c *Claim) numbered(ctx context.Context, e *Subject) (*cert.Certificate, error) {
	about, err := c.filled(ctx, e)
	if err != nil {
		return nil, err
	}
	for _, grid := range grids {
		out := about
		if err := c.fill(ctx, e, &out, grid); err != nil || beyondDigits(out.Numbers) {
			break
		}
		err := e.accepts(out)
		for _, n := range c.Certificate.Numbers {
			if pair := out.Numbers[n.Name]; n.Best && err != nil {
				out.Numbers[n.Name] = [2]*big.Int{new(big.Int).Sub(pair[0], big.NewInt(1)), pair[0]}
				err = e.accepts(out)
			}
		}
		if err == nil {
			return &out, nil
		}
		if errors.Is(err, cert.ErrLimit) {
			break
		}
	}
	return nil, nil
}

// beyondDigits reports whether a number is longer than the checker reads, as it then is
// on every finer grid.
func beyondDigits(numbers map[string][2]*big.Int) bool {
	for _, pair := range numbers {
		if max(pair[0].BitLen(), pair[1].BitLen()) > 4*cert.MaxDigits { // a digit has less than 4 bits
			return true
		}
	}
	return false
}

// filled returns a certificate before its numbers on a grid.
func (c *Claim) filled(ctx context.Context, e *Subject) (cert.Certificate, error) {
	out, err := c.about(e)
	if err == nil && c.Certificate.Fill != nil {
		err = c.Certificate.Fill(ctx, e, &out)
	}
	return out, err
}

// plain returns the certificate without numbers on a grid, for every start and gain
// if the checker proves that, and otherwise for those of the subject.
func (c *Claim) plain(ctx context.Context, e *Subject) (*cert.Certificate, error) {
	out, err := c.filled(ctx, e)
	if err != nil {
		return nil, err
	}
	always := out
	always.Alpha, always.Gain = nil, nil
	anywhere := always
	anywhere.Start, anywhere.Carry = nil, nil
	for _, c := range []*cert.Certificate{&anywhere, &always, &out} {
		if err = e.accepts(*c); err == nil {
			return c, nil
		}
	}
	return &out, err
}

// accepts says why the checker does not accept a certificate, nil if it does.
func (e *Subject) accepts(c cert.Certificate) error {
	for name, pair := range c.Numbers {
		if digits := pair[0].BitLen() / 4; digits > cert.MaxDigits {
			return fmt.Errorf("%s: a number with more than %d digits", name, cert.MaxDigits)
		}
	}
	if e.kept.checker == nil {
		e.kept.checker = new(cert.Checker)
	}
	return e.kept.checker.Accept(c)
}

// about returns what a certificate speaks of, the gains of the subject included.
func (c *Claim) about(e *Subject) (cert.Certificate, error) {
	out := cert.Certificate{Format: cert.Format, Claim: cmp.Or(c.Certificate.Statement, c.ID)}
	if len(c.Losses) > 0 {
		out.Loss = c.Losses[0].String()
	}
	if c.Certificate.About != nil {
		return out, c.Certificate.About(e, &out)
	}
	if c.Number == AnyStart || c.Number == CarryTrained {
		out.Start = startOf(e.Start)
	}
	if c.Number == CarryTrained {
		carry := e.carried()
		out.Carry = &cert.Carry{Ratio: carry.Ratio, Weight: carry.Weight}
	}
	c.aboutProfile(e.Profile, e.Alpha, &out)
	return out, nil
}

// aboutProfile adds a profile and its gain.
func (c *Claim) aboutProfile(p *theory.Profile, alpha *big.Rat, out *cert.Certificate) {
	out.Alpha, out.Profile = alpha, &cert.Profile{N: p.N, K: p.K}
	if c.Losses[0] == theory.Coconut {
		if out.Profile.TargetDegree = p.TargetDegree.Num; p.TargetDegree.Den > 1 {
			out.Profile.Labels = p.TargetDegree.Den
		}
	}
	for _, x := range p.Classes {
		class := cert.Class{Degree: x.Degree, Count: x.Count}
		if x.InSet {
			class.InSet = 1
		}
		out.Profile.Classes = append(out.Profile.Classes, class)
	}
}

// fill computes the numbers of a claim on a grid.
func (c *Claim) fill(ctx context.Context, e *Subject, out *cert.Certificate, grid uint) error {
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

// mostExponent is that of the numbers that the checker reads.
const mostExponent = 1024

// neighbours returns the integers around a number in units of 2^−grid, equal
// if it seems to be one itself.
func neighbours(grid uint, number func(bits uint) (*ball.Ball, error)) (pair [2]*big.Int, err error) {
	for _, bits := range []uint{grid + 24, grid + 400} {
		x, err := number(bits)
		if err != nil {
			return pair, err
		}
		if !x.IsFinite() || max(x.Lower().MantExp(nil), x.Upper().MantExp(nil)) > mostExponent {
			return pair, fmt.Errorf("a number is not finite with %d bits, or above 2^%d", bits, mostExponent)
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

// graphOf returns a graph with a step in the form of certificates, without names of
// vertices that a claim speaks of; false if it is too large for the format.
func graphOf(in *graph.Instance, step int) (g *cert.Graph, fits bool) {
	g = &cert.Graph{Vertices: in.Graph.Order(), Edges: slices.Clone(in.Graph.Edges()), Root: in.Root, Step: step}
	slices.SortFunc(g.Edges, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	if g.Edges == nil {
		g.Edges = [][2]int{}
	}
	return g, g.Vertices <= cert.MaxVertices && len(g.Edges) <= cert.MaxBytes/32
}

// withLabel returns the graph of a step with the label that Coconut aims at, and
// whether it fits the format.
func withLabel(s graph.Step) (*cert.Graph, bool) {
	g, fits := graphOf(s.Instance, s.C)
	switch s.Law() {
	case graph.PathLaw:
		g.Vertex = new(s.Target())
	case graph.ShortestLaw:
		g.Target = new(s.Instance.Target)
		fallthrough
	default:
		g.Label = s.Law().String()
	}
	return g, fits
}

// withGraph returns the certificate about one step of an instance: it says
// which graph the profile comes from, unless that is too large for the format.
func withGraph(c cert.Certificate, s graph.Step) cert.Certificate {
	if c.Profile == nil || s.Instance == nil { // no profile, or one of a certificate that has its graph
		return c
	}
	g, fits := graphOf(s.Instance, s.C)
	if c.Loss == theory.Coconut.String() {
		g, fits = withLabel(s)
	}
	if fits {
		c.Graph = g
	}
	return c
}
