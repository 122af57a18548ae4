package prove

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"

	"muflow/graph"
	"muflow/internal/portable"
	"muflow/internal/runlog"
	"muflow/ode/ball"
	"muflow/theory"
)

// An OvershootRequest says what OvershootDataset decides.
type OvershootRequest struct {
	Step   int
	Label  graph.Law
	Alpha  *big.Rat // readout gain
	Gain   *big.Rat // g(0)
	Rate   *big.Rat // ρ, rate of g over that of z
	Uneven *big.Rat // ε ≥ 0
	Seed   uint64   // of the deviations η_e
	Shared bool     // one flow of all instances, otherwise one of each
}

// deviationUnit is one over the unit in which deviations η_e are rounded, so that
// they are numbers of a theorem.
const deviationUnit = 1000

// UnevenSteps returns the step of each instance that has it, with the logits
// 1 + εη_e: η_e is normal, drawn by seed and place of the instance, and rounded
// to a thousandth.
func (r *OvershootRequest) UnevenSteps(instances []graph.Instance) (steps []*theory.Uneven, places []int, err error) {
	for i, s := range r.Label.StepsOf(instances, r.Step) {
		var deviations []*big.Rat
		if r.Uneven.Sign() != 0 {
			rng := rand.New(rand.NewPCG(r.Seed, uint64(i)))
			for range theory.LeavingEdges(s) {
				q := big.NewRat(int64(math.Round(deviationUnit*portable.Normal(rng))), deviationUnit)
				deviations = append(deviations, q.Mul(q, r.Uneven))
			}
		}
		u, err := theory.UnevenOf(s, deviations)
		if err != nil {
			return nil, nil, fmt.Errorf("instance %d: %w", i, err)
		}
		steps, places = append(steps, u), append(places, i)
	}
	if len(steps) == 0 {
		return nil, nil, fmt.Errorf("no instance has step %d", r.Step)
	}
	return steps, places, nil
}

// A PlanarPoint is a point of the plane of μ and g.
type PlanarPoint struct {
	Time *Number `json:"t,omitempty"`
	Mu   Number  `json:"mu"`
	Gain Number  `json:"g"`
}

func pointOf(x [2]*ball.Ball, digits int) *PlanarPoint {
	if x[0] == nil {
		return nil
	}
	return &PlanarPoint{Mu: Enclose(x[0], digits), Gain: Enclose(x[1], digits)}
}

// An OvershootDecision is what was decided of one flow.
type OvershootDecision struct {
	Instance *int         `json:"instance,omitempty"` // none of a shared flow
	Turning  Turning      `json:"status"`
	Rises    bool         `json:"rises"`           // μ' > 0 at the start
	Changes  int          `json:"changes"`         // of the sign of μ'
	Turn     *PlanarPoint `json:"turn,omitempty"`  // where it does first
	Later    []Number     `json:"later,omitempty"` // times of the other turns
	End      *PlanarPoint `json:"end,omitempty"`   // to which the flow tends
	Until    string       `json:"until"`           // time from which a trap takes over, or until which this is proved
	Last     *PlanarPoint `json:"last,omitempty"`  // at that time
	Signs    [2]int       `json:"signs"`           // of μ' and g' then, and after it if there is an end
	Price    int          `json:"price"`           // sign of dμ*/dg at the end
	Steps    int          `json:"steps"`
	Boxes    int          `json:"boxes"`
	Reason   string       `json:"reason,omitempty"`

	overshoot *Overshoot
}

// Overshoots reports whether μ rises to a peak, from which it falls.
func (d *OvershootDecision) Overshoots() bool { return d.Turning == TurnLogit && d.Rises }

// An OvershootCount counts the flows of a data set.
type OvershootCount struct {
	Flows      int `json:"flows"`
	Overshoot  int `json:"overshoot"`  // rise to a peak and fall from there
	Undershoot int `json:"undershoot"` // fall to a trough and rise from there
	Monotone   int `json:"monotone"`   // μ' keeps its sign, or is 0 for all t
	Several    int `json:"several"`    // μ' changes its sign more than once
	Undecided  int `json:"undecided"`
	ForAll     int `json:"for_all_times"` // of the decided ones, those with a proved end
}

