package prove

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"

	"muflow/ode"
	"muflow/ode/ball"
)

// A trap proves where a planar gradient flow goes from a box on. In the quadrant
// σ_z z' > 0, σ_g g' > 0 it stays as long as f_g has the sign of σ_z σ_g:
//
//	where f = 0:  z'' = f_g g',   where h = 0:  g'' = ρ f_g z'
//
// both point inward. Between the start and an equilibrium e the quadrant does
// not touch the two sides through e, where f and h have the wrong sign as f_g
// has the right one. So z and g are monotone, stay in the box, and tend to an
// equilibrium in it, which is e where there is no other.
type trap struct {
	function *ode.Function // f, h, f_z, f_g, h_g
	signs    [2]float64    // σ_z, σ_g
	boxes    int           // left of the budget
}

// trapBoxes bounds the boxes that a trap looks at.
const trapBoxes = 20_000

var errTrap = errors.New("the flow is not shown to stay between the turn and the end")

// errPrice says why there is no trap.
var errPrice = fmt.Errorf("%w: ∂²ℓ/∂μ∂g changes its sign between them", errTrap)

// A planarBox is a box of (z, g).
type planarBox [2]ode.Range

// A planarRange encloses f, h, f_z, f_g, h_g over a box.
type planarRange struct {
	f, h, fz, fg, hg ode.Range
	at               [3]ode.Range // f, h and f_g in the middle, once refined
	refined          bool
}

// over evaluates a box.
func (x *trap) over(b planarBox) (planarRange, error) {
	if x.boxes--; x.boxes < 0 {
		return planarRange{}, fmt.Errorf("%w with %d boxes", errTrap, trapBoxes)
	}
	return rangeOver(x.function, b)
}

// rangeOver evaluates f, h, f_z, f_g, h_g over a box.
func rangeOver(function *ode.Function, b planarBox) (planarRange, error) {
	v, err := function.Over(b[:])
	if err != nil {
		return planarRange{}, err
	}
	return planarRange{f: v[0], h: v[1], fz: v[2], fg: v[3], hg: v[4]}, nil
}

// refine intersects f and h with their mean value forms,
// f(box) ⊂ f(m) + f_z(box)(z − m_z) + f_g(box)(g − m_g).
func (v *planarRange) refine(function *ode.Function, b planarBox) error {
	m := b.middle()
	at, err := function.Over([]ode.Range{{Low: m[0], High: m[0]}, {Low: m[1], High: m[1]}})
	if err != nil {
		return err
	}
	v.at, v.refined = [3]ode.Range{at[0], at[1], at[3]}, true
	dz, dg := b.offsets(m)
	v.f = common(v.f, plus(at[0], plus(product(v.fz, dz), product(v.fg, dg))))
	v.h = common(v.h, plus(at[1], plus(product(v.fg, dz), product(v.hg, dg))))
	return nil
}

// excludes proves that f and h have no common zero in a box: a combination of
// them by about the inverse of their derivatives, which is nearly z − m_z or
// g − m_g, has none.
func (v *planarRange) excludes(b planarBox) bool {
	a, c, e := center(v.fz), center(v.fg), center(v.hg)
	det := float64(a*e) - float64(c*c)
	if !v.refined || det == 0 || math.IsNaN(det) {
		return false
	}
	m := b.middle()
	dz, dg := b.offsets(m)
	for _, row := range [][2]float64{{e / det, -c / det}, {-c / det, a / det}} {
		y, w := ode.Range{Low: row[0], High: row[0]}, ode.Range{Low: row[1], High: row[1]}
		at := plus(product(y, v.at[0]), product(w, v.at[1]))
		byZ := plus(product(y, v.fz), product(w, v.fg))
		byG := plus(product(y, v.fg), product(w, v.hg))
		if sign(plus(at, plus(product(byZ, dz), product(byG, dg)))) != 0 {
			return true
		}
	}
	return false
}

func (b planarBox) middle() [2]float64 {
	return [2]float64{center(b[0]), center(b[1])}
}

// offsets returns z − m_z and g − m_g.
func (b planarBox) offsets(m [2]float64) (dz, dg ode.Range) {
	return plus(b[0], ode.Range{Low: -m[0], High: -m[0]}), plus(b[1], ode.Range{Low: -m[1], High: -m[1]})
}

// plus and product round outward; common is what two ranges that hold the same
// numbers have in common.
func plus(x, y ode.Range) ode.Range { return wider(x.Low+y.Low, x.High+y.High) }

func product(x, y ode.Range) ode.Range {
	a, b, c, d := x.Low*y.Low, x.Low*y.High, x.High*y.Low, x.High*y.High
	return wider(min(a, b, c, d), max(a, b, c, d))
}

func wider(low, high float64) ode.Range {
	return ode.Range{Low: math.Nextafter(low, math.Inf(-1)), High: math.Nextafter(high, math.Inf(1))}
}

func common(x, y ode.Range) ode.Range {
	return ode.Range{Low: max(x.Low, y.Low), High: min(x.High, y.High)}
}

// sign returns the sign of all of a range, 0 if it is not known.
func sign(r ode.Range) float64 {
	switch {
	case r.Low > 0:
		return 1
	case r.High < 0:
		return -1
	}
	return 0
}

