package prove

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"muflow/graph"
	"muflow/internal/reduced"
	"muflow/internal/runlog"
	"muflow/ode"
	"muflow/ode/ball"
	"muflow/theory"
)

// The claims of this file are about one instance under Coconut-BFS with a logit of
// its own for every vertex. With θ = αsμ and p the softmax over S = N_{c+1},
//
//	θ_u' = (αs)² (n_out/Z) m_u,  m_u = Pr_S(u→v)
//
// so that in another time θ' = m: source sets of vertices compete. theory.md section 7c.

// ownSpread is A4-bfs: theory.md section 7c.
var ownSpread = &Claim{
	ID: "A4-bfs", Theorem: "Theorem 1(a)",
	Statement:   "The premise of T1a, with a logit of its own for every vertex: under the Coconut-BFS loss and from any start μ_u(t) increases for ever for every u in N_c with an edge, the others stay, at least one tends to +∞, and the loss to 0.",
	LaTeX:       `\mu_u'(t) > 0 \text{ for all } t \ge 0,\ u \in \mathcal{N}_c \text{ with an edge},\quad \max_u \mu_u(t) \to \infty,\quad \ell(t) \to 0`,
	Assumptions: ownLogits("A11"),
	Proof:       "μ_u' = αs(n_out/Z)·Pr(u→v) under the softmax over N_{c+1}, which holds all that u leads to; if all were bounded, their sum would have a speed above a positive constant",
	Command:     "verify overlap --parametrization vertex --loss bfs",
	Unit:        OnStep, Losses: bfsOnly, Drops: "A4",
	Premise: sourcesAndOutside,
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		s, err := e.Input.Step(e.Step)
		if err != nil {
			return Result{}, err
		}
		return Result{Verdict: theory.Proved, Reason: fmt.Sprintf("%d logits increase, each with Pr(u→v) > 0", len(theory.Sources(s)))}, nil
	},
}

// ownWinner is A4-bfs-winner: theory.md section 7c.
var ownWinner = &Claim{
	ID: "A4-bfs-winner", Theorem: "Theorem 1(a)",
	Statement:   "The premise of A4-bfs and μ(0) = 0, where at some time the vertices of N_{c+1} with one source set A outweigh all others in the softmax over N_{c+1}, P(|A| − |A∩φ_w|) > (1 − P)·max(0, max_{w'} |φ_w∩φ_w'| − |A∩φ_w'|) for every other source set φ_w: exactly the logits of A tend to +∞, each as log(t)/(αs|A|) + O(1), all others converge, and these vertices take the whole softmax.",
	LaTeX:       `u \in A \Longrightarrow \mu_u(t) = \frac{\log t}{\alpha s\,|A|} + O(1),\quad u \notin A \Longrightarrow \lim_{t\to\infty} \mu_u(t) < \infty,\quad \mathbb{P}_{\mathcal{N}_{c+1}}(\varphi_v = A) \to 1`,
	Assumptions: ownLogits("A5", "A11"),
	Proof:       "d log(p_w/P)/dτ = ⟨φ_w − A, m⟩ in the time of θ' = m is negative and stays so, as P rises: the others vanish exponentially; decided by integers and enclosures at the start, else at a time to which a flowpipe leads",
	Command:     "verify overlap --parametrization vertex --loss bfs",
	Unit:        OnStep, Losses: bfsOnly, Drops: "A4",
	Premise: sourcesAndOutside,
	Decide: func(ctx context.Context, e *Subject) (Result, error) {
		s, err := e.Input.Step(e.Step)
		if err != nil {
			return Result{}, err
		}
		w, err := WinnerOf(ctx, s, e.Alpha)
		if err != nil {
			return Result{}, err
		}
		return Result{Verdict: theory.Proved, Reason: w.String(), Values: map[string]Number{"winners": Exact(big.NewRat(int64(len(w.Sources)), 1), e.Digits)}}, nil
	},
}

