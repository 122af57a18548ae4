package prove

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/theory"
	"muflow/theory/cert"
)

// The claims of this file are about one instance, or a data set, whose score
// matrix is diagonal with a logit μ_u of its own for every vertex: no average
// over relabellings makes them equal (A4). theory.md section 7c.

// ownLogits lists their assumptions.
func ownLogits(more ...string) []string {
	return slices.DeleteFunc(reducedFlow(more...), func(id string) bool { return id == "A4" })
}

// ownSigns is A4-signs: theory.md section 7c.
var ownSigns = &Claim{
	ID: "A4-signs", Theorem: "Theorem 1(b)",
	Formal:      []string{"A4_up", "A4_down", "A4_still"},
	Statement:   "With a logit of its own for every vertex, no average over relabellings, and one label p, under the Coconut loss and from any start μ_u(t) increases for ever if u → p, decreases for ever if u has edges but none to p, and stays if it has none, for every u in N_c.",
	LaTeX:       `(u, p) \in E \Longrightarrow \mu_u'(t) > 0,\quad (u, p) \notin E,\ \exists v: (u, v) \in E \;\Longrightarrow\; \mu_u'(t) < 0 \quad\text{for all } u \in \mathcal{N}_c,\ t \ge 0`,
	Assumptions: ownLogits("A19"),
	Proof:       "μ_u' = αs(1{u→p} − Pr(u→v)) under the softmax, and u itself is no vertex that u leads to",
	Command:     "verify theorem 1",
	Number:      1, Unit: OnStep, Losses: coconutOnly, Drops: "A4",
	Premise:     oneLabel,
	Certificate: &CertificateForm{About: aboutStep},
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		s, err := e.Label.Step(e.Input, e.Step)
		if err != nil {
			return Result{}, err
		}
		up := 0
		sources := theory.Sources(s)
		for _, u := range sources {
			count(&up, s.Instance.Graph.HasEdge(u, s.Labels()[0]))
		}
		return Result{Verdict: theory.Proved, Reason: fmt.Sprintf("%d logits increase and %d decrease, each by the sign of 1{u→p} − Pr(u→v)", up, len(sources)-up)}, nil
	},
}

// ownSeparated is A4-separated: theory.md section 7c.
var ownSeparated = &Claim{
	ID: "A4-separated", Theorem: "Theorem 1(b)",
	Formal:      []string{"A4_separated", "A4_same_sources"},
	Statement:   "With a logit of its own for every vertex and one label p, under the Coconut loss and from any start, whatever d* is: the odds of p against every vertex with other sources in N_c tend to infinity, so that no limit is finite if there is one, and those against a vertex with the same sources never move.",
	LaTeX:       `\phi_v \ne \phi_p \Longrightarrow \xi_p(t) - \xi_v(t) \to \infty,\qquad \phi_v = \phi_p \Longrightarrow \xi_p(t) - \xi_v(t) = \xi_p(0) - \xi_v(0)`,
	Assumptions: ownLogits("A19"),
	Proof:       "a set of sources is a corner of the cube: along θ = 2φ_p − 1 every other one has less, by as many vertices as they differ in",
	Command:     "verify theorem 1",
	Number:      1, Unit: OnStep, Losses: coconutOnly, Drops: "A4",
	Premise: func(ctx context.Context, e *Subject) (string, error) {
		if reason, err := oneLabel(ctx, e); err != nil || reason != "" {
			return reason, err
		}
		s, err := e.Label.Step(e.Input, e.Step)
		if err == nil && twins(s) == e.Input.Graph.Order() {
			return allAlike, nil
		}
		return "", err
	},
	Certificate: &CertificateForm{About: aboutStep},
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		s, err := e.Label.Step(e.Input, e.Step)
		if err != nil {
			return Result{}, err
		}
		return Result{Verdict: theory.Proved, Reason: fmt.Sprintf("⟨2φ_p − 1, φ_p − φ_v⟩ ≥ 1 for every other set of sources; %d of %d vertices have the sources of p", twins(s), e.Input.Graph.Order())}, nil
	},
}

