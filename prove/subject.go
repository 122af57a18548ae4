package prove

import (
	"context"
	"math/big"

	"muflow/graph"
	"muflow/ode/ball"
	"muflow/theory"
	"muflow/theory/cert"
)

// A Subject is what claims are decided on, with what they work out of it: that
// is kept, so that the claims about one unit share it. It is for one goroutine.
type Subject struct {
	Where
	Profile   *theory.Profile  // of a step
	Input     *graph.Instance  // the instance of a step, or after Step thoughts
	Instances []graph.Instance // of a population, after Step thoughts
	Alpha     *big.Rat         // α
	Logit     *big.Rat         // μ of walk weights and of the spread
	Gain      *big.Rat         // g of softmax attention
	Start     *big.Rat         // μ(0), nil: 0
	Carry     CarryOver        // where that is trained
	Trained   TrainedGain      // of claims of Overshooting
	Label     graph.Law        // of the labels of steps
	Unlabeled bool             // the law leaves the step without a label, and the profile is that of PathLaw
	Digits    int
	Brief     bool // see Selection

	key  string // of the profile in a Known, "" if it is not kept there
	kept kept
	hops *lengths // shared by the steps of an instance
}

// kept is what was worked out.
type kept struct {
	rates   map[paceAt]rates
	early   [2]lazy[*Flow] // by loss
	bounded lazy[*Equilibrium]
	start   lazy[int]
	mu      *ball.Ball // μ*, to the precision asked for so far
	valley  *ball.Ball // Var(d) near its least value on the path to μ*
	walk    lazy[*walkUnit]
	stages  [2]lazy[*stage]
	cohorts [2]lazy[*Cohort]

	softmax [2]lazy[*softmaxUnit] // by loss
	outward lazy[[2]int]

	checker *cert.Checker

	separatrix lazy[*ball.Ball] // ω* of a trained carry-over
	turning    lazy[*turningUnit]
}

// A lazy value is worked out when it is first asked for.
type lazy[T any] struct {
	known bool
	value T
	err   error
}

func (l *lazy[T]) get(work func() (T, error)) (T, error) {
	if !l.known {
		l.value, l.err = work()
		l.known = true
	}
	return l.value, l.err
}

// paceAt is a pace from a start with a precision.
type paceAt struct {
	pace      *pace
	start     *big.Rat
	precision uint
}

// rates encloses the constants of the two bounds of a pace from μ(0) = 0.
func (e *Subject) rates(x *pace, precision uint) rates { return e.ratesFrom(x, nil, precision) }

// ratesFrom encloses those from a start.
func (e *Subject) ratesFrom(x *pace, start *big.Rat, precision uint) rates {
	if e.kept.rates == nil {
		e.kept.rates = map[paceAt]rates{}
	}
	at := paceAt{x, start, precision}
	r, ok := e.kept.rates[at]
	if !ok {
		r = x.constants(e.Profile, e.Alpha, start, precision)
		e.kept.rates[at] = r
	}
	return r
}

// bounded encloses the equilibrium; the error is an UndecidedError.
func (e *Subject) bounded(ctx context.Context) (*Equilibrium, error) {
	return e.kept.bounded.get(func() (*Equilibrium, error) {
		equilibrium, err := EquilibriumOf(ctx, e.Profile, e.Alpha, e.Digits)
		if err != nil {
			return nil, &UndecidedError{err}
		}
		e.kept.mu = equilibrium.Mu
		return equilibrium, nil
	})
}

// start is the sign of d* − F(0); the error is an UndecidedError.
func (e *Subject) start() (int, error) {
	return e.kept.start.get(func() (int, error) {
		sign, err := StartSign(e.Profile, e.Alpha)
		if err != nil {
			err = &UndecidedError{err}
		}
		return sign, err
	})
}

// equilibrium encloses μ* to an absolute error below about 2^−bits.
func (e *Subject) equilibrium(ctx context.Context, bits uint) (*ball.Ball, error) {
	fine := func(mu *ball.Ball) bool {
		return mu != nil && (mu.IsExact() || mu.Radius().Cmp(new(big.Float).SetMantExp(big.NewFloat(1), -int(bits))) <= 0)
	}
	for digits := int(bits)/3 + 5; !fine(e.kept.mu); digits *= 2 {
		equilibrium, err := EquilibriumOf(ctx, e.Profile, e.Alpha, digits)
		if err != nil {
			return nil, err
		}
		e.kept.mu = equilibrium.Mu
	}
	return e.kept.mu, nil
}

// walks are the kinds of weights of thoughts: uniform ones, and those of walks
// with equal logits. The prefix is that of their values.
var walks = [2]string{"", "walk_"}

// weights returns the logit behind a kind of weights, nil for uniform ones.
func (e *Subject) weights(kind int) *big.Rat {
	if kind == 0 {
		return nil
	}
	return e.Logit
}

// A stage is the prediction stage of one instance.
type stage struct {
	prediction *theory.Prediction
	limit      *theory.AnswerLimit
	bounds     *AnswerBounds
}

// stage works out the prediction stage for one kind of weights.
func (e *Subject) stage(kind int) (*stage, error) {
	return e.kept.stages[kind].get(func() (*stage, error) {
		p, err := theory.PredictionOf(e.Input, e.Step, walkLogits(e.Step, e.weights(kind)))
		if err != nil {
			return nil, err
		}
		limit, err := theory.AnswerLimitOf([]*theory.Prediction{p})
		if err != nil {
			return nil, err
		}
		if _, err := programme(p, limit); err != nil {
			return nil, err
		}
		bounds, err := BoundAnswer([]*theory.Prediction{p}, limit, answerPrecision)
		return &stage{p, limit, bounds}, err
	})
}

// cohort collects the instances of a population.
func (e *Subject) cohort(kind int) (*Cohort, error) {
	return e.kept.cohorts[kind].get(func() (*Cohort, error) { return CohortOf(e.Instances, e.Step, e.weights(kind)) })
}