// halves cuts a box across the side that is longest as a part of the whole.
func (b planarBox) halves(whole planarBox) [2]planarBox {
	at := 0
	if (b[1].High-b[1].Low)*(whole[0].High-whole[0].Low) > (b[0].High-b[0].Low)*(whole[1].High-whole[1].Low) {
		at = 1
	}
	low, high, m := b, b, b.middle()
	low[at].High, high[at].Low = m[at], m[at]
	return [2]planarBox{low, high}
}

// outward returns the float64 hull of a ball.
func outward(x *ball.Ball) ode.Range {
	low, accuracy := x.Lower().Float64()
	if accuracy == big.Above {
		low = math.Nextafter(low, math.Inf(-1))
	}
	high, accuracy := x.Upper().Float64()
	if accuracy == big.Below {
		high = math.Nextafter(high, math.Inf(1))
	}
	return ode.Range{Low: low, High: high}
}

// center returns a point of a range.
func center(x ode.Range) float64 { return float64(x.Low/2) + float64(x.High/2) }

func hull(x, y ode.Range) ode.Range {
	return ode.Range{Low: min(x.Low, y.Low), High: max(x.High, y.High)}
}

// leads proves that every solution that starts in a box tends to the equilibrium
// e, with z and g monotone in the directions of the signs.
func (x *trap) leads(ctx context.Context, start planarBox, e [2]*ball.Ball) error {
	end := planarBox{outward(e[0]), outward(e[1])}
	for i := range end { // e lies ahead
		gap := ode.Range{Low: end[i].Low - start[i].High, High: end[i].High - start[i].Low}
		if sign(gap) != x.signs[i] {
			return fmt.Errorf("%w: the end does not lie ahead", errTrap)
		}
	}
	v, err := x.over(start)
	if err != nil {
		return err
	}
	if sign(v.f) != x.signs[0] || sign(v.h) != x.signs[1] {
		return fmt.Errorf("%w: the signs at the start", errTrap)
	}
	whole := planarBox{hull(start[0], end[0]), hull(start[1], end[1])}
	right := x.signs[0] * x.signs[1]
	sides := []planarBox{{end[0], whole[1]}, {whole[0], end[1]}}
	for i, side := range sides { // off the quadrant, or f_g takes it off
		if err := x.cover(ctx, side, whole, func(_ planarBox, v planarRange) bool {
			return sign(v.fg) == right || sign([]ode.Range{v.f, v.h}[i]) == -x.signs[i]
		}, func(v planarRange) bool {
			return sign(v.at[2]) == -right && sign(v.at[i]) == x.signs[i]
		}); err != nil {
			return err
		}
	}
	near, err := x.convexAround(end, whole)
	if err != nil {
		return err
	}
	return x.cover(ctx, whole, whole, func(b planarBox, v planarRange) bool {
		if sign(v.f) == -x.signs[0] || sign(v.h) == -x.signs[1] {
			return true // not in the quadrant
		}
		within := b[0].Low >= near[0].Low && b[0].High <= near[0].High && b[1].Low >= near[1].Low && b[1].High <= near[1].High
		return sign(v.fg) == right && (within || sign(v.f) != 0 || sign(v.h) != 0 || v.excludes(b))
	}, func(v planarRange) bool {
		return sign(v.at[2]) == -right && sign(v.at[0]) == x.signs[0] && sign(v.at[1]) == x.signs[1]
	})
}

// cover cuts a box within the whole until each part meets a condition. It ends
// where the condition fails at a point, so that no cuts can help.
func (x *trap) cover(ctx context.Context, box, whole planarBox, holds func(planarBox, planarRange) bool, fails func(planarRange) bool) error {
	for open := []planarBox{box}; len(open) > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := open[len(open)-1]
		open = open[:len(open)-1]
		v, err := x.over(b)
		if err != nil {
			return err
		}
		if holds(b, v) {
			continue
		}
		if err := v.refine(x.function, b); err != nil {
			return err
		}
		if fails(v) {
			return errPrice
		}
		if !holds(b, v) {
			parts := b.halves(whole)
			open = append(open, parts[0], parts[1])
		}
	}
	return nil
}

// convexAround returns a box around an equilibrium over which the loss is
// strictly convex, so that it holds no other.
func (x *trap) convexAround(end, whole planarBox) (planarBox, error) {
	for share := 0.25; share > 1e-6; share /= 2 {
		b := end
		for i := range b {
			reach := float64(share * (whole[i].High - whole[i].Low))
			b[i] = ode.Range{Low: b[i].Low - reach, High: b[i].High + reach}
		}
		v, err := x.over(b)
		if err != nil {
			return b, err
		}
		// f_z h_g > f_g², f_z < 0, each product rounded outward.
		most := max(math.Abs(v.fg.Low), math.Abs(v.fg.High))
		if v.fz.High < 0 && v.hg.High < 0 && math.Nextafter(v.fz.High*v.hg.High, 0) > math.Nextafter(most*most, math.Inf(1)) {
			return b, nil
		}
	}
	return planarBox{}, fmt.Errorf("%w: the loss is not convex around it", errTrap)
}