// ownGrowth is A4-growth: theory.md section 7c.
var ownGrowth = &Claim{
	ID: "A4-growth", Theorem: "Theorem 1(b)",
	Statement:   "With a logit of its own for every vertex, under the Coconut loss with one label or several and from any start: μ(t) = (θ̂_1 log t + θ̂_2 log log t + …)/(αs) + O(1) with finitely many rational vectors, each of largest margin over what the ones before leave undecided; no terms iff the labels and the other vertices overlap.",
	LaTeX:       `\mu(t) = \frac{1}{\alpha s} \sum_{m=1}^{M} L_m(t)\, \theta_m + O(1),\quad L_0 = t,\ L_m = \log L_{m-1}`,
	Assumptions: ownLogits(),
	Proof:       "linear programmes and quadratic ones in exact rationals with the conditions of Karush, Kuhn and Tucker; the flow of the convex loss stays at a bounded distance from the curve, whose defect is integrable",
	Command:     "verify overlap --parametrization vertex",
	Unit:        OnStep, Losses: coconutOnly, Drops: "A4",
	Premise:     someContrast,
	Certificate: &CertificateForm{About: aboutStep, Fill: fillGrowth},
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		x, err := e.ownContrasts()
		if err != nil {
			return Result{}, err
		}
		g, err := x.family.Growth()
		if err != nil {
			return Result{}, &UndecidedError{err}
		}
		out := Result{Verdict: theory.Proved, Reason: g.Limits.Kind.String(), Values: map[string]Number{}}
		for m, level := range g.Levels {
			out.Reason += fmt.Sprintf("; θ̂_%d: %s", m+1, namedParts(x.sources, level.Direction))
		}
		out.Values["terms"] = Exact(big.NewRat(int64(len(g.Levels)), 1), e.Digits)
		return out, nil
	},
}

// ownNames is A4-names: theory.md section 7c.
var ownNames = &Claim{
	ID: "A4-names", Theorem: "Theorem 1(b)",
	Statement:   "Instances under fixed names, one logit for each vertex number, share them under the Coconut loss: there is a finite limit iff their contrasts overlap, and otherwise the odds of exactly those diverge along which some direction without a negative product is positive.",
	LaTeX:       `\mu(t) \text{ converges} \iff \langle\theta, \phi_{i,p} - \phi_{i,v}\rangle \ge 0 \text{ for all } i, v \text{ with } > 0 \text{ for some holds for no } \theta`,
	Assumptions: slices.DeleteFunc(ownLogits(), func(id string) bool { return id == "A12" }),
	Proof:       "a linear programme in exact integers, with the direction and the multipliers that exclude each other (Motzkin)",
	Command:     "verify overlap --parametrization vertex",
	Unit:        OnPopulation, Losses: coconutOnly, Drops: "A4",
	Premise: someStep,
	Certificate: &CertificateForm{About: aboutSteps, Fill: func(_ context.Context, e *Subject, c *cert.Certificate) error {
		names, err := sharedNames(e.steps())
		if err != nil {
			return err
		}
		return fillDecomposition(names.list, c)
	}},
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		names, err := sharedNames(e.steps())
		if err != nil {
			return Result{}, err
		}
		d, err := theory.Separate(theory.Vectors(names.list))
		if err != nil {
			return Result{}, &UndecidedError{err}
		}
		return Result{Verdict: theory.Proved, Reason: fmt.Sprintf("%v: %d of %d different contrasts diverge", d.Kind, len(d.Diverging), len(names.list))}, nil
	},
}

// ownNamesGrowth is A4-names-growth: theory.md section 7c.
var ownNamesGrowth = &Claim{
	ID: "A4-names-growth", Theorem: "Theorem 1(b)",
	Statement:   "Instances under fixed names, one logit for each vertex number, share them under the Coconut loss, from any start: μ(t) = (θ̂_1 log t + θ̂_2 log log t + …)/α + O(1) with finitely many vectors whose entries are rational combinations of the √K_i, each the least with ⟨θ̂_m, φ_{i,p} − φ_{i,v}⟩ ≥ √K_i over what the ones before leave undecided; no terms iff the contrasts overlap.",
	LaTeX:       `\mu(t) = \frac{1}{\alpha} \sum_{m=1}^{M} L_m(t)\, \theta_m + O(1),\quad L_0 = t,\ L_m = \log L_{m-1},\quad \theta_m \in \operatorname{span}_{\mathbb{Q}}\{\sqrt{K_i}\}^{n}`,
	Assumptions: slices.DeleteFunc(ownLogits(), func(id string) bool { return id == "A12" }),
	Proof:       "as A4-growth with the vectors s_i(φ_{i,p} − φ_{i,v}): near rational roots propose the vectors that carry a term, which then solves linear equations with right-hand sides √K_i, and exact signs of sums of roots accept it",
	Command:     "verify overlap --parametrization vertex",
	Unit:        OnPopulation, Losses: coconutOnly, Drops: "A4",
	Certificate: &CertificateForm{About: aboutSteps, Fill: fillNamesGrowth},
	Premise: func(ctx context.Context, e *Subject) (string, error) {
		if reason, err := someStep(ctx, e); err != nil || reason != "" {
			return reason, err
		}
		names, err := sharedNames(e.steps())
		if err == nil && len(names.list) == 0 {
			return allAlike, nil
		}
		return "", err
	},
	Decide: func(_ context.Context, e *Subject) (Result, error) {
		g, err := NamesGrowthOf(e.steps())
		if err != nil {
			return Result{}, &UndecidedError{err}
		}
		out := Result{Verdict: theory.Proved, Reason: g.Limits.Kind.String(), Values: map[string]Number{"terms": Exact(big.NewRat(int64(len(g.Levels)), 1), e.Digits)}}
		for m, term := range sharedTerms(g) {
			var parts []string
			for _, u := range slices.Sorted(maps.Keys(term)) {
				parts = append(parts, fmt.Sprintf("μ_%d %v", u, term[u]))
			}
			out.Reason += fmt.Sprintf("; θ̂_%d: %s", m+1, strings.Join(parts, ", "))
		}
		return out, nil
	},
}

