package refute

import (
	"context"
	"math"
	"math/big"

	"muflow/internal/alltime"
	"muflow/internal/reduced"
	"muflow/internal/script"
	"muflow/internal/tape"
	"muflow/ode"
)

// A look is what a statement seems to be at one setting, in float64. Nothing is
// proved.
type look struct {
	applies bool    // the premise seems to hold
	blind   bool    // float64 says nothing: the prover has to be asked
	slack   float64 // how far the statement seems to be from failing; less is nearer
	suspect bool    // it seems to fail
}

const (
	horizon    = 64 // up to which flows are followed, as far as the prover looks for violations
	mostPoints = 1000
	mostSlopes = 6_000 // evaluations of the right-hand side
	tolerance  = 1e-10 // of the flow
	relative   = 1e-7  // differences of numbers that are this near are taken for rounding
	absolute   = 1e-8  // the same, in units of the largest number of the flow
	huge       = 1e8   // what goes beyond seems to go to infinity
)

// screen looks at a statement where parameters and starts are points. Intervals
// are taken at their middles.
func screen(ctx context.Context, th *script.Theory, s *script.Statement) look {
	v := &viewer{theory: th, at: make([]float64, len(th.Symbols))}
	for i, symbol := range th.Symbols {
		if symbol.Low != nil {
			v.at[i], _ = middle(symbol.Low, symbol.High).Float64()
		}
	}
	out := look{applies: true}
	for ; s.Kind == script.When; s = s.Then {
		if !s.Holds {
			return look{}
		}
		for _, r := range s.Relations {
			left, right := v.constant(r.Left), v.constant(r.Right)
			room := roomOf(r.Comparison, left, right)
			if math.IsNaN(room) || room < -noise(math.Abs(left)+math.Abs(right), 0) || strict(r.Comparison) && room <= 0 {
				return look{}
			}
		}
	}
	ok := false
	switch s.Kind {
	case script.Always:
		ok = v.always(ctx, s, &out)
	case script.Increases:
		ok = v.monotone(ctx, s.X[0], 1, &out)
	case script.Decreases:
		ok = v.monotone(ctx, s.X[0], -1, &out)
	case script.Limit, script.Converges:
		ok = v.end(ctx, s, &out)
	}
	out.blind = !ok
	return out
}

func middle(low, high *big.Rat) *big.Rat {
	sum := new(big.Rat).Add(low, high)
	return sum.Mul(sum, big.NewRat(1, 2))
}

// roomOf is by how much a relation holds, negative where it fails; for an equation
// it is never positive.
func roomOf(c alltime.Comparison, left, right float64) float64 {
	switch c {
	case alltime.Less, alltime.LessEqual:
		return right - left
	case alltime.Greater, alltime.GreaterEqual:
		return left - right
	}
	return -math.Abs(left - right)
}

func strict(c alltime.Comparison) bool { return c == alltime.Less || c == alltime.Greater }

// noise is what rounding explains of a difference of numbers of a size.
func noise(size, scale float64) float64 { return float64(relative*size) + float64(absolute*scale) }

// A viewer evaluates expressions of a theory at one setting.
type viewer struct {
	theory *script.Theory
	at     []float64 // of all symbols: constants, and states as they were last
}

func (v *viewer) constant(x *ode.Expr) float64 {
	out := [1]float64{}
	t := tape.New(x)
	t.Values(out[:], v.at, make([]float64, t.Len()))
	return out[0]
}

// A path is the values of expressions at the times at which a flow was looked at.
type path struct {
	times  []float64
	values [][]float64
	scale  float64 // the largest state that was met
	ended  bool    // it got to its end
}

// follow evaluates expressions along the flow, at time 0 and after each step; nil
// where there is no flow.
func (v *viewer) follow(ctx context.Context, exprs []*ode.Expr, until float64) *path {
	states, ok := v.states(exprs)
	if !ok {
		return nil
	}
	start := make([]float64, len(states))
	rates := make([]*ode.Expr, len(states))
	for i, s := range states {
		start[i], rates[i] = v.constant(v.theory.States[s].Start), v.theory.States[s].Rate
	}
	slopes, seen := tape.New(rates...), tape.New(exprs...)
	work := make([]float64, max(slopes.Len(), seen.Len()))
	put := func(t float64, y []float64) {
		v.at[0] = t
		for i, s := range states {
			v.at[v.theory.States[s].Symbol] = y[i]
		}
	}
	p := &path{}
	look := func(t float64, y, _ []float64) bool {
		put(t, y)
		values := make([]float64, len(exprs))
		seen.Values(values, v.at, work)
		p.times, p.values = append(p.times, t), append(p.values, values)
		for _, x := range y {
			p.scale = max(p.scale, math.Abs(x))
		}
		return len(p.times) < mostPoints && p.scale < huge
	}
	look(0, start, nil)
	if until == 0 {
		p.ended = true
		return p
	}
	count := 0
	slope := func(t float64, y, dy []float64) {
		if count++; count > mostSlopes {
			for i := range dy {
				dy[i] = math.NaN() // the steps shrink, and that ends it
			}
			return
		}
		put(t, y)
		slopes.Values(dy, v.at, work)
	}
	if len(states) == 0 { // only t moves
		for k := 1; k <= 100; k++ {
			look(float64(until*float64(k))/100, nil, nil)
		}
		p.ended = true
		return p
	}
	_, _, err := reduced.Track(ctx, slope, start, until, tolerance, until/1000, look)
	p.ended = err == nil && p.times[len(p.times)-1] >= until
	return p
}

