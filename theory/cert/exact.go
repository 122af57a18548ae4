package cert

import (
	"cmp"
	"math/big"
	"slices"
)

// A poly is a polynomial Σ c·y^d·e^a with integers c, each (d, a) once, in ascending order.
type poly []monomial

type monomial struct {
	d, a int
	c    *big.Int
}

func constant(c *big.Int) poly { return poly{{0, 0, c}} }

// find returns the place of (d, a), and whether it is there.
func (p poly) find(d, a int) (int, bool) {
	return slices.BinarySearchFunc(p, monomial{d: d, a: a}, func(x, y monomial) int { return cmp.Or(x.d-y.d, x.a-y.a) })
}

// at returns the coefficient of (d, a), nil if there is none.
func (p poly) at(d, a int) *big.Int {
	if i, ok := p.find(d, a); ok {
		return p[i].c
	}
	return nil
}

// add adds c·y^d·e^a in place.
func (p *poly) add(d, a int, c *big.Int) {
	i, ok := p.find(d, a)
	if !ok {
		*p = slices.Insert(*p, i, monomial{d, a, new(big.Int)})
	}
	(*p)[i].c.Add((*p)[i].c, c)
}

// plus returns p + q·r.
func (p poly) plus(q, r poly) poly {
	out, product := make(poly, len(p)), new(big.Int)
	for i, x := range p {
		out[i] = monomial{x.d, x.a, new(big.Int).Set(x.c)}
	}
	for _, x := range q {
		for _, y := range r {
			out.add(x.d+y.d, x.a+y.a, product.Mul(x.c, y.c))
		}
	}
	return out
}

// times returns p·q, minus p − q, scaled c·p.
func (p poly) times(q poly) poly      { return poly{}.plus(p, q) }
func (p poly) minus(q poly) poly      { return p.plus(constant(big.NewInt(-1)), q) }
func (p poly) scaled(c *big.Int) poly { return p.times(constant(c)) }

// atOne returns p(1).
func (p poly) atOne() poly {
	out := poly{}
	for _, x := range p {
		out.add(0, x.a, x.c)
	}
	return out
}

// An interval is the set of reals from lo to hi, in units of 2^−bits.
type interval struct{ lo, hi *big.Int }

func power(n uint) *big.Int     { return new(big.Int).Lsh(big.NewInt(1), n) } // 2^n
func point(x *big.Int) interval { return interval{x, x} }
func (x interval) size() int    { return max(x.lo.BitLen(), x.hi.BitLen()) }

func (x interval) plus(y interval) interval {
	return interval{new(big.Int).Add(x.lo, y.lo), new(big.Int).Add(x.hi, y.hi)}
}

func (x interval) minus(y interval) interval {
	return interval{new(big.Int).Sub(x.lo, y.hi), new(big.Int).Sub(x.hi, y.lo)}
}

// times encloses x·y/2^bits, where Rsh rounds down.
func (x interval) times(y interval, bits uint) interval {
	mul := func(a, b *big.Int) *big.Int { return new(big.Int).Mul(a, b) }
	z := interval{mul(x.lo, y.lo), mul(x.hi, y.hi)}
	if x.lo.Sign() < 0 || y.lo.Sign() < 0 {
		z = hull(z.lo, z.hi, mul(x.lo, y.hi), mul(x.hi, y.lo))
		z.hi = new(big.Int).Set(z.hi) // may be lo
	}
	z.lo.Rsh(z.lo, bits)
	z.hi.Neg(z.hi.Rsh(z.hi.Neg(z.hi), bits))
	return z
}

func hull(z ...*big.Int) interval {
	return interval{slices.MinFunc(z, (*big.Int).Cmp), slices.MaxFunc(z, (*big.Int).Cmp)}
}

// power encloses x^n for n ≥ 1.
func (x interval) power(n int, bits uint) interval {
	if n == 1 {
		return x
	}
	half := x.power(n/2, bits)
	if half = half.times(half, bits); n%2 == 1 {
		half = half.times(x, bits)
	}
	return half
}