// NamesGrowthOf works out how fast logits diverge that steps share under fixed names, one
// for each vertex number. theory.md section 7c, claim A4-names-growth.
func NamesGrowthOf(steps []graph.Step) (*theory.SharedGrowth, error) {
	names, err := sharedNames(steps)
	if err != nil {
		return nil, err
	}
	return theory.SharedGrowthOf(theory.Vectors(names.list), names.bounds)
}

// sharedTerms are the terms by vertex number: entries that are not 0.
func sharedTerms(g *theory.SharedGrowth) (out []map[int]theory.SurdSum) {
	for _, level := range g.Levels {
		term := map[int]theory.SurdSum{}
		for u := range level.Direction[0] {
			if x := g.Entry(level.Direction, u).Collected(); len(x) > 0 {
				term[u] = x
			}
		}
		out = append(out, term)
	}
	return out
}

// oneLabel is the premise that the Coconut loss aims at one vertex.
func oneLabel(_ context.Context, e *Subject) (string, error) {
	s, err := e.Label.Step(e.Input, e.Step)
	switch {
	case errors.Is(err, graph.ErrNoLabel):
		return "A19 fails: " + err.Error(), nil
	case err != nil:
		return "", err
	case len(s.Labels()) > 1:
		return fmt.Sprintf("A19 fails: the law %v draws the label from %d vertices", e.Label, len(s.Labels())), nil
	}
	return "", nil
}

// someContrast is the premise that some vertex has other sources than the
// labels.
func someContrast(_ context.Context, e *Subject) (string, error) {
	x, err := e.ownContrasts()
	switch {
	case errors.Is(err, graph.ErrNoLabel):
		return "A19 fails: " + err.Error(), nil
	case err == nil && len(x.list) == 0:
		return allAlike, nil
	}
	return "", err
}

const allAlike = "A9 fails: all vertices have the same sources in N_c"

// twins counts the vertices with the sources in N_c of the one label.
func twins(s graph.Step) (same int) {
	g, set, p := s.Instance.Graph, s.Set(), s.Labels()[0]
	degrees := g.Degrees(set)
	common := make([]int, g.Order()) // sources shared with p
	for _, u := range g.In(p) {
		if set[u] {
			for _, v := range g.Out(u) {
				common[v]++
			}
		}
	}
	for v, d := range degrees {
		count(&same, d == degrees[p] && common[v] == d)
	}
	return same
}

// own is a step with a logit for each of its sources.
type own struct {
	sources     []int
	list        [][]int // the different contrasts, ascending
	family      *theory.Family
	same, order int // vertices with the mean sources of the labels, of so many
}

func (e *Subject) ownContrasts() (*own, error) {
	s, err := e.Label.Step(e.Input, e.Step)
	if err != nil {
		return nil, err
	}
	return ownContrasts(s)
}

// ownEntries is how many numbers the features of one step may hold.
const ownEntries = 1 << 18

func ownContrasts(s graph.Step) (*own, error) {
	x := &own{sources: theory.Sources(s), order: s.Instance.Graph.Order()}
	if size := x.order * len(x.sources); size > ownEntries {
		return nil, &UndecidedError{fmt.Errorf("%d vertices with %d logits: the programme is exact for up to %d features", x.order, len(x.sources), ownEntries)}
	}
	family, err := theory.VertexFamily(s, theory.Coconut, big.NewRat(1, 1), x.sources)
	if err != nil {
		return nil, err
	}
	label, _ := family.Label()
	for _, g := range family.Groups {
		equal := true
		for i, n := range g.Feature {
			equal = equal && label.Count*n == label.Sum[i]
		}
		if equal {
			x.same += g.Count
		}
	}
	x.list, err = family.Contrasts()
	x.family = family
	return x, err
}

