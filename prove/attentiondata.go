package prove

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/theory"
)

// An AttentionQuestion says what of softmax attention is decided.
type AttentionQuestion struct {
	Step  int         // c, below 0: every one
	Loss  theory.Loss // Coconut or Coconut-BFS
	Label graph.Law   // of the Coconut labels; steps without one do not count under Coconut
	Alpha *big.Rat    // α
	Gain  *big.Rat    // g
	Logit *big.Rat    // μ of the walk weights of thoughts, nil: uniform weights
}

// An AttentionCount counts where the logits of a data set go, one instance at
// a time.
type AttentionCount struct {
	Instances  int `json:"instances"` // instances whose demonstrated path has the step; pairs of both for every step
	Upward     int `json:"upward"`    // z → +∞
	Downward   int `json:"downward"`  // z → −∞
	Finite     int `json:"finite"`
	Stationary int `json:"stationary"` // z' = 0 everywhere: no edge, every edge, a constant h, no vertex outside N_{c+1}
	Undecided  int `json:"undecided,omitempty"`
	Several    int `json:"several,omitempty"` // with more than one equilibrium
}

// An AttentionDecision is the limit of one instance.
type AttentionDecision struct {
	Instance   int                `json:"instance"`
	Step       int                `json:"step"`
	Limit      theory.Limit       `json:"status"`
	Leaving    int                `json:"sign_at_one"`  // of E_S[h] − E_{w=1}[h]; with walk weights of μ' near +∞
	Others     int                `json:"sign_at_zero"` // of E_S[h] − E_{w=0}[h]; with walk weights of μ' near −∞
	Logit      *Number            `json:"z,omitempty"`  // its limit
	Mu         *Number            `json:"mu,omitempty"` // that of μ, with walk weights
	Equilibria []EquilibriumEntry `json:"equilibria,omitempty"`
	Pace       *PaceEntry         `json:"pace,omitempty"`
	Reason     string             `json:"reason,omitempty"` // why it is undecided
}

// An EquilibriumEntry is an AttentionEquilibrium in digits.
type EquilibriumEntry struct {
	Logit  *Number `json:"z,omitempty"`
	Mu     *Number `json:"mu,omitempty"` // of a shared logit and with walk weights
	Stable bool    `json:"stable"`
}

// A PaceEntry is an AttentionPace in digits.
type PaceEntry struct {
	Power   int     `json:"power"`
	Low     *Number `json:"b_lo,omitempty"`
	High    *Number `json:"b_hi,omitempty"`
	Level   *Number `json:"level,omitempty"`
	Rate    *Number `json:"rate,omitempty"`
	LogLow  *Number `json:"log_b_lo,omitempty"` // natural logarithms of those that decimals do not reach
	LogHigh *Number `json:"log_b_hi,omitempty"`
	LogRate *Number `json:"log_rate,omitempty"`
}

// attentionDigits is how many digits of a logit are printed, attentionZeros how many
// of the weight w at an equilibrium are enclosed for that.
var (
	attentionDigits = int(math.Floor(44 * math.Log10(2)))
	attentionZeros  = 2 * attentionDigits
)

// write puts a limit into digits.
func (d *AttentionDecision) write(limit *AttentionLimit) {
	d.Limit, d.Leaving, d.Others = limit.Limit, limit.Leaving, limit.Others
	if limit.Logit != nil {
		d.Logit = new(Enclose(limit.Logit, attentionDigits))
	}
	for _, e := range limit.Equilibria {
		d.Equilibria = append(d.Equilibria, EquilibriumEntry{Logit: new(Enclose(e.Logit, attentionDigits)), Stable: e.Stable})
	}
	p := limit.Pace
	if p == nil {
		return
	}
	d.Pace = &PaceEntry{Power: p.Power}
	high := "b_hi"
	if p.Power == 0 {
		high = ""
	} else {
		d.Pace.Level = new(Enclose(p.Level, attentionDigits))
	}
	for name, n := range p.numbers(map[bool]string{true: "rate", false: "b_lo"}[p.Power == 0], high, attentionDigits) {
		*map[string]**Number{"b_lo": &d.Pace.Low, "b_hi": &d.Pace.High, "rate": &d.Pace.Rate,
			"log_b_lo": &d.Pace.LogLow, "log_b_hi": &d.Pace.LogHigh, "log_rate": &d.Pace.LogRate}[name] = &n
	}
}

// decide decides one step.
func (d *AttentionDecision) decide(ctx context.Context, s graph.Step, q *AttentionQuestion) error {
	if q.Logit == nil {
		limit, err := DecideAttention(ctx, theory.AttentionOf(s), q.Loss, q.Alpha, q.Gain)
		if err == nil {
			d.write(limit)
		}
		return err
	}
	limit, err := DecideWeightedAttention(ctx, s, q.Loss, q.Alpha, q.Gain, q.Logit, attentionDigits)
	if limit == nil {
		return err
	}
	d.Limit, d.Leaving, d.Others = limit.Limit, limit.Above, limit.Below
	d.Mu, d.Equilibria = limit.Entries(attentionDigits)
	return err
}

// AttentionDataset decides steps of every instance that has them, in their
// order whatever the number of jobs.
func AttentionDataset(ctx context.Context, instances []graph.Instance, q AttentionQuestion, jobs int, progress runlog.Progress) (*AttentionCount, []AttentionDecision, error) {
	law := q.Label
	if q.Loss == theory.CoconutBFS {
		law = graph.PathLaw
	}
	var steps []graph.Step
	var decisions []AttentionDecision
	for i, s := range law.StepsOf(instances, q.Step) {
		steps = append(steps, s)
		decisions = append(decisions, AttentionDecision{Instance: i, Step: s.C})
	}
	if len(steps) == 0 {
		return nil, nil, fmt.Errorf("no instance has step %d with a label of the law %v", q.Step, law)
	}
	decisions, err := runlog.Map(ctx, len(steps), jobs, progress, func(ctx context.Context, i int) (AttentionDecision, error) {
		d := decisions[i]
		err := d.decide(ctx, steps[i], &q)
		if open := (*UndecidedError)(nil); errors.As(err, &open) {
			d.Reason = err.Error()
			return d, nil
		}
		if err != nil {
			return d, fmt.Errorf("instance %d, step %d: %w", d.Instance, d.Step, err)
		}
		return d, nil
	})
	if err != nil {
		return nil, nil, err
	}
	total := &AttentionCount{Instances: len(steps)}
	for _, d := range decisions {
		count(&total.Upward, d.Limit == theory.PlusInfinity)
		count(&total.Downward, d.Limit == theory.MinusInfinity)
		count(&total.Finite, d.Limit == theory.FiniteLimit)
		count(&total.Stationary, d.Limit == theory.Stationary)
		count(&total.Undecided, d.Limit == theory.UnknownLimit)
		count(&total.Several, len(d.Equilibria) > 1)
	}
	return total, decisions, nil
}
