package ode

import "math/big"

// A class counts the vertices of one kind of an instance.
type class struct{ inSet, degree, count int64 }

// An instance is a profile from which the two reduced flows are written down
// as test problems, in two algebraic forms.
type instance struct {
	n, k, target int64
	classes      []class
}

var (
	instanceA = instance{18, 7, 1, []class{{0, 0, 9}, {1, 0, 1}, {1, 1, 4}, {1, 2, 2}, {0, 1, 2}}}
	instanceB = instance{60, 20, 3, []class{{0, 0, 25}, {1, 0, 4}, {1, 1, 6}, {1, 2, 5}, {1, 3, 3}, {1, 5, 2}, {0, 1, 7}, {0, 2, 5}, {0, 3, 2}, {0, 8, 1}}}
)

// speed is 1/√k.
func (in instance) speed() *Expr { return Rational(big.NewRat(1, in.k)).Sqrt() }

func (in instance) weights() []*Expr {
	var w []*Expr
	for _, c := range in.classes {
		for int64(len(w)) <= c.degree {
			w = append(w, Integer(0))
		}
		term := Integer(c.count)
		if c.inSet == 1 {
			term = term.Mul(in.speed().Exp())
		}
		w[c.degree] = w[c.degree].Add(term)
	}
	return w
}

// rational returns the flow of y = e^{μ/√k}, and μ as an expression in y.
func (in instance) rational(breadthFirst bool) (*System, []*Expr, *Expr) {
	y, w := State(0), in.weights()
	var numerator, denominator []*Expr
	for d, c := range w {
		factor := in.target - int64(d)
		if breadthFirst {
			factor = int64(d)
		}
		numerator = append(numerator, c.Scale(big.NewRat(factor, 1)))
		denominator = append(denominator, c)
	}
	q := PowerSum(denominator, y)
	if breadthFirst {
		outside := Integer(in.classes[0].count)
		numerator = scaleAll(numerator, in.classes[0].count)
		q = q.Mul(q.Sub(outside))
	}
	f := y.Mul(PowerSum(numerator, y)).Quo(q).Scale(big.NewRat(1, in.n*in.k))
	return &System{1, []*Expr{f}}, []*Expr{Integer(1)}, y.Log().Quo(in.speed())
}

func scaleAll(xs []*Expr, n int64) []*Expr {
	out := make([]*Expr, len(xs))
	for i, x := range xs {
		out[i] = x.Scale(big.NewRat(n, 1))
	}
	return out
}

// exponential returns the flow of μ itself.
func (in instance) exponential(breadthFirst bool) (*System, []*Expr, *Expr) {
	mu, s := State(0), in.speed()
	all, weighted := Integer(0), Integer(0)
	inside, insideWeighted := Integer(0), Integer(0)
	for _, c := range in.classes {
		bias := s.Mul(Integer(c.inSet)).Add(s.Mul(Integer(c.degree)).Mul(mu))
		term := bias.Exp().Scale(big.NewRat(c.count, 1))
		all, weighted = all.Add(term), weighted.Add(term.Scale(big.NewRat(c.degree, 1)))
		if c.inSet == 1 || c.degree > 0 {
			inside, insideWeighted = inside.Add(term), insideWeighted.Add(term.Scale(big.NewRat(c.degree, 1)))
		}
	}
	drift := Integer(in.target).Sub(weighted.Quo(all))
	if breadthFirst {
		drift = insideWeighted.Quo(inside).Sub(weighted.Quo(all))
	}
	return &System{1, []*Expr{drift.Mul(s).Scale(big.NewRat(1, in.n))}}, []*Expr{Integer(0)}, mu
}

// parse reads a reference number.
func parse(text string, precision uint) *big.Float {
	f, _, err := big.ParseFloat(text, 10, precision, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	return f
}

// distance returns |x − y|/|y|, or |x − y| where y is 0.
func distance(x, y *big.Float) float64 {
	d := new(big.Float).SetPrec(max(x.Prec(), y.Prec())+32).Sub(x, y)
	if y.Sign() != 0 {
		d.Quo(d, y)
	}
	f, _ := d.Abs(d).Float64()
	return f
}