// names are the different contrasts of steps that share one logit for each vertex number,
// ascending, with the largest factor·√K of the steps that have them, factor the number of
// labels.
type names struct {
	list   [][]int
	bounds []theory.Root
}

func sharedNames(steps []graph.Step) (out names, err error) {
	count := 0
	for _, s := range steps {
		count = max(count, s.Instance.Graph.Order())
	}
	vertices := make([]int, count)
	for u := range vertices {
		vertices[u] = u
	}
	var all different
	bounds := map[string]theory.Root{}
	for _, s := range steps {
		if size := s.Instance.Graph.Order() * count; size > ownEntries {
			return out, &UndecidedError{fmt.Errorf("%d vertices with %d logits: the programme is exact for up to %d features", s.Instance.Graph.Order(), count, ownEntries)}
		}
		family, err := theory.VertexFamily(s, theory.Coconut, big.NewRat(1, 1), vertices)
		if err != nil {
			return out, err
		}
		contrasts, err := family.Contrasts()
		if err != nil {
			return out, err
		}
		all.add(contrasts)
		label, _ := family.Label()
		bound := theory.Root{Factor: big.NewRat(int64(label.Count), 1), Square: int64(family.Scale.K)}
		for _, x := range contrasts {
			if key := fmt.Sprint(x); bounds[key].Factor == nil || bound.Cmp(bounds[key]) > 0 {
				bounds[key] = bound
			}
		}
	}
	slices.SortFunc(all.list, slices.Compare[[]int])
	out.list = all.list
	for _, x := range out.list {
		out.bounds = append(out.bounds, bounds[fmt.Sprint(x)])
	}
	return out, nil
}

// namedParts writes the entries of a vector that are not 0, by their vertices.
func namedParts(names []int, x []*big.Rat) string {
	var parts []string
	for i, q := range x {
		if q.Sign() != 0 {
			parts = append(parts, fmt.Sprintf("μ_%d %s", names[i], q.RatString()))
		}
	}
	return strings.Join(parts, ", ")
}

// aboutStep names the graph of a step, and its labels.
func aboutStep(e *Subject, c *cert.Certificate) error {
	s, err := e.Label.Step(e.Input, e.Step)
	if err == nil {
		c.Graph, _ = withLabel(s)
	}
	return err
}

// fillGrowth adds the status, the terms, each times a positive integer, one after
// the other with an entry for every vertex, and the multipliers: those of the
// converging contrasts, then those of each term.
func fillGrowth(_ context.Context, e *Subject, c *cert.Certificate) error {
	x, err := e.ownContrasts()
	if err != nil {
		return err
	}
	g, err := x.family.Growth()
	if err != nil {
		return err
	}
	label, _ := x.family.Label()
	c.Status, c.Multipliers = g.Limits.Kind.String(), theory.Primitive(g.Limits.Multipliers)
	for _, level := range g.Levels {
		both := slices.Clone(level.Direction)
		for _, a := range level.Multipliers { // of the contrasts, integers
			both = append(both, new(big.Rat).Quo(a, big.NewRat(int64(label.Count), 1)))
		}
		whole := theory.Primitive(both)
		term := slices.Repeat([]*big.Int{new(big.Int)}, x.order)
		for i, u := range x.sources {
			term[u] = whole[i]
		}
		c.Direction, c.Multipliers = append(c.Direction, term...), append(c.Multipliers, whole[len(x.sources):]...)
	}
	return nil
}

// fillNamesGrowth adds the same of steps together, each term in rows for the roots of the
// square-free numbers.
func fillNamesGrowth(_ context.Context, e *Subject, c *cert.Certificate) error {
	g, err := NamesGrowthOf(e.steps())
	if err != nil {
		return err
	}
	c.Status, c.Multipliers = g.Limits.Kind.String(), theory.Primitive(g.Limits.Multipliers)
	for _, level := range g.Levels {
		directions := slices.Concat(level.Direction...)
		both := theory.Primitive(slices.Concat(directions, slices.Concat(level.Multipliers...)))
		c.Direction, c.Multipliers = append(c.Direction, both[:len(directions)]...), append(c.Multipliers, both[len(directions):]...)
	}
	return nil
}

