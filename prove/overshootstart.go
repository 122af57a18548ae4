package prove

import (
	"errors"
	"math/big"

	"muflow/theory"
)

// This file decides how a flow of (z, g) leaves z = 0 where z'(0) = 0. theory.md section
// 7h. There all attention is 1/M, so that with b_v = Σ_{e into v} u_e − ū D_v, ū the mean
// of all M logits,
//
//	z' = (αg s/M) Σ_v (b_S − b_v) e^{ξ_v}/Σ e^ξ,   ξ_v = α(s a_v + g D_v/M)
//
// A sum of integers times exponentials of different algebraic numbers is 0 only if all
// integers are (Lindemann–Weierstrass).

// startTerms is what a sum over the vertices of a step at z = 0 is made of, one for each
// of its groups, in integers.
type startTerms struct {
	step  *theory.Uneven
	slope []*big.Int // a positive multiple of b_S − b_v
	value []*big.Int // the same of D_S − D_v
	total []int      // D_v
}

func startOfUneven(u *theory.Uneven) *startTerms {
	x := &startTerms{step: u}
	mean := new(big.Rat)
	for j, l := range u.Logits {
		mean.Add(mean, new(big.Rat).Mul(l, big.NewRat(int64(u.Counts[j]), int64(u.Edges))))
	}
	var slopes, values []*big.Rat
	meanSlope, meanValue := new(big.Rat), new(big.Rat)
	for _, g := range u.Groups {
		d, b := g.Others, new(big.Rat)
		for j, n := range g.Leaving {
			d += n
			b.Add(b, new(big.Rat).Mul(u.Logits[j], big.NewRat(int64(n), 1)))
		}
		value := big.NewRat(int64(d), 1)
		b.Sub(b, new(big.Rat).Mul(mean, value))
		share := big.NewRat(int64(g.Labels), int64(u.Labels()))
		meanSlope.Add(meanSlope, new(big.Rat).Mul(share, b))
		meanValue.Add(meanValue, new(big.Rat).Mul(share, value))
		slopes, values, x.total = append(slopes, b), append(values, value), append(x.total, d)
	}
	whole := func(all []*big.Rat, mean *big.Rat) (out []*big.Int) {
		scale := big.NewInt(1)
		for i, y := range all {
			all[i] = y.Sub(mean, y)
			scale.Mul(scale, all[i].Denom()).Quo(scale, new(big.Int).GCD(nil, nil, new(big.Int).Quo(scale, all[i].Denom()), all[i].Denom()))
		}
		for _, y := range all {
			y.Mul(y, new(big.Rat).SetInt(scale))
			out = append(out, y.Num())
		}
		return out
	}
	x.slope, x.value = whole(slopes, meanSlope), whole(values, meanValue)
	return x
}

// stays reports whether z' = 0 at z = 0 for every g, so that z(t) = 0 for all t: vertices
// with the same a_v and D_v have b_S for their mean b. It is so where no edge leaves N_c or,
// with even logits, every one does, or h is constant: then z' = 0 everywhere.
func (x *startTerms) stays() bool {
	sums := map[[2]int]*big.Int{}
	for i, g := range x.step.Groups {
		key := [2]int{indicator(g.InSet), x.total[i]}
		if sums[key] == nil {
			sums[key] = new(big.Int)
		}
		sums[key].Add(sums[key], new(big.Int).Mul(x.slope[i], big.NewInt(int64(g.Count))))
	}
	for _, sum := range sums {
		if sum.Sign() != 0 {
			return false
		}
	}
	return true
}

// signs returns the exact signs of z', g' and ∂z'/∂g at (0, g), the last where z' = 0: that
// of −Cov(D, b), Σ (D_v − D_u)(b_v − b_u) e^{ξ_v+ξ_u} over pairs.
func (x *startTerms) signs(alpha, gain *big.Rat) (z, g, price int, err error) {
	scale := new(big.Rat).Mul(alpha, gain)
	scale.Quo(scale, big.NewRat(int64(x.step.Edges), 1))
	sum := func(coefficient *big.Int, groups ...int) theory.ExponentialTerm {
		t := theory.ExponentialTerm{Coefficient: new(big.Int).Set(coefficient), Rational: new(big.Rat), Root: new(big.Rat)}
		for _, i := range groups {
			t.Coefficient.Mul(t.Coefficient, big.NewInt(int64(x.step.Groups[i].Count)))
			t.Rational.Add(t.Rational, new(big.Rat).Mul(scale, big.NewRat(int64(x.total[i]), 1)))
			if x.step.Groups[i].InSet {
				t.Root.Add(t.Root, alpha)
			}
		}
		return t
	}
	var terms [3][]theory.ExponentialTerm
	for i := range x.step.Groups {
		terms[0], terms[1] = append(terms[0], sum(x.slope[i], i)), append(terms[1], sum(x.value[i], i))
		for j := range i {
			both := new(big.Int).Sub(x.slope[i], x.slope[j])
			both.Mul(both, new(big.Int).Sub(x.value[i], x.value[j]))
			terms[2] = append(terms[2], sum(both.Neg(both), i, j))
		}
	}
	var out [3]int
	for i, t := range terms {
		if out[i], err = ExponentialSign(theory.NewExponentialSum(x.step.K, t)); err != nil {
			return 0, 0, 0, err
		}
	}
	return out[0], out[1], out[2], nil
}

// leaving returns the sign of z' right after the start, 0 if z never moves; and whether
// z' = 0 at the start itself.
func (p *OvershootProblem) leaving() (side int, flat bool, err error) {
	all := make([]*startTerms, len(p.Steps))
	moves := false
	for i, s := range p.Steps {
		all[i] = startOfUneven(s)
		moves = moves || !all[i].stays()
	}
	if !moves {
		return 0, true, nil
	}
	if len(p.Steps) > 1 {
		return 0, false, errors.New("the sign of z' at the start")
	}
	z, g, price, err := all[0].signs(p.Alpha, p.Gain)
	switch {
	case err != nil:
		return 0, false, err
	case z != 0:
		return z, false, nil
	case g == 0: // at rest
		return 0, true, nil
	case price == 0:
		return 0, true, errors.New("z', its first derivative and g' at the start: z' is 0 there and ∂²ℓ/∂μ∂g too")
	}
	return g * price, true, nil
}
