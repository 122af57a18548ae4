package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/theory"
)

// A LimitRow counts where the logits of instance-steps go, one at a time, under
// one attention, weight of thoughts, loss and label law. Undecided ones have
// neither a proved limit nor a proof that nothing moves.
type LimitRow struct {
	Attention string     `json:"attention"`       // linear or softmax
	Logit     string     `json:"logit,omitempty"` // of walk weights; none: uniform weights
	Gain      string     `json:"gain,omitempty"`  // value gain of softmax attention
	Loss      string     `json:"loss"`
	Label     *graph.Law `json:"label,omitempty"` // of Coconut
	Steps     int        `json:"steps"`           // instance-steps with a label
	Upward    int        `json:"upward"`          // → +∞
	Downward  int        `json:"downward"`        // → −∞
	Finite    int        `json:"finite"`
	Still     int        `json:"stationary"`
	Undecided int        `json:"undecided"`

	decide func(context.Context, graph.Step) (theory.Limit, error)
}

// Decided returns how many limits are proved.
func (r *LimitRow) Decided() int { return r.Steps - r.Undecided }

// add counts a limit.
func (r *LimitRow) add(l theory.Limit) {
	r.Steps++
	count(&r.Upward, l == theory.PlusInfinity)
	count(&r.Downward, l == theory.MinusInfinity)
	count(&r.Finite, l == theory.FiniteLimit)
	count(&r.Still, l == theory.Stationary)
	count(&r.Undecided, l == theory.UnknownLimit)
}

// A LimitTable decides limits under both losses and each label law: with linear
// attention and uniform weights, with walk weights of a logit, and with softmax
// attention at some value gains.
type LimitTable struct {
	Rows []LimitRow
}

// NewLimitTable returns the table without entries. The logit may be nil.
//
//	linear, uniform weights: signs of the coefficients of R, integers (section 2)
//	linear, walk weights:    d* among rational in-degrees (section 3)
//	softmax:                 signs of exponential sums (section 7a)
func NewLimitTable(alpha, logit *big.Rat, gains []*big.Rat) *LimitTable {
	out := &LimitTable{}
	add := func(r LimitRow, decide func(context.Context, graph.Step, theory.Loss) (theory.Limit, error)) {
		for i := -1; i < len(graph.Laws); i++ {
			row, loss := r, theory.CoconutBFS
			if i >= 0 {
				loss, row.Label = theory.Coconut, new(graph.Laws[i])
			}
			row.Loss = loss.String()
			row.decide = func(ctx context.Context, s graph.Step) (theory.Limit, error) { return decide(ctx, s, loss) }
			out.Rows = append(out.Rows, row)
		}
	}
	add(LimitRow{Attention: "linear"}, func(_ context.Context, s graph.Step, loss theory.Loss) (theory.Limit, error) {
		return theory.ProfileOf(s).Certify(loss).Limit(), nil
	})
	if logit != nil {
		add(LimitRow{Attention: "linear", Logit: logit.RatString()}, func(_ context.Context, s graph.Step, loss theory.Loss) (theory.Limit, error) {
			x, err := theory.WalkStepOf(s, walkLogits(s.C, logit))
			if err != nil {
				return theory.UnknownLimit, err
			}
			return x.Limit(loss), nil
		})
	}
	for _, gain := range gains {
		add(LimitRow{Attention: "softmax", Gain: gain.RatString()}, func(ctx context.Context, s graph.Step, loss theory.Loss) (theory.Limit, error) {
			x, err := attentionLimit(ctx, theory.AttentionOf(s), loss, alpha, gain, attentionZeros)
			if err != nil {
				return theory.UnknownLimit, err
			}
			return x.Limit, nil
		})
	}
	return out
}

// Add decides the steps of instances that have them, or step c of each if that
// is not below 0. A step without a label of a law does not count under it.
func (t *LimitTable) Add(ctx context.Context, instances []graph.Instance, c, jobs int, progress runlog.Progress) error {
	decided, err := runlog.Map(ctx, len(instances), jobs, progress, func(ctx context.Context, i int) ([][]*theory.Limit, error) {
		var out [][]*theory.Limit
		for _, c := range chosen(instances[i].Steps(), c) {
			limits, err := t.step(ctx, &instances[i], c)
			if err != nil {
				return nil, fmt.Errorf("instance %d, step %d: %w", i, c, err)
			}
			out = append(out, limits)
		}
		return out, nil
	})
	for _, steps := range decided {
		for _, limits := range steps {
			for k, l := range limits {
				if l != nil {
					t.Rows[k].add(*l)
				}
			}
		}
	}
	return err
}

// step decides one step, row by row: nil where it has no label.
func (t *LimitTable) step(ctx context.Context, in *graph.Instance, c int) ([]*theory.Limit, error) {
	out := make([]*theory.Limit, len(t.Rows))
	for k := range t.Rows {
		law := graph.PathLaw
		if t.Rows[k].Label != nil {
			law = *t.Rows[k].Label
		}
		s, err := law.Step(in, c)
		if errors.Is(err, graph.ErrNoLabel) {
			continue
		} else if err != nil {
			return nil, err
		}
		limit, err := t.Rows[k].decide(ctx, s)
		if err != nil && !errors.As(err, new(*UndecidedError)) {
			return nil, err
		}
		out[k] = &limit
	}
	return out, nil
}
