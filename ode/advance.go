package ode

import (
	"context"
	"errors"
	"math"
	"math/big"
	"muflow/internal/portable"

	"muflow/ode/ball"
)

const (
	strides = 6 // how often a step in fixed point is shortened
	reserve = 8 // bits by which its defect stays below the tolerance
)

var errDefect = errors.New("no bound of the defect")

// advance appends one tube by an expansion, and reports whether it could.
func (v *validator) advance(ctx context.Context, until *big.Rat) bool {
	p, w := v.pipe, v.stride
	if !w.survey(p.middle) {
		return false
	}
	left := new(big.Rat).Sub(until, p.reached)
	suggested, bounded := w.scout.stepSize(p.settings.Order, v.tolerance)
	for range strides {
		if ctx.Err() != nil || p.spent() {
			return false
		}
		length := left
		if bounded {
			v.aim(suggested)
			size := new(big.Float).SetPrec(16).Mul(suggested, big.NewFloat(v.reach))
			length = shared(size, left)
		}
		if v.longest != nil && new(big.Float).SetRat(length).Cmp(v.longest) > 0 {
			length = shared(v.longest, left)
		}
		if log2Rat(length) < log2Rat(until)-float64(p.settings.Precision) {
			return false
		}
		t := &tube{from: p.reached, length: length}
		spare, err := v.enclose(t)
		switch {
		case err == nil && spare >= 0 && !v.follow(t):
			continue
		case err == nil && spare >= 0:
			v.margin = max(0, v.margin-0.1)
			var end []*ball.Ball
			for _, x := range w.expansion.end() {
				end = append(end, ball.New(x.Prec()).SetFloat(x))
			}
			v.attach(t, end)
			return true
		case !bounded:
			return false
		case err == nil:
			v.margin += 0.2 - spare
		default:
			v.reach = min(v.reach, portable.Exp2(log2Rat(length)-log2(suggested))) / 2
			v.margin += 4
		}
		if v.margin > float64(p.settings.Order) {
			v.margin = 0
			return false
		}
	}
	return false
}

// shared returns a step of a given size, or what remains, in one part or two
// equal ones, where that is not much more.
func shared(size *big.Float, left *big.Rat) *big.Rat {
	rest := new(big.Float).SetPrec(firstBits).SetRat(left)
	steps, _ := rest.Quo(rest, size).Float64()
	switch {
	case steps <= math.Sqrt2/2:
		return left
	case steps <= math.Sqrt2:
		return new(big.Rat).Mul(left, big.NewRat(1, 2))
	}
	length, _ := size.Rat(nil)
	return length
}

// aim chooses the step at which the defect is foretold to reach the tolerance.
func (v *validator) aim(suggested *big.Float) {
	s, n := v.stride.scout, float64(v.pipe.settings.Order)
	base, _ := suggested.Float64()
	base /= s.scale
	for range 4 {
		v.ahead.foretell(s, v.reach*base)
		if !v.ahead.bound(nil) {
			v.reach *= 0.7
			continue
		}
		excess := math.Inf(-1)
		for i := range v.ahead.states {
			size := v.ahead.states[i].norm
			if t := v.ahead.nodes[v.program.outputs[i]].t * v.reach * base * s.scale / (n + 1); t > 0 {
				excess = max(excess, portable.Log2(t)-float64(float64(v.gauge)*n)-portable.Log2(size)-v.tolerance+reserve+v.margin+0.1)
			}
		}
		if math.IsInf(excess, -1) || excess > -0.5 && excess <= 0 {
			return
		}
		v.reach *= portable.Exp2(-max(-n, min(n, excess+0.2)) / (n + 1))
	}
}

