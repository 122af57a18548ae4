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
	"muflow/theory/cert"
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
	Premise:     sourcesAndOutside,
	Certificate: &CertificateForm{About: aboutContest},
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
	Statement:   "The premise of A4-bfs and μ(0) = 0. Vertices of N_{c+1} with as many sources in each class of an equitable partition of the sources are alike; let φ_v be the mean of their source sets. Where at some time alike vertices with the mean A and the part P of the softmax over N_{c+1} outweigh all others, P(|A|² − ⟨A,φ_w⟩) > Σ_x p_x·max(0, ⟨φ_w − A, φ_x⟩) over the others x for every other w: exactly the logits with A_u > 0 tend to +∞, each as A_u log(t)/(αs|A|²) + O(1), all others converge, and these vertices take the whole softmax. Without a symmetry A is the source set of one vertex.",
	LaTeX:       `A_u > 0 \Longrightarrow \mu_u(t) = \frac{A_u \log t}{\alpha s\,|A|^2} + O(1),\quad A_u = 0 \Longrightarrow \lim_{t\to\infty} \mu_u(t) < \infty,\quad \mathbb{P}_{\mathcal{N}_{c+1}}(\varphi_v = A) \to 1`,
	Assumptions: ownLogits("A5", "A11"),
	Proof:       "the logits of a class stay equal; d log(p_w/P)/dτ = ⟨φ_w − A, m⟩ in the time of θ' = m is negative and stays so, as all p_w/P fall: the others vanish exponentially; decided by integers and enclosures at the start, else at a time to which a flowpipe leads",
	Command:     "verify overlap --parametrization vertex --loss bfs",
	Unit:        OnStep, Losses: bfsOnly, Drops: "A4",
	Premise:     sourcesAndOutside,
	Certificate: &CertificateForm{About: aboutContest, Fill: fillWinner},
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

// aboutContest names the graph of a step, which has no label, its profile, and the gain.
func aboutContest(e *Subject, c *cert.Certificate) error {
	s, err := e.Input.Step(e.Step)
	if err == nil {
		(&Claim{Losses: bfsOnly}).aboutProfile(theory.ProfileOf(s), e.Alpha, c)
		c.Graph, _ = graphOf(e.Input, e.Step)
	}
	return err
}