// sourcesAndOutside is the premise of T1a on a step.
func sourcesAndOutside(_ context.Context, e *Subject) (string, error) {
	s, err := e.Input.Step(e.Step)
	switch {
	case err != nil:
		return "", err
	case !slices.Contains(s.Next(), false):
		return "A11 fails: every vertex lies in N_{c+1}, the loss is 0", nil
	case len(theory.Sources(s)) == 0:
		return "A11 fails: no edge leaves N_c", nil
	}
	return "", nil
}

// A Winner is the source set of which the logits diverge under Coconut-BFS.
type Winner struct {
	Sources []int    // ascending
	Twins   int      // vertices with this source set
	After   *big.Rat // time of θ' = m at which it is proved to win, 0 at the start
}

// String says who wins.
func (w *Winner) String() string {
	return fmt.Sprintf("the logits of %v diverge, the sources of %d vertices, proved at τ = %s", w.Sources, w.Twins, w.After.RatString())
}

// WinnerOf proves which source set wins from μ(0) = 0 under Coconut-BFS, which needs a
// vertex outside N_{c+1} and an edge that leaves N_c. Its error is an UndecidedError
// where no set is proved to win in time, as where two are alike.
// theory.md section 7c.
func WinnerOf(ctx context.Context, s graph.Step, alpha *big.Rat) (*Winner, error) {
	c := newContest(s, alpha)
	state := make([]*ball.Ball, len(c.sources))
	for i := range state {
		state[i] = ball.New(contestPrecision)
	}
	total, length := new(big.Rat), big.NewRat(1, 1)
	for {
		if a := c.leader(state); a >= 0 {
			w := &Winner{Twins: c.kinds[a].count[0] + c.kinds[a].count[1], After: total}
			for _, i := range c.kinds[a].sources {
				w.Sources = append(w.Sources, c.sources[i])
			}
			return w, nil
		}
		if total.Cmp(big.NewRat(contestTime, 1)) >= 0 {
			return nil, &UndecidedError{fmt.Errorf("no source set is proved to win by τ = %s", total.RatString())}
		}
		pipe, err := ode.Sweep(ctx, c.system(), state, length, ode.FlowSettings{Settings: ode.Settings{Digits: contestDigits, Work: contestWork}}, nil)
		if err == nil {
			state, err = pipe.At(length)
		}
		if err != nil {
			return nil, undecidedUnless(ctx, err)
		}
		total.Add(total, length)
	}
}

// Bounds of the search for a winner.
const (
	contestPrecision = 96
	contestDigits    = 8
	contestTime      = 24
	contestWork      = 100_000_000
)

// A contest is the vertices of N_{c+1} by their source sets.
type contest struct {
	sources []int // the vertices with a logit
	sigma   *ode.Expr
	root    *ball.Ball // αs
	kinds   []sourceKind
}

// A sourceKind counts the vertices with one source set: outside N_c, and in it.
type sourceKind struct {
	sources []int // places, ascending
	count   [2]int
}

func newContest(s graph.Step, alpha *big.Rat) *contest {
	c := &contest{sources: theory.Sources(s)}
	set, next, k := s.Set(), s.Next(), 0
	for v, reached := range next {
		count(&k, set[v])
		if !reached {
			continue
		}
		var of []int
		for i, u := range c.sources {
			if s.Instance.Graph.HasEdge(u, v) {
				of = append(of, i)
			}
		}
		at := slices.IndexFunc(c.kinds, func(x sourceKind) bool { return slices.Equal(x.sources, of) })
		if at < 0 {
			at = len(c.kinds)
			c.kinds = append(c.kinds, sourceKind{sources: of})
		}
		in := 0
		count(&in, set[v])
		c.kinds[at].count[in]++
	}
	c.sigma = ode.Rational(alpha).Quo(ode.Integer(int64(k)).Sqrt())
	c.root = reduced.Sigma(alpha, k, contestPrecision)
	return c
}