// enclose fills in a tube of a given length. spare is how far, in bits, the
// defect leaves the tube within the tolerance.
func (v *validator) enclose(t *tube) (spare float64, err error) {
	p, w := v.pipe, v.stride
	n := p.settings.Order
	p.work += v.toll.series() + 2*v.toll.defects()
	if !w.expansion.expand(p.middle, t.length, w.scout) {
		return 0, errDefect
	}
	v.defects.measure(w.expansion)
	if !v.defects.bound(w.expansion) {
		return 0, errDefect
	}
	h := ball.New(firstBits).SetRat(t.length)
	step, _ := h.Upper().Float64()
	step = up(step)
	back := -v.gauge * n
	roundoff, cutoff, start := ball.New(firstBits), ball.New(firstBits), ball.New(firstBits)
	for i := range p.system.Dimension {
		r, c := v.defects.rate(w.expansion, i, step)
		if !(r < defectLimit && c < defectLimit) {
			return 0, errDefect
		}
		v.square(roundoff, r, back, i)
		v.square(cutoff, c/float64(n+1)*defectSlack, back, i)
		v.square(start, float64(w.expansion.start[i]), w.expansion.states[i].Unit(), i)
	}
	for _, x := range []*ball.Ball{roundoff, cutoff, start} {
		x.Sqrt(x)
	}
	t.start = start.Upper()
	t.spread = start.Add(start, ball.New(firstBits).SetFloat(p.spread)).Upper()

	dimension := p.system.Dimension
	spreads := make([]float64, dimension)
	for i := range spreads {
		spreads[i], _ = p.component(i, t.spread).Float64()
		spreads[i] = up(spreads[i])
	}
	scaled := make([][]*interval, dimension)
	tails := make([]interval, dimension)
	for i := range scaled {
		scaled[i], tails[i] = v.leading(i)
	}
	p.work += v.toll.boxes()
	pads, sizes, err := v.surround(t, h, scaled, tails, spreads)
	if err != nil {
		return 0, err
	}
	v.local = [2]*ball.Ball{roundoff, cutoff}
	v.grow(t)
	t.fractions = w.expansion.polynomials()

	added := ball.New(firstBits).SetFloat(t.roundoff)
	added.Add(added, ball.New(firstBits).SetFloat(t.cutoff))
	if !added.IsFinite() {
		return 0, errDefect
	}
	spare = math.Inf(1)
	for i := range dimension {
		bound := p.component(i, added.Upper())
		if bound.Sign() != 0 {
			spare = min(spare, v.tolerance-reserve+portable.Log2(sizes[i])-log2(bound))
		}
		// Strictly within every pad, at every time.
		part, _ := bound.Float64()
		part = up(part)
		total, high := 0.0, 0.0 // ∫λ up to a slice and its largest value so far
		for j := range slices {
			total = up(total + t.growth[j])
			high = max(high, total)
			if !(up(part+up(spreads[i]*expUp(high))) < pads[j][i]) {
				return 0, errEscape
			}
		}
	}
	if math.IsInf(spare, 1) {
		spare = 0
	}
	return spare, nil
}

// grow bounds what the defect of a tube adds: it grows by no more than e^rise.
func (v *validator) grow(t *tube) {
	most := ball.New(firstBits).SetFloat64(expUp(t.rise()))
	t.roundoff = ball.New(firstBits).Mul(v.local[0], most).Upper()
	t.cutoff = ball.New(firstBits).Mul(v.local[1], most).Upper()
}

// square adds (x·2^exponent/weight_i)² to a sum.
func (v *validator) square(sum *ball.Ball, x float64, exponent, i int) {
	if x == 0 {
		return
	}
	term := ball.New(firstBits).SetFloat64(x)
	term.Quo(term.MulPow2(term, exponent), v.pipe.weights[i])
	sum.Add(sum, term.Sqr(term))
}

// leading encloses the first coefficients of an unknown's polynomial, and the
// sum of the others, which are small, times any powers of a fraction.
func (v *validator) leading(i int) ([]*interval, interval) {
	row, b := v.stride.expansion.states[i], &v.defects.states[i]
	last, tail, sum := len(b.size)-1, 0.0, 0.0
	for back := math.Ldexp(1, -v.gauge); last > 2; last-- { // sum·2^{−gauge·(last−1)} = Σ_{k≥last} |c_k|
		sum = (sum + b.size[last]) * back
		next := raised(math.Ldexp(sum, -v.gauge*(last-1)))
		if next > 0x1p-44*b.norm {
			break
		}
		tail = next
	}
	out := make([]*interval, last+1)
	all := make([]interval, last+1)
	for k := range out {
		out[k] = &all[k]
		x := row.Float64(k, 0)
		v.bounds.outward(out[k], x-float64(0x1p-51*math.Abs(x)), x+float64(0x1p-51*math.Abs(x)))
		if x == 0 {
			*out[k] = interval{}
		}
	}
	return out, interval{-tail, tail}
}