// over encloses x/c for c > 0, where Div rounds down.
func (x interval) over(c *big.Int) interval {
	hi := new(big.Int).Neg(x.hi)
	return interval{new(big.Int).Div(x.lo, c), hi.Neg(hi.Div(hi, c))}
}

// exp encloses the exponential, that of each end with 32 bits more:
//
//	exp(x) = exp(r)^(2^k),  r = x/2^k,  |r| ≤ 2^−8
//
// Cutting r changes exp(r) by less than 2 units, cutting each term r^i/i! adds up to less than 2 units a
// term, of which there are less than 110 with 1,200 bits, and what follows a term that was cut to 0 is less
// than 8 units: 256 in all.
func exp(x interval, bits uint) interval {
	end := func(x *big.Int) interval {
		k, more := uint(max(x.BitLen()-int(bits), 0))+8, bits+32
		r, sums, term, product := new(big.Int).Lsh(new(big.Int).Abs(x), 32), [2]*big.Int{power(more), new(big.Int)}, power(more), new(big.Int)
		r.Rsh(r, k)
		for i := int64(1); term.Sign() != 0; i++ { // |r|^i/i!, those of odd i apart
			term.Quo(product.Rsh(product.Mul(term, r), more), big.NewInt(i))
			sums[i%2].Add(sums[i%2], term)
		}
		y := point(sums[0].Add(sums[0], sums[1].Mul(sums[1], big.NewInt(int64(x.Sign()))))).plus(interval{big.NewInt(-256), big.NewInt(256)})
		for range k {
			y = y.times(y, more)
		}
		return y.times(point(big.NewInt(1)), 32)
	}
	y := end(x.lo)
	if x.lo.Cmp(x.hi) != 0 {
		y.hi = end(x.hi).hi
	}
	return y
}

// least returns 1 if f(y) ≥ 0 on [a,b] (without e, of degree n), −1 if f < 0 at a point of it, 0
// if the budget is spent; 0 ≤ a ≤ b are in units of 2^−bits.
//
// The substitution y = (a + b z)/(1 + z) takes z ∈ [0,∞] to [a,b], and (1+z)^n·f(y) is a
// polynomial in z. Its outer coefficients are f(a) and f(b); if none is negative then f ≥ 0 on
// [a,b]. Otherwise [a,b] is halved.
func least(f poly, n int, a, b *big.Int, bits uint, budget *int) int {
	if *budget--; *budget < 0 {
		return 0
	}
	unit := power(bits)
	g, lowers, product := []*big.Int{f.at(n, 0)}, []*big.Int{big.NewInt(1)}, new(big.Int) // Horner's rule; (unit(1 + z))^i
	times := func(p []*big.Int, a, b *big.Int) []*big.Int {                               // p·(a + b z)
		out := make([]*big.Int, len(p)+1)
		out[0] = new(big.Int)
		for i, c := range p {
			out[i].Add(out[i], product.Mul(c, a))
			out[i+1] = new(big.Int).Mul(c, b)
		}
		return out
	}
	for i := 1; i <= n; i++ {
		g, lowers = times(g, a, b), times(lowers, unit, unit)
		if c := f.at(n-i, 0); c != nil {
			for k, l := range lowers {
				g[k].Add(g[k], product.Mul(c, l))
			}
		}
	}
	if g[0].Sign() < 0 || g[n].Sign() < 0 {
		return -1
	}
	if !slices.ContainsFunc(g, func(c *big.Int) bool { return c.Sign() < 0 }) {
		return 1
	}
	middle := new(big.Int).Add(a, b)
	if half := least(f, n, new(big.Int).Lsh(a, 1), middle, bits+1, budget); half != 1 {
		return half
	}
	return least(f, n, middle, new(big.Int).Lsh(b, 1), bits+1, budget)
}
