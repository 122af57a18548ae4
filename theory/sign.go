package theory

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// A Weight is W_d = Out + e·In, the softmax weight of the vertices with
// in-degree d at μ = 0.
type Weight struct {
	Degree int // d
	Out    int // m_{0,d}: vertices outside N_c
	In     int // m_{1,d}: vertices in N_c
}

// Weights returns the non-zero W_d, by degree.
func (p *Profile) Weights() []Weight {
	var out []Weight
	for _, c := range p.Classes {
		i, found := slices.BinarySearchFunc(out, c.Degree, func(w Weight, degree int) int { return cmp.Compare(w.Degree, degree) })
		if !found {
			out = slices.Insert(out, i, Weight{Degree: c.Degree})
		}
		if c.InSet {
			out[i].In += c.Count
		} else {
			out[i].Out += c.Count
		}
	}
	return out
}

// Linear is the number Constant + Slope·e with integer coefficients. As e is
// transcendental for rational α > 0 (Lindemann), it is 0 only if both are.
type Linear struct {
	Constant *big.Int
	Slope    *big.Int
}

// IsZero reports whether the number is 0.
func (l Linear) IsZero() bool { return l.Constant.Sign() == 0 && l.Slope.Sign() == 0 }

// Sign returns the sign of the number if integers decide it for every e > 1.
func (l Linear) Sign() (sign int, decided bool) {
	sum := new(big.Int).Add(l.Constant, l.Slope) // the value at e = 1
	switch {
	case l.Slope.Sign() == 0:
		return l.Constant.Sign(), true
	case l.Slope.Sign() > 0 && sum.Sign() >= 0:
		return 1, true
	case l.Slope.Sign() < 0 && sum.Sign() <= 0:
		return -1, true
	}
	return 0, false
}

// String writes the number for people.
func (l Linear) String() string { return fmt.Sprintf("%v%+de", l.Constant, l.Slope) }

// Start returns R(1) = Q(1)·(d* − F(0)), times the denominator of d*: the sign
// of μ' at μ = 0 under the Coconut loss (theory.md section 2).
func (p *Profile) Start() Linear {
	r := Linear{new(big.Int), new(big.Int)}
	for _, c := range p.Classes {
		term := big.NewInt(int64(p.TargetDegree.Over(c.Degree)))
		term.Mul(term, big.NewInt(int64(c.Count)))
		if c.InSet {
			r.Slope.Add(r.Slope, term)
		} else {
			r.Constant.Add(r.Constant, term)
		}
	}
	return r
}

// A SignCertificate proves by integers where a reduced flow goes, for every
// readout gain at once. The numerator of y'/(κy), R(y) = Σ W_d (d*−d) y^d
// under Coconut and n_out·P(y) = n_out·Σ d W_d y^d under Coconut-BFS, has
// coefficients whose signs do not depend on e > 0. By Descartes' rule of
// signs one change of sign means exactly one positive root, and it is simple.
type SignCertificate struct {
	Loss    Loss
	Degrees []int // exponents with a non-zero coefficient, ascending
	Signs   []int // sign of each of these coefficients
	Changes int   // changes of sign
}

// Certify returns the sign certificate of the flow of a profile.
func (p *Profile) Certify(loss Loss) SignCertificate {
	c := SignCertificate{Loss: loss}
	for _, w := range p.Weights() {
		factor := p.TargetDegree.Over(w.Degree)
		if loss == CoconutBFS {
			factor = w.Degree * min(p.Outside(), 1)
		}
		if factor == 0 {
			continue
		}
		sign := cmp.Compare(factor, 0)
		if n := len(c.Signs); n > 0 && c.Signs[n-1] != sign {
			c.Changes++
		}
		c.Degrees = append(c.Degrees, w.Degree)
		c.Signs = append(c.Signs, sign)
	}
	return c
}

// Limit returns where μ(t) goes from any start.
func (c SignCertificate) Limit() Limit {
	switch n := len(c.Signs); {
	case n == 0:
		return Stationary
	case c.Changes == 0 && c.Signs[0] > 0:
		return PlusInfinity
	case c.Changes == 0:
		return MinusInfinity
	case c.Changes == 1 && c.Signs[0] > 0:
		return FiniteLimit // y' > 0 below the root and < 0 above it
	}
	return UnknownLimit
}

// String shows the signs, for instance "+y^0 −y^2 −y^3: 1 change of sign".
func (c SignCertificate) String() string {
	var b strings.Builder
	for i, d := range c.Degrees {
		mark := "+"
		if c.Signs[i] < 0 {
			mark = "−"
		}
		fmt.Fprintf(&b, "%sy^%d ", mark, d)
	}
	if len(c.Degrees) == 0 {
		b.WriteString("0 ")
	}
	plural := "s"
	if c.Changes == 1 {
		plural = ""
	}
	return fmt.Sprintf("%s: %d change%s of sign", strings.TrimSpace(b.String()), c.Changes, plural)
}

// SharedLimit returns where the logit goes from 0 that several instances and
// steps share (theory.md section 3, Population), with a share 0 ≤ q ≤ 1 of
// Coconut-BFS in each loss. The drift is a sum, with positive weights, of
//
//	(1−q)(d* − F) + q(F_in − F),   F_in ≥ F
//
// As μ → +∞ it tends to (1−q)(d* − d_max) ≤ 0, and where that is 0 on every
// instance no term is ever negative. As μ → −∞ it tends to something ≥ 0 that is
// positive if d_min < d* and q < 1, or if n_out ≥ 1, some edge leaves N_c and
// q > 0; where neither holds on any instance no term is ever positive.
func SharedLimit(profiles []*Profile, bfs *big.Rat) Limit {
	below, above := false, false
	coconut := bfs.Cmp(big.NewRat(1, 1)) < 0
	for _, p := range profiles {
		below = below || coconut && p.TargetDegree.Over(p.MinDegree()) > 0 || bfs.Sign() > 0 && p.Outside() > 0 && p.MaxDegree() > 0
		above = above || coconut && p.TargetDegree.Over(p.MaxDegree()) < 0
	}
	return LimitBetween(below, above)
}

// LimitBetween returns where a logit goes whose drift does not increase (or has
// the signs of one that does not), is positive far below, and is negative far above.
func LimitBetween(below, above bool) Limit {
	switch {
	case below && above:
		return FiniteLimit
	case below:
		return PlusInfinity
	case above:
		return MinusInfinity
	}
	return Stationary
}
