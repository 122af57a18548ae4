package alltime

import (
	"context"
	"fmt"
	"math/big"
	"strings"

	"muflow/ode"
)

// A tail is a proof of what all solutions do: a flowpipe on [0, T] into the ball
// of a contraction, where they stay within a radius.
type tail struct {
	*contraction
	pipe   *pipe      // nil if T = 0
	time   *big.Rat   // T
	radius *big.Float // at all t ≥ T, at least δ/λ
}

// settle proves that all solutions enter a contraction, once for all statements
// about the flow.
func (f *flow) settle(ctx context.Context) (*tail, error) {
	found := recall(ctx, f.memory, f, "tail", func() settled {
		t, err := f.settleOnce(ctx)
		return settled{t, err}
	})
	if found.err != nil {
		return nil, found.err
	}
	t, c := *found.tail, *found.tail.contraction
	c.flow, t.contraction = f, &c
	return &t, nil
}

type settled struct {
	tail *tail // not to be changed
	err  error
}

func (f *flow) settleOnce(ctx context.Context) (*tail, error) {
	for _, i := range f.of(dynamic) {
		for _, k := range unknownsOf(f.rhs[i]) {
			if f.kinds[k] == clock {
				return nil, fmt.Errorf("the right-hand side of %s contains t; a contraction that holds at all times would settle it", f.names[i])
			}
		}
	}
	center, path, err := f.equilibrium(ctx)
	if err != nil {
		return nil, err
	}
	c, err := f.about(center)
	if err != nil {
		return nil, err
	}
	first := norm(c.away(f.start))
	grown := upper().Mul(first, new(big.Float).SetFloat64(1.0001))
	if least := upper().Mul(c.residual, new(big.Float).SetFloat64(4/-c.slowest)); grown.Cmp(least) < 0 {
		grown = least
	}
	if tiny := new(big.Float).SetMantExp(big.NewFloat(1), -40); grown.Cmp(tiny) < 0 {
		grown = tiny
	}
	if !c.largest(grown) {
		return nil, fmt.Errorf("no ball about the equilibrium %s is shown to contract; smaller intervals for parameters may settle it", c.point(c.center))
	}
	t := &tail{contraction: c, time: new(big.Rat)}
	if first.Cmp(c.contraction().radius) <= 0 {
		t.radius = first
		t.radius = c.atLeast(t.radius)
		return t, nil
	}
	for until := c.arrival(path); ; until = new(big.Rat).Mul(until, big.NewRat(3, 2)) {
		if until.Cmp(f.effort.Horizon) > 0 {
			return nil, fmt.Errorf("the solutions are not shown to come within %s of the equilibrium %s up to t = %s", short(c.radius), c.point(c.center), f.effort.Horizon.RatString())
		}
		if err := t.follow(ctx, until); err != nil {
			return nil, err
		}
		if t.radius.Cmp(c.radius) <= 0 {
			return t, nil
		}
	}
}

func (c *contraction) contraction() *contraction { return c }

// atLeast is a radius that is never left.
func (c *contraction) atLeast(radius *big.Float) *big.Float {
	if least := c.least(); radius.Cmp(least) < 0 {
		return least
	}
	return radius
}

// arrival guesses when a path comes well inside the ball.
func (c *contraction) arrival(path *ode.Path) *big.Rat {
	end := path.Until()
	half := new(big.Float).Mul(c.radius, new(big.Float).SetFloat64(0.7))
	inside := func(t *big.Rat) bool {
		x, err := path.At(t)
		if err != nil {
			return false
		}
		box := c.flow.middle()
		for _, i := range c.moving {
			box[i] = number(x[i])
		}
		return norm(c.away(box)).Cmp(half) <= 0
	}
	if !inside(end) {
		return end
	}
	low, high := new(big.Rat), end
	for range 12 {
		m := new(big.Rat).Add(low, high)
		m.Quo(m, big.NewRat(2, 1))
		if inside(m) {
			high = m
		} else {
			low = m
		}
	}
	return high
}

// follow makes the flowpipe up to a time, and the radius there.
func (t *tail) follow(ctx context.Context, until *big.Rat) error {
	pipe, err := t.flow.follow(ctx, until)
	if err != nil {
		return err
	}
	t.pipe, t.time = pipe, until
	t.radius = t.atLeast(norm(t.away(t.flow.enclosed(pipe.end, until, until))))
	return nil
}

// describe is the chain of the proof.
func (t *tail) describe() string {
	out := ""
	if t.pipe != nil {
		out = fmt.Sprintf("flowpipe to t = %s, then ", t.time.FloatString(2))
	}
	return out + fmt.Sprintf("the ball of radius %s about %s in the norm %s contracts at rate %s onto the equilibrium %s",
		short(t.contraction.radius), t.point(t.center), t.normText(), short(t.rate), t.equilibriumText())
}

func (t *tail) equilibriumText() string {
	box := t.limits()
	x := make([]interval, len(t.moving))
	for k, i := range t.moving {
		x[k] = box[i]
	}
	return t.point(x)
}

// normText writes W where it is small.
func (c *contraction) normText() string {
	n := len(c.w)
	diagonal, entries := true, []string{}
	for i := range n {
		for j := range n {
			if i != j && c.w[i][j].low.Sign() != 0 {
				diagonal = false
			}
		}
		entries = append(entries, c.w[i][i].low.Text('g', 3))
	}
	if diagonal {
		return "diag(" + strings.Join(entries, ", ") + ")"
	}
	if n > 3 {
		return fmt.Sprintf("of a %d×%d matrix", n, n)
	}
	rows := make([]string, n)
	for i := range n {
		row := make([]string, n)
		for j := range n {
			row[j] = c.w[i][j].low.Text('g', 3)
		}
		rows[i] = strings.Join(row, ", ")
	}
	return "of [" + strings.Join(rows, "; ") + "]"
}
