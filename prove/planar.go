package prove

import (
	"math/big"

	"muflow/ode"
	"muflow/theory"
)

// A planarFlow is the flow of (z, g) that steps share under softmax attention
// with a trained value gain, as expressions in z = μ and g. Their mean loss is ℓ,
// and time is that of z.
//
//	f = −∂ℓ/∂z = mean αg Σ_v (q_v − p_v) B_v,   B = ∂A/∂z
//	h = −∂ℓ/∂g = mean α  Σ_v (q_v − p_v) A_v
//	z' = f,  g' = ρh
//	f_g = h_z = f/g − mean α² g Cov_p(A, B)
//
// p is the softmax of ξ, q the law of the label.
type planarFlow struct {
	f, h       *ode.Expr
	fz, fg, hg *ode.Expr
	rate       *big.Rat // ρ
}

// newPlanarFlow returns the flow of steps with the readout gain α.
func newPlanarFlow(steps []*theory.Uneven, alpha, rate *big.Rat) *planarFlow {
	zero := ode.Integer(0)
	x := &planarFlow{f: zero, h: zero, fz: zero, fg: zero, hg: zero, rate: rate}
	for _, s := range steps {
		f, h, fz, fg, hg := planarTerms(s, alpha)
		x.f, x.h, x.fz, x.fg, x.hg = x.f.Add(f), x.h.Add(h), x.fz.Add(fz), x.fg.Add(fg), x.hg.Add(hg)
	}
	share := big.NewRat(1, int64(len(steps)))
	for _, e := range []**ode.Expr{&x.f, &x.h, &x.fz, &x.fg, &x.hg} {
		*e = (*e).Scale(share)
	}
	return x
}

// system is z' = f, g' = ρh.
func (x *planarFlow) system() *ode.System {
	return &ode.System{Dimension: 2, RightHandSide: []*ode.Expr{x.f, x.h.Scale(x.rate)}}
}

// planarTerms returns what one step adds: f, h and their derivatives f_z,
// f_g = h_z and h_g.
func planarTerms(s *theory.Uneven, alpha *big.Rat) (f, h, fz, fg, hg *ode.Expr) {
	z, g, zero := ode.State(0), ode.State(1), ode.Integer(0)
	scale := ode.Integer(1) // s
	if s.K > 1 {
		scale = ode.Integer(1).Quo(ode.Integer(int64(s.K)).Sqrt())
	}
	// Attention, and its first two derivatives by z over the attention:
	// u_e − ū and (u_e − ū)² − Var_w(u).
	others := s.Edges - s.Leaving()
	sum := ode.Integer(int64(others))
	powers := make([]*ode.Expr, len(s.Logits))
	for j, u := range s.Logits {
		powers[j] = scale.Mul(z).Scale(u).Exp()
		sum = sum.Add(powers[j].Mul(ode.Integer(int64(s.Counts[j]))))
	}
	inverse := ode.Integer(1).Quo(sum)
	mean, square := zero, zero
	for j, u := range s.Logits {
		powers[j] = powers[j].Mul(inverse)
		weight := powers[j].Mul(ode.Integer(int64(s.Counts[j])))
		mean = mean.Add(weight.Scale(u))
		square = square.Add(weight.Scale(new(big.Rat).Mul(u, u)))
	}
	variance := square.Sub(mean.Power(2))
	type rates struct{ a, b, c *ode.Expr } // of one edge: w, ∂w/∂z, ∂²w/∂z²
	edge := func(w *ode.Expr, u *big.Rat) rates {
		off := ode.Rational(u).Sub(mean)
		return rates{w, w.Mul(off).Mul(scale), w.Mul(off.Power(2).Sub(variance)).Mul(scale).Mul(scale)}
	}
	edges := make([]rates, 0, len(s.Logits)+1)
	for j, u := range s.Logits {
		edges = append(edges, edge(powers[j], u))
	}
	edges = append(edges, edge(inverse, new(big.Rat)))

	inside := scale.Scale(alpha).Exp()
	bases := make([]*ode.Expr, len(edges)) // e^{αg w}
	for j, e := range edges {
		bases[j] = g.Scale(alpha).Mul(e.a).Exp()
	}
	var values []rates // A, B = A_z, A_zz of the groups
	var weights []*ode.Expr
	total := zero
	for _, group := range s.Groups {
		v, w := rates{zero, zero, zero}, ode.Integer(int64(group.Count))
		for j, n := range append(append([]int(nil), group.Leaving...), group.Others) {
			if n != 0 {
				c := ode.Integer(int64(n))
				v = rates{v.a.Add(c.Mul(edges[j].a)), v.b.Add(c.Mul(edges[j].b)), v.c.Add(c.Mul(edges[j].c))}
				w = w.Mul(bases[j].Power(n))
			}
		}
		values = append(values, v)
		if group.InSet {
			w = w.Mul(inside)
		}
		weights = append(weights, w)
		total = total.Add(w)
	}
	over := ode.Integer(1).Quo(total)
	for i := range weights {
		weights[i] = weights[i].Mul(over)
	}
	// average is Σ_v p_v x_v, label Σ_v q_v x_v.
	average := func(x func(rates) *ode.Expr) *ode.Expr {
		sum := zero
		for i, v := range values {
			sum = sum.Add(weights[i].Mul(x(v)))
		}
		return sum
	}
	label := func(x func(rates) *ode.Expr) *ode.Expr {
		sum := zero
		for i, v := range values {
			if n := s.Groups[i].Labels; n != 0 {
				sum = sum.Add(x(v).Scale(big.NewRat(int64(n), int64(s.Labels()))))
			}
		}
		return sum
	}
	first, second, third := func(v rates) *ode.Expr { return v.a }, func(v rates) *ode.Expr { return v.b }, func(v rates) *ode.Expr { return v.c }
	difference := func(x func(rates) *ode.Expr) *ode.Expr { // Σ p_v (x_q − x_v)
		at := label(x)
		return average(func(v rates) *ode.Expr { return at.Sub(x(v)) })
	}
	meanA, meanB := average(first), average(second)
	covariance := func(x, y func(rates) *ode.Expr, mx, my *ode.Expr) *ode.Expr {
		return average(func(v rates) *ode.Expr { return x(v).Sub(mx).Mul(y(v).Sub(my)) })
	}
	squared := new(big.Rat).Mul(alpha, alpha)
	slope := difference(second).Scale(alpha) // f/g
	f, h = slope.Mul(g), difference(first).Scale(alpha)
	fz = g.Mul(difference(third).Scale(alpha)).Sub(g.Power(2).Mul(covariance(second, second, meanB, meanB)).Scale(squared))
	fg = slope.Sub(g.Mul(covariance(first, second, meanA, meanB)).Scale(squared))
	hg = covariance(first, first, meanA, meanA).Scale(squared).Neg()
	return f, h, fz, fg, hg
}
