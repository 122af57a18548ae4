package prove

import (
	"context"
	"math/big"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theory"
)

// A flow too fast to be followed as far as others is decided for a shorter time, with the reason,
// and a plain integration until then sees the same signs.
func TestFastFlowsAreDecidedForSomeTime(t *testing.T) {
	all, err := graph.Suite(3, 3, graph.ProsQAShape, graph.GenerateProsQA)
	if err != nil {
		t.Fatal(err)
	}
	r := OvershootRequest{Uneven: new(big.Rat)}
	steps, _, err := r.UnevenSteps(all)
	if err != nil {
		t.Fatal(err)
	}
	if !*long.Tests {
		steps = steps[len(steps)-1:]
	}
	short := 0
	for _, u := range steps {
		p := OvershootProblem{Steps: []*theory.Uneven{u}, Alpha: big.NewRat(50, 1), Gain: big.NewRat(40, 1), Rate: big.NewRat(1, 1)}
		o, err := DecideOvershoot(context.Background(), p)
		if err != nil {
			if !strings.Contains(err.Error(), "stopped at t =") && !strings.Contains(err.Error(), "may both be 0") {
				t.Error(err)
			}
			continue
		}
		if o.From.Cmp(big.NewRat(64, 1)) >= 0 {
			continue
		}
		if short++; !strings.Contains(o.Reason, "stopped at t =") || o.From.Sign() <= 0 || o.End[0] != nil {
			t.Errorf("until %v: %q", o.From, o.Reason)
		}
		x := newPlanarFlow(p.Steps, p.Alpha, p.Rate)
		path, err := ode.Integrate(context.Background(), x.system(), (&overshootSearch{OvershootProblem: p}).start(), o.From, ode.Settings{Digits: 12})
		if err != nil {
			t.Fatal(err)
		}
		changes, last := 0, 0
		for i := range int64(200) {
			at, err := path.At(new(big.Rat).Mul(o.From, big.NewRat(i+1, 200)))
			if err != nil {
				t.Fatal(err)
			}
			f, err := ode.Evaluate(x.f, []*ball.Ball{ball.New(128).SetFloat(at[0]), ball.New(128).SetFloat(at[1])}, 128)
			if err != nil {
				t.Fatal(err)
			}
			side, _ := f.Sign()
			if last != 0 && side == -last {
				changes++
			} else if last == 0 && (side > 0) != o.Rises {
				t.Errorf("z' of sign %d at first, rises: %v", side, o.Rises)
			}
			last = side
		}
		if changes != o.Changes {
			t.Errorf("%d changes, %d by a plain integration", o.Changes, changes)
		}
	}
	if short == 0 {
		t.Error("no flow was cut short")
	}
}

// Only integrations that ended early are cut short, at powers of 2.
func TestWhatIsCutShort(t *testing.T) {
	early := &ode.StopError{Status: ode.BudgetExhausted, Time: big.NewRat(3, 8), Err: context.DeadlineExceeded}
	if stopped(early) == nil || stopped(errNoEnd) != nil || beyondFloat(early) {
		t.Error("kinds of errors")
	}
	for _, c := range [][2]*big.Rat{{big.NewRat(3, 8), big.NewRat(1, 4)}, {big.NewRat(1, 2), big.NewRat(1, 2)}, {big.NewRat(700, 1), big.NewRat(512, 1)}, {big.NewRat(1, 1_000_000), big.NewRat(1, 1<<20)}} {
		if got := powerBelow(c[0]); got.Cmp(c[1]) != 0 {
			t.Errorf("%v below %v", got, c[0])
		}
	}
}