// system is θ' = m.
func (c *contest) system() *ode.System {
	all, own := ode.Integer(0), make([]*ode.Expr, len(c.sources))
	carry := c.sigma.Exp()
	for i := range own {
		own[i] = ode.Integer(0)
	}
	for _, x := range c.kinds {
		w := ode.Integer(int64(x.count[0])).Add(carry.Scale(big.NewRat(int64(x.count[1]), 1)))
		if len(x.sources) > 0 {
			sum := ode.State(x.sources[0])
			for _, i := range x.sources[1:] {
				sum = sum.Add(ode.State(i))
			}
			w = w.Mul(sum.Exp())
		}
		all = all.Add(w)
		for _, i := range x.sources {
			own[i] = own[i].Add(w)
		}
	}
	over := ode.Integer(1).Quo(all)
	for i := range own {
		own[i] = own[i].Mul(over)
	}
	return &ode.System{Dimension: len(own), RightHandSide: own}
}

// leader returns the source set that is proved to win from a state, or −1.
func (c *contest) leader(state []*ball.Ball) int {
	number := func() *ball.Ball { return ball.New(contestPrecision) }
	all, weights := number(), make([]*ball.Ball, len(c.kinds))
	for i, x := range c.kinds {
		w := number()
		for _, u := range x.sources {
			w.Add(w, state[u])
		}
		in := number().Exp(c.root)
		in.AddInt64(in.MulInt64(in, int64(x.count[1])), int64(x.count[0]))
		weights[i] = w.Mul(w.Exp(w), in)
		all.Add(all, w)
	}
	return slices.IndexFunc(c.kinds, func(a sourceKind) bool {
		at := slices.IndexFunc(c.kinds, func(x sourceKind) bool { return slices.Equal(x.sources, a.sources) })
		rest := number()
		for i, w := range weights {
			if i != at {
				rest.Add(rest, w)
			}
		}
		for i, w := range c.kinds {
			if i == at {
				continue
			}
			away, gain := len(a.sources)-sharedSources(a.sources, w.sources), 0
			for j, x := range c.kinds {
				if j != at {
					gain = max(gain, sharedSources(w.sources, x.sources)-sharedSources(a.sources, x.sources))
				}
			}
			room := number().MulInt64(weights[at], int64(away))
			if sign, known := room.Sub(room, number().MulInt64(rest, int64(gain))).Sign(); !known || sign <= 0 {
				return false
			}
		}
		return len(a.sources) > 0
	})
}

// sharedSources counts the numbers in both ascending lists.
func sharedSources(a, b []int) (n int) {
	for _, x := range a {
		count(&n, slices.Contains(b, x))
	}
	return n
}

// Contests says what becomes of the logits of all vertices under Coconut-BFS from 0, at
// one step of every instance that has it and meets the premise of T1a.
type Contests struct {
	Instances int               `json:"instances"`
	Winners   map[int]int       `json:"winners"` // instances by the number of logits that diverge
	Open      int               `json:"open"`    // where no source set is proved to win
	Decisions []ContestDecision `json:"decisions"`
}

// A ContestDecision is the end of one instance.
type ContestDecision struct {
	Instance int   `json:"instance"`
	Sources  []int `json:"sources,omitempty"` // of which the logits diverge; none: open
	Twins    int   `json:"twins,omitempty"`   // vertices with these sources
}

// ContestsOf decides A4-bfs-winner for every instance that has a step.
func ContestsOf(ctx context.Context, instances []graph.Instance, step int, alpha *big.Rat, jobs int, progress runlog.Progress) (*Contests, error) {
	out := &Contests{Winners: map[int]int{}}
	var steps []graph.Step
	for i, s := range graph.StepsOf(instances, step) {
		if slices.Contains(s.Next(), false) && len(theory.Sources(s)) > 0 {
			steps, out.Decisions = append(steps, s), append(out.Decisions, ContestDecision{Instance: i})
		}
	}
	out.Instances = len(steps)
	winners, err := runlog.Map(ctx, len(steps), jobs, progress, func(ctx context.Context, i int) (*Winner, error) {
		w, err := WinnerOf(ctx, steps[i], alpha)
		if open := (*UndecidedError)(nil); errors.As(err, &open) {
			return nil, nil
		}
		return w, err
	})
	if err != nil {
		return nil, err
	}
	for i, w := range winners {
		if w == nil {
			out.Open++
			continue
		}
		out.Decisions[i].Sources, out.Decisions[i].Twins = w.Sources, w.Twins
		out.Winners[len(w.Sources)]++
	}
	return out, nil
}