// fillWinner adds a multiple of the mean of the source sets that win, by vertex, and a time
// after the start at which the checker sees them win.
func fillWinner(ctx context.Context, e *Subject, c *cert.Certificate) error {
	s, err := e.Input.Step(e.Step)
	if err != nil {
		return err
	}
	w, err := WinnerOf(ctx, s, e.Alpha)
	if err != nil {
		return err
	}
	c.Direction = slices.Repeat([]*big.Int{new(big.Int)}, e.Input.Graph.Order())
	for i, x := range theory.Primitive(w.Means) {
		c.Direction[w.Sources[i]] = x
	}
	for more := int64(0); w.After.Sign() > 0 && more < 4; more++ { // the bound of the checker is wider
		c.Exact = map[string]*big.Rat{"time": new(big.Rat).Add(w.After, big.NewRat(more*more, 2))}
		if e.accepts(*c) == nil {
			break
		}
	}
	return nil
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

// A Winner is what the sets of sources that win under Coconut-BFS have in common: one set,
// or as many as a symmetry of the step makes equal.
type Winner struct {
	Sources []int      // of which the logits diverge, ascending
	Means   []*big.Rat // A_u of each, 1 for one set
	Twins   int        // vertices that take the softmax
	After   *big.Rat   // time of θ' = m at which it is proved, 0 at the start
}

// String says who wins.
func (w *Winner) String() string {
	alike := ""
	if slices.ContainsFunc(w.Means, func(a *big.Rat) bool { return !a.IsInt() }) {
		alike = " in equal parts"
	}
	return fmt.Sprintf("the logits of %v diverge, the sources of %d vertices%s, proved at τ = %s", w.Sources, w.Twins, alike, w.After.RatString())
}

// WinnerOf proves which source sets win from μ(0) = 0 under Coconut-BFS, which needs a
// vertex outside N_{c+1} and an edge that leaves N_c. Its error is an UndecidedError
// where none is proved to win in time.
// theory.md section 7c.
func WinnerOf(ctx context.Context, s graph.Step, alpha *big.Rat) (*Winner, error) {
	c := newContest(s, alpha)
	state := make([]*ball.Ball, len(c.sizes))
	for i := range state {
		state[i] = ball.New(contestPrecision)
	}
	total, length := new(big.Rat), big.NewRat(1, 2)
	for {
		if a := c.leader(state); a >= 0 {
			return c.winner(&c.rivals[a], total), nil
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

// A contest is the vertices of N_{c+1} by how many sources of each class they have. The
// classes are the coarsest equitable partition: two sources of one lead to as many vertices
// with each such profile, in N_c and outside. So θ_u of a class stay equal.
type contest struct {
	sources []int // the vertices with a logit
	class   []int // of each
	sizes   []int // of each class
	sigma   *ode.Expr
	root    *ball.Ball // αs
	rivals  []rival
}

// A rival counts the vertices that are alike: outside N_c, and in it.
type rival struct {
	profile []int // sources of each class
	count   [2]int
	mutual  []*big.Rat // product of the mean source set with that of each rival
}

func newContest(s graph.Step, alpha *big.Rat) *contest {
	c := &contest{sources: theory.Sources(s)}
	set, next, k := s.Set(), s.Next(), 0
	of := make([][]int, len(next)) // places of the sources of each vertex
	for v := range next {
		count(&k, set[v])
		for i, u := range c.sources {
			if s.Instance.Graph.HasEdge(u, v) {
				of[v] = append(of[v], i)
			}
		}
	}
	c.class, c.sizes = make([]int, len(c.sources)), []int{len(c.sources)}
	for classes := 0; classes < len(c.sizes); {
		classes = len(c.sizes)
		c.refine(set, of)
	}
	for v, reached := range next {
		if !reached {
			continue
		}
		profile := c.profile(of[v])
		at := slices.IndexFunc(c.rivals, func(x rival) bool { return slices.Equal(x.profile, profile) })
		if at < 0 {
			at = len(c.rivals)
			c.rivals = append(c.rivals, rival{profile: profile})
		}
		in := 0
		count(&in, set[v])
		c.rivals[at].count[in]++
	}
	for i, x := range c.rivals {
		for _, y := range c.rivals {
			sum := new(big.Rat)
			for j, n := range c.sizes {
				sum.Add(sum, big.NewRat(int64(x.profile[j]*y.profile[j]), int64(n)))
			}
			c.rivals[i].mutual = append(c.rivals[i].mutual, sum)
		}
	}
	c.sigma = ode.Rational(alpha).Quo(ode.Integer(int64(k)).Sqrt())
	c.root = reduced.Sigma(alpha, k, contestPrecision)
	return c
}

// profile counts the sources of each class among some.
func (c *contest) profile(places []int) []int {
	out := make([]int, len(c.sizes))
	for _, i := range places {
		out[c.class[i]]++
	}
	return out
}

// refine splits the classes by the vertices that their sources lead to.
func (c *contest) refine(set []bool, of [][]int) {
	seen := make([][]string, len(c.sources))
	for v, places := range of {
		for _, i := range places {
			seen[i] = append(seen[i], fmt.Sprint(set[v], c.profile(places)))
		}
	}
	names := map[string]int{}
	c.sizes = nil
	for i := range c.sources {
		slices.Sort(seen[i])
		name := fmt.Sprint(c.class[i], seen[i])
		if _, known := names[name]; !known {
			names[name] = len(names)
			c.sizes = append(c.sizes, 0)
		}
		c.class[i] = names[name]
		c.sizes[c.class[i]]++
	}
}

// winner describes a rival that wins.
func (c *contest) winner(a *rival, after *big.Rat) *Winner {
	w := &Winner{Twins: a.count[0] + a.count[1], After: after}
	for i, u := range c.sources {
		if j := c.class[i]; a.profile[j] > 0 {
			w.Sources, w.Means = append(w.Sources, u), append(w.Means, big.NewRat(int64(a.profile[j]), int64(c.sizes[j])))
		}
	}
	return w
}

// system is θ' = m, one θ for each class.
func (c *contest) system() *ode.System {
	all, own := ode.Integer(0), make([]*ode.Expr, len(c.sizes))
	carry := c.sigma.Exp()
	for j := range own {
		own[j] = ode.Integer(0)
	}
	for _, x := range c.rivals {
		w := ode.Integer(int64(x.count[0])).Add(carry.Scale(big.NewRat(int64(x.count[1]), 1)))
		sum := ode.Integer(0)
		for j, n := range x.profile {
			if n > 0 {
				sum = sum.Add(ode.State(j).Scale(big.NewRat(int64(n), 1)))
			}
		}
		w = w.Mul(sum.Exp())
		all = all.Add(w)
		for j, n := range x.profile {
			if n > 0 {
				own[j] = own[j].Add(w.Scale(big.NewRat(int64(n), int64(c.sizes[j]))))
			}
		}
	}
	over := ode.Integer(1).Quo(all)
	for j := range own {
		own[j] = own[j].Mul(over)
	}
	return &ode.System{Dimension: len(own), RightHandSide: own}
}

// leader returns the rival that is proved to win from a state, or −1.
func (c *contest) leader(state []*ball.Ball) int {
	number := func() *ball.Ball { return ball.New(contestPrecision) }
	weights := make([]*ball.Ball, len(c.rivals))
	for i, x := range c.rivals {
		w := number()
		for j, n := range x.profile {
			w.Add(w, number().MulInt64(state[j], int64(n)))
		}
		in := number().Exp(c.root)
		in.AddInt64(in.MulInt64(in, int64(x.count[1])), int64(x.count[0]))
		weights[i] = w.Mul(w.Exp(w), in)
	}
	for a := range c.rivals {
		wins := true
		for w := 0; w < len(c.rivals) && wins; w++ {
			if w == a {
				continue
			}
			room := number()
			for x, ahead := range c.ahead(a, w) {
				room.Add(room, number().Mul(weights[x], number().SetRat(ahead)))
			}
			sign, known := room.Sign()
			wins = known && sign > 0
		}
		if wins {
			return a
		}
	}
	return -1
}

// ahead returns by how much each rival favours a over w, ⟨φ_a − φ_w, φ_x⟩; for those beside
// a, of which the parts fall, no more than 0.
func (c *contest) ahead(a, w int) []*big.Rat {
	out := make([]*big.Rat, len(c.rivals))
	for x := range out {
		out[x] = new(big.Rat).Sub(c.rivals[a].mutual[x], c.rivals[w].mutual[x])
		if x != a && out[x].Sign() > 0 {
			out[x].SetInt64(0)
		}
	}
	return out
}

// Contests says what becomes of the logits of all vertices under Coconut-BFS from 0, at
// one step of every instance that has it and meets the premise of T1a.
type Contests struct {
	Instances int               `json:"instances"`
	Winners   map[int]int       `json:"winners"` // instances by the number of logits that diverge
	Alike     int               `json:"alike"`   // instances of these in which several source sets win together
	Open      int               `json:"open"`    // where none is proved to win
	Decisions []ContestDecision `json:"decisions"`
}

// A ContestDecision is the end of one instance.
type ContestDecision struct {
	Instance int   `json:"instance"`
	Sources  []int `json:"sources,omitempty"` // of which the logits diverge; none: open
	Twins    int   `json:"twins,omitempty"`   // vertices that take the softmax
	Alike    bool  `json:"alike,omitempty"`   // they have several source sets, which a symmetry of the step keeps equal
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
		d := &out.Decisions[i]
		d.Sources, d.Twins, d.Alike = w.Sources, w.Twins, slices.ContainsFunc(w.Means, func(a *big.Rat) bool { return !a.IsInt() })
		count(&out.Alike, d.Alike)
		out.Winners[len(w.Sources)]++
	}
	return out, nil
}