// A VertexOverlaps says what becomes of one logit for every vertex at one step
// of a data set: of every instance alone, and of all under fixed names.
type VertexOverlaps struct {
	Overlaps
	Still     int              `json:"still"`                      // instances in which all vertices have the same sources: nothing moves
	Leading   []int            `json:"leading"`                    // logits of sources, by the first term that they have a part in; first those that stay bounded
	Names     int              `json:"names"`                      // logits of the population
	Drifts    []theory.Drift   `json:"-"`                          // of each
	Terms     []map[int]string `json:"population_terms,omitempty"` // α·θ̂_m of the population by vertex number: entries that are not 0
	Decisions []VertexDecision `json:"decisions"`                  // by instance
}

// A VertexDecision is what becomes of the logits of one instance.
type VertexDecision struct {
	Instance int                 `json:"instance"`
	Status   string              `json:"status"`
	Terms    []map[string]string `json:"terms,omitempty"`   // αs·θ̂_m by vertex: entries that are not 0
	Bounded  []int               `json:"bounded,omitempty"` // sources without a part in any term
	Same     int                 `json:"same"`              // vertices with the sources of the label
}

// VertexOverlapsOf decides one step for every instance that has it and for all
// of them together, exactly. Positive factors of the contrasts do not matter for
// the population, and neither does the readout gain.
// theory.md section 7c.
func VertexOverlapsOf(ctx context.Context, instances []graph.Instance, step int, label graph.Law, jobs int, progress runlog.Progress) (*VertexOverlaps, error) {
	var steps []graph.Step
	out := &VertexOverlaps{}
	for i, s := range label.StepsOf(instances, step) {
		steps = append(steps, s)
		out.Decisions = append(out.Decisions, VertexDecision{Instance: i})
	}
	if len(steps) == 0 {
		return nil, fmt.Errorf("no instance has step %d", step)
	}
	out.Instances = len(steps)
	growths, err := runlog.Map(ctx, len(steps), jobs, progress, func(_ context.Context, i int) (*theory.Growth, error) {
		x, err := ownContrasts(steps[i])
		if err != nil {
			return nil, err
		}
		g, err := x.family.Growth()
		if err != nil {
			return nil, fmt.Errorf("instance %d: %w", out.Decisions[i].Instance, err)
		}
		out.Decisions[i].fill(x, g)
		return g, nil
	})
	if err != nil {
		return nil, err
	}
	for i, g := range growths {
		if d := out.Decisions[i]; d.Status == theory.Stationary.String() {
			out.Still++
		}
		bounded := theory.ProfileOf(steps[i]).Certify(theory.Coconut).Limit() == theory.FiniteLimit
		count(&out.Bounded, bounded)
		count(&out.Separated, bounded && g.Limits.Kind != theory.Overlap)
		count(&out.Fully, bounded && g.Limits.Kind == theory.FullSeparation)
		for k := range theory.Sources(steps[i]) {
			m := 0
			if len(g.Levels) > 0 {
				m, _ = g.Leading(k)
			}
			for len(out.Leading) <= m {
				out.Leading = append(out.Leading, 0)
			}
			out.Leading[m]++
		}
	}
	shared, err := sharedNames(steps)
	if err != nil {
		return nil, err
	}
	vectors := theory.Vectors(shared.list)
	growth, err := theory.SharedGrowthOf(vectors, shared.bounds)
	if err != nil {
		return nil, err
	}
	out.Whole = growth.Limits
	for _, term := range sharedTerms(growth) {
		entries := map[int]string{}
		for u, x := range term {
			entries[u] = x.String()
		}
		out.Terms = append(out.Terms, entries)
	}
	out.Population, out.Contrasts = out.Whole.Kind, len(vectors)
	if out.Drifts, err = out.Whole.Coordinates(vectors); err != nil {
		return nil, err
	}
	out.Names = len(out.Drifts)
	for u, d := range out.Drifts {
		if d == theory.Open { // to the odds alone
			out.Drifts[u] = growth.Drift(u)
		}
	}
	return out, nil
}

func (d *VertexDecision) fill(x *own, g *theory.Growth) {
	d.Status, d.Same = g.Limits.Kind.String(), x.same
	if len(x.list) == 0 {
		d.Status = theory.Stationary.String()
	}
	for _, level := range g.Levels {
		term := map[string]string{}
		for i, q := range level.Direction {
			if q.Sign() != 0 {
				term[fmt.Sprint(x.sources[i])] = q.RatString()
			}
		}
		d.Terms = append(d.Terms, term)
	}
	for i, u := range x.sources {
		if m, _ := g.Leading(i); m == 0 {
			d.Bounded = append(d.Bounded, u)
		}
	}
}