// states lists the states that expressions depend on along the flow, in their
// order.
func (v *viewer) states(exprs []*ode.Expr) (out []int, ok bool) {
	used := make([]bool, len(v.theory.States))
	for queue := append([]*ode.Expr(nil), exprs...); len(queue) > 0; queue = queue[1:] {
		for _, i := range queue[0].Unknowns() {
			symbol := v.theory.Symbols[i]
			if symbol.Kind != script.StateSymbol || used[symbol.State] {
				continue
			}
			used[symbol.State] = true
			s := v.theory.States[symbol.State]
			if s.Rate == nil || s.Start == nil {
				return nil, false
			}
			queue = append(queue, s.Rate)
		}
	}
	for s, is := range used {
		if is {
			out = append(out, s)
		}
	}
	return out, true
}

// always looks for a time at which a relation fails.
func (v *viewer) always(ctx context.Context, s *script.Statement, out *look) bool {
	until := float64(horizon)
	if s.Until != nil {
		until, _ = s.Until.Float64()
		until = min(until, 1000*horizon)
	}
	var exprs []*ode.Expr
	for _, r := range s.Relations {
		exprs = append(exprs, r.Left, r.Right)
	}
	p := v.follow(ctx, exprs, until)
	if p == nil {
		return false
	}
	out.slack = math.Inf(1)
	for k, values := range p.values {
		for i, r := range s.Relations {
			left, right := values[2*i], values[2*i+1]
			room, size := roomOf(r.Comparison, left, right), math.Abs(left)+math.Abs(right)
			if math.IsNaN(room) || math.IsInf(size, 0) {
				continue
			}
			out.slack = min(out.slack, room/(size+float64(1e-3*p.scale)+1e-300))
			out.suspect = out.suspect || room < -noise(size, p.scale) || k == 0 && (room < -1e-13*size || strict(r.Comparison) && room <= 0)
		}
	}
	out.suspect = out.suspect || p.scale >= huge && !p.ended
	return true
}

// monotone looks for a time at which an expression moves the wrong way, or not.
func (v *viewer) monotone(ctx context.Context, x *ode.Expr, sign float64, out *look) bool {
	p := v.follow(ctx, []*ode.Expr{x}, horizon)
	if p == nil {
		return false
	}
	out.slack = math.Inf(1)
	before, total := p.values[0][0], 0.0
	for _, values := range p.values[1:] {
		gain, size := sign*(values[0]-before), math.Abs(values[0])+math.Abs(before)
		if math.IsNaN(gain) {
			continue
		}
		out.slack = min(out.slack, gain/(size+float64(1e-3*p.scale)+1e-300))
		out.suspect = out.suspect || gain < -noise(size, p.scale)
		total += math.Abs(gain)
		before = values[0]
	}
	out.suspect = out.suspect || total <= 1e-12*math.Abs(before) || p.scale >= huge && !p.ended
	return true
}

// end looks at where an expression seems to go.
func (v *viewer) end(ctx context.Context, s *script.Statement, out *look) bool {
	p := v.follow(ctx, s.X, horizon)
	if p == nil {
		return false
	}
	last := len(p.values) - 1
	when := func(part float64) float64 { // the value at the first look after a part of the time
		for k, t := range p.times {
			if t >= part*p.times[last] {
				return p.values[k][0]
			}
		}
		return p.values[last][0]
	}
	early, late, final := when(0.25), when(0.5), p.values[last][0]
	moved := math.Abs(final - late)
	if math.IsNaN(final) || math.IsNaN(early) || math.IsNaN(late) {
		return false
	}
	switch {
	case s.Kind == script.Converges:
		out.slack = 1 / (1 + moved)
		out.suspect = p.scale >= huge && !p.ended || moved > float64(0.7*math.Abs(late-early))+noise(1+math.Abs(final), 0)
	case s.Sign != 0:
		way := float64(s.Sign)
		out.slack = math.Atan(way * (final - late))
		out.suspect = way*(final-late) <= 1e-3*(1+math.Abs(final)) && !(way*final >= huge)
	default:
		want := v.constant(s.Y[0])
		if math.IsNaN(want) {
			return false
		}
		gap := math.Abs(final - want)
		out.slack = 1 / (1 + gap)
		out.suspect = gap > 1e-6*(1+math.Abs(want)) && (moved < 0.1*gap || p.scale >= huge)
	}
	return true
}