// OvershootDataset decides how the logit of each instance goes to its end, or the
// one that they share. The results are the same for any number of jobs.
func OvershootDataset(ctx context.Context, instances []graph.Instance, r OvershootRequest, jobs int, progress runlog.Progress) (*OvershootCount, []OvershootDecision, error) {
	steps, places, err := r.UnevenSteps(instances)
	if err != nil {
		return nil, nil, err
	}
	flows := len(steps)
	if r.Shared {
		flows = 1
	}
	decisions, err := runlog.Map(ctx, flows, jobs, progress, func(ctx context.Context, i int) (OvershootDecision, error) {
		p := OvershootProblem{Steps: steps, Alpha: r.Alpha, Gain: r.Gain, Rate: r.Rate}
		var d OvershootDecision
		if !r.Shared {
			p.Steps, d.Instance = steps[i:i+1], &places[i]
		}
		o, err := DecideOvershoot(ctx, p)
		if open := (*UndecidedError)(nil); errors.As(err, &open) {
			d.Reason = open.Error()
			return d, nil
		} else if err != nil {
			return d, err
		}
		d.overshoot = o
		const digits = 9
		d.Turning, d.Rises, d.Changes, d.Signs, d.Price, d.Steps, d.Boxes, d.Reason = o.Turning, o.Rises, o.Changes, o.Signs, o.Price, o.Steps, o.Boxes, o.Reason
		d.Until, d.Turn, d.Last, d.End = o.From.RatString(), pointOf(o.Turn, digits), pointOf(o.Last, digits), pointOf(o.End, digits)
		if d.Turn != nil {
			t := Enclose(o.Time, digits)
			d.Turn.Time = &t
			for _, t := range o.Later {
				d.Later = append(d.Later, Enclose(t, digits))
			}
		}
		return d, nil
	})
	if err != nil {
		return nil, nil, err
	}
	total := &OvershootCount{Flows: flows}
	for _, d := range decisions {
		count(&total.Overshoot, d.Overshoots())
		count(&total.Undershoot, d.Turning == TurnLogit && !d.Rises)
		count(&total.Monotone, d.Turning == TurnNone || d.Turning == TurnStill)
		count(&total.Several, d.Turning == TurnAgain)
		count(&total.Undecided, d.Turning == TurnUndecided)
		count(&total.ForAll, d.Turning != TurnUndecided && d.End != nil || d.Turning == TurnStill)
	}
	return total, decisions, nil
}

// Scope returns the scope of the certificates of a request: those of A6-overshoot, with even
// logits and a flow of each instance. The checker counts g in units of 2^−80, up to 2^48.
func (r *OvershootRequest) Scope() (Scope, error) {
	switch {
	case r.Uneven.Sign() != 0:
		return Scope{}, errors.New("turns of uneven logits have no certificates")
	case r.Shared:
		return Scope{}, errors.New("turns of a shared flow have no certificates")
	case !fitsTurn(r.Gain):
		return Scope{}, fmt.Errorf("turns from g(0) = %s have no certificates, expected a fraction over a power of 2 up to 2^80, below 2^47", r.Gain.RatString())
	}
	return Scope{Claims: []string{overshoots.ID}, Step: r.Step, Alpha: r.Alpha, Label: r.Label, Trained: &TrainedGain{r.Gain, r.Rate}}, nil
}

func fitsTurn(gain *big.Rat) bool {
	d := gain.Denom()
	return d.BitLen() <= 81 && int(d.TrailingZeroBits()) == d.BitLen()-1 && gain.Cmp(big.NewRat(1<<47, 1)) < 0
}

// Certify returns the decided turns with an end as results of A6-overshoot, with their certificates
// where one is found.
func (r *OvershootRequest) Certify(ctx context.Context, instances []graph.Instance, decisions []OvershootDecision, jobs int, progress runlog.Progress) ([]Result, error) {
	turns := slices.DeleteFunc(slices.Clone(decisions), func(d OvershootDecision) bool { return !d.Overshoots() || d.End == nil })
	return runlog.Map(ctx, len(turns), jobs, progress, func(ctx context.Context, i int) (Result, error) {
		at := *turns[i].Instance
		e := &Subject{Where: Where{Place(at), r.Step}, Input: &instances[at], Alpha: r.Alpha, Label: r.Label, Trained: TrainedGain{r.Gain, r.Rate}}
		e.kept.turning = lazy[*turningUnit]{known: true, value: turningOf(turns[i].overshoot)}
		c, err := overshoots.certify(ctx, e)
		if err != nil { // WriteCertificates says which
			c = nil
		}
		return Result{Claim: overshoots.ID, Where: e.Where, Verdict: theory.Proved, Certificate: c}, ctx.Err()
	})
}
