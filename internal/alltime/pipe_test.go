package alltime

import (
	"context"
	"math/big"
	"testing"

	"muflow/ode"
)

// TestLongPipes holds what flowpipes that are gone through step by step show
// against those that are kept: x” = −x from (1, 0), and from a box.
func TestLongPipes(t *testing.T) {
	x, y, time, one := ode.State(0), ode.State(1), ode.State(2), ode.Integer(1)
	energy := x.Mul(x).Add(y.Mul(y))
	system, memory := []*ode.Expr{y, x.Neg(), one}, NewMemory()
	for _, c := range []struct {
		name     string
		start    Start
		until    int64
		short    bool
		g        *ode.Expr
		want     sign
		expected bool
	}{
		{"bounded", point(1, 1), 10, true, num(6, 5).Sub(x), isPositive, true},
		{"energy for long", point(1, 1), 500, false, energy.Sub(num(1, 2)), isPositive, true},
		{"an equality at the start", point(1, 1), 2, true, time.Add(one).Sub(x), isNonNegative, true},
		{"a claim about t, for long", point(1, 1), 500, false, time.Add(one).Sub(x), isNonNegative, true},
		{"false", point(1, 1), 10, true, x.Add(num(1, 2)), isPositive, false},
		{"false for long", point(1, 1), 500, false, x.Add(num(1, 2)), isPositive, false},
		{"false in the end", point(1, 1), 500, false, num(499, 1).Sub(time), isPositive, false},
		{"a box", between4(9, 10, 11, 10), 10, true, num(6, 5).Sub(x), isPositive, true},
	} {
		problem := flowOf(system, c.start, point(0, 1), point(0, 1))
		problem.Memory = memory
		f, exprs, err := problem.restrict(c.g, x, y, time)
		if err != nil {
			t.Fatal(err)
		}
		p, err := f.follow(context.Background(), big.NewRat(c.until, 1))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if (p.short != nil) != c.short {
			t.Errorf("%s: kept %v", c.name, p.short != nil)
		}
		ok, at := p.shows(context.Background(), exprs[0], c.want)
		if ok != c.expected {
			t.Errorf("%s: %v at %v", c.name, ok, at)
		}
		if !c.short {
			continue
		}
		swept := *p
		swept.short = nil
		if again, left := swept.shows(context.Background(), exprs[0], c.want); again != ok {
			t.Errorf("%s: %v step by step at %v, kept %v at %v", c.name, again, left, ok, at)
		}
		whole, err := p.over(context.Background())
		steps, also := swept.over(context.Background())
		if err != nil || also != nil {
			t.Errorf("%s: %v, %v", c.name, err, also)
			continue
		}
		for i := range whole {
			if whole[i].disjoint(steps[i]) || !steps[i].contains(f.start[i]) && f.kinds[i] == dynamic {
				t.Errorf("%s: unknown %d in %v, step by step in %v", c.name, i, whole[i], steps[i])
			}
		}
	}
}
