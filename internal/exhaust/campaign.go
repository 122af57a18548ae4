package exhaust

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"

	"muflow/graph"
	"muflow/internal/hunt"
	"muflow/internal/runlog"
	"muflow/internal/strict"
	"muflow/prove"
	"muflow/theory"
)

// A Config is all that the results of a campaign depend on.
type Config struct {
	Version  string   `json:"version"`            // of the tool
	Revision string   `json:"revision,omitempty"` // of its source, where the build knows it
	Vertices int      `json:"vertices"`           // 1 to MaxVertices
	Count    bool     `json:"count,omitempty"`    // the cases are counted by Burnside's lemma, up to MaxCounted vertices
	Losses   []string `json:"losses"`
	Alpha    string   `json:"alpha"` // readout gain α, a rational number; of statements "" for what they say, or 1
	// Statements are decided in place of Theorem 1, each with every other
	// candidate, if there are any.
	Statements []*hunt.Statement `json:"statements,omitempty"`
	Audit      float64           `json:"audit"` // share of the cases that are decided again, each for itself
	Seed       uint64            `json:"seed"`  // of the sample
	Shard      Shard             `json:"shard,omitzero"`
}

// A Shard is one of Count parts of an enumeration, with every Count-th of its
// pieces; the zero value is all of it. All counts of a report add up over the
// shards but that of distinct profiles.
type Shard struct {
	Index int `json:"index"` // from 0
	Count int `json:"count"`
}

// digits of the constants beside the verdicts, which nobody reads.
const digits = 20

// A Campaign is a configuration at work, and what is done of it.
type Campaign struct {
	config     Config
	losses     []theory.Loss
	alpha      *big.Rat
	byProfile  bool       // equal profiles are decided once, otherwise cases that look alike
	sight      hunt.Sight // to statements, which see no more than this
	enumerator *enumerator
	parts      []part
	mine       []int       // numbers of the parts of the shard
	run        *runlog.Run // nil without a folder
	next       int         // how many of them are done
	total      partRecord  // of the parts that are done
	decided    map[key]decision
}

// A partRecord counts what is in a part; as the total, in all that are done.
type partRecord struct {
	Part          int              `json:"part"`
	Digraphs      int64            `json:"digraphs"`
	Labelled      int64            `json:"labelled"`       // labelled digraphs, n!/|Aut| for each
	Cases         int64            `json:"cases"`          // up to automorphism
	LabelledCases int64            `json:"labelled_cases"` // of labelled digraphs
	Profiles      map[key]tally    `json:"profiles"`
	Audit         map[string]int64 `json:"audit,omitempty"` // cases by key and the verdicts of deciding each for itself
}

// A tally says how many cases have a profile, and which is the first.
type tally struct {
	Cases  int64   `json:"cases"`
	First  example `json:"first"`
	Number int64   `json:"number,omitempty"` // of the first among the cases of its part, for statements
	part   int     // of the first
}

// An example is one case.
type example struct {
	Digraph digraph `json:"digraph"`
	place
}

// A decision is what is known of a profile.
type decision struct {
	Profile  key    `json:"profile"`
	Verdicts string `json:"verdicts"` // claim=verdict, by claim
	Tie      bool   `json:"tie"`      // μ* = 0, decided by integers
}

// New returns a campaign that keeps nothing.
func New(config Config) (*Campaign, error) {
	most := MaxVertices
	if config.Count {
		if most = MaxCounted; config.Audit > 0 || len(config.Statements) > 0 || config.Shard != (Shard{}) {
			return nil, errors.New("audit, statements and shards go with an enumeration, expected none where cases are counted")
		}
	}
	if config.Vertices < 1 || config.Vertices > most {
		return nil, fmt.Errorf("%d vertices, expected 1 to %d", config.Vertices, most)
	}
	if !(config.Audit >= 0 && config.Audit <= 1) {
		return nil, fmt.Errorf("audit %v, expected a share from 0 to 1", config.Audit)
	}
	c := &Campaign{config: config, decided: map[key]decision{}}
	if s := config.Shard; s != (Shard{}) && (s.Index < 0 || s.Index >= s.Count) {
		return nil, fmt.Errorf("shard %d/%d, expected i/N with 0 ≤ i < N", s.Index, s.Count)
	}
	if !config.Count {
		c.enumerator = newEnumerator(config.Vertices)
		c.parts = c.enumerator.parts()
	}
	for i := config.Shard.Index; i < len(c.parts); i += max(1, config.Shard.Count) {
		c.mine = append(c.mine, i)
	}
	c.total = partRecord{Profiles: map[key]tally{}, Audit: map[string]int64{}}
	for _, name := range config.Losses {
		loss, err := theory.ParseLoss(name)
		if err != nil {
			return nil, err
		}
		c.losses = append(c.losses, loss)
	}
	if q, ok := new(big.Rat).SetString(config.Alpha); ok && q.Sign() > 0 {
		c.alpha = q
	} else if config.Alpha != "" || len(config.Statements) == 0 {
		return nil, fmt.Errorf("readout gain %q, expected a positive rational number", config.Alpha)
	}
	c.byProfile = true
	for _, s := range config.Statements {
		c.byProfile = c.byProfile && s.SameProfile()
		c.sight = c.sight.With(s.Sight())
		if s.NamesVertices() {
			return nil, fmt.Errorf("statement %s speaks of a vertex by its number, and digraphs are enumerated up to their numbers", s.ID)
		}
		if _, err := c.decider(context.Background(), s); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Open is New with a folder that keeps what is done, so that the campaign can
// be resumed. Its errors are those of runlog.Open. Close it at the end.
func Open(dir string, config Config, resume bool) (*Campaign, error) {
	c, err := New(config)
	if err != nil {
		return nil, err
	}
	c.run, err = runlog.Open(dir, Kind, config, resume, c.replay)
	return c, err
}

// Kind is that of the folders of campaigns.
const Kind = "exhaust"

// replay takes a record of the log.
func (c *Campaign) replay(record []byte) error {
	var r entry
	if err := strict.Unmarshal(record, &r); err != nil {
		return err
	}
	switch {
	case r.Decided != nil:
		c.decided[r.Decided.Profile] = *r.Decided
	case r.Counted == nil || c.next == len(c.mine) || r.Counted.Part != c.mine[c.next]:
		return fmt.Errorf("not the next part after %d of %d", c.next, len(c.mine))
	default:
		c.add(*r.Counted)
	}
	return nil
}

// Close gives the folder up.
func (c *Campaign) Close() error {
	if c.run == nil {
		return nil
	}
	return c.run.Close()
}

// An entry is one record of the log.
type entry struct {
	Counted *partRecord `json:"counted,omitempty"`
	Decided *decision   `json:"decided,omitempty"`
}

func (c *Campaign) keep(e entry) error {
	if c.run == nil {
		return nil
	}
	return c.run.AppendJSON(e)
}

// add adds the next part to the total.
func (c *Campaign) add(r partRecord) {
	c.next++
	for k, t := range r.Profiles {
		t.part = r.Part
		r.Profiles[k] = t
	}
	c.total.add(r)
}

// add adds up what is in two shares of the enumeration.
func (total *partRecord) add(r partRecord) {
	total.Digraphs += r.Digraphs
	total.Labelled += r.Labelled
	total.Cases += r.Cases
	total.LabelledCases += r.LabelledCases
	for k, t := range r.Profiles {
		old, ok := total.Profiles[k]
		if ok && old.part <= t.part {
			t.First, t.Number, t.part = old.First, old.Number, old.part
		}
		t.Cases += old.Cases
		total.Profiles[k] = t
	}
	for a, n := range r.Audit {
		total.Audit[a] += n
	}
}

// Run counts the parts and decides the profiles that are not done yet, and
// reports. What it returns depends on the configuration only.
func (c *Campaign) Run(ctx context.Context, jobs int, progress func(stage string) runlog.Progress) (*Report, error) {
	err := runlog.Ordered(ctx, c.next, len(c.mine), jobs, progress("digraphs"), func(ctx context.Context, i int) (partRecord, error) {
		return c.count(ctx, c.mine[i])
	}, func(_ int, r partRecord) error {
		c.add(r)
		return c.keep(entry{Counted: &r})
	})
	if err == nil && c.config.Count {
		err = c.countAll()
	}
	if err != nil {
		return nil, err
	}
	if c.config.Shard.Count <= 1 {
		if err := c.checkCounts(); err != nil {
			return nil, err
		}
	}
	var open []key
	for _, k := range slices.Sorted(maps.Keys(c.total.Profiles)) {
		if _, ok := c.decided[k]; !ok {
			open = append(open, k)
		}
	}
	err = runlog.Ordered(ctx, 0, len(open), jobs, progress("profiles"), func(ctx context.Context, i int) (decision, error) {
		return c.settle(ctx, open[i])
	}, func(_ int, d decision) error {
		c.decided[d.Profile] = d
		return c.keep(entry{Decided: &d})
	})
	if err != nil {
		return nil, err
	}
	return c.report(ctx)
}

// countAll counts the cases of every profile without an enumeration.
func (c *Campaign) countAll() error {
	n := c.config.Vertices
	cases, labelled, err := casesUpTo(n)
	if err != nil {
		return err
	}
	c.total = partRecord{Digraphs: digraphsUpTo(n).Int64(), Labelled: 1 << (n * (n - 1)), LabelledCases: labelled.Int64(), Profiles: map[key]tally{}}
	for k, count := range cases {
		c.total.Cases += count
		c.total.Profiles[k] = tally{Cases: count}
	}
	return nil
}

// first returns the first case with a key.
func (c *Campaign) first(k key) (graph.Step, error) {
	x := c.total.Profiles[k].First
	return c.step(&x.Digraph, x.place)
}

// step returns a case as data from files give it.
func (c *Campaign) step(g *digraph, at place) (graph.Step, error) {
	d, err := graph.New(c.config.Vertices, c.enumerator.edges(g))
	if err != nil {
		return graph.Step{}, err
	}
	path, distances := []int{at.Target}, d.Distances(at.Root)
	for v := at.Target; v != at.Root; path = append(path, v) { // back along a shortest path
		v = d.In(v)[slices.IndexFunc(d.In(v), func(u int) bool { return distances[u] == distances[v]-1 })]
	}
	slices.Reverse(path)
	return (&graph.Instance{Graph: d, Root: at.Root, Target: at.Target, Other: at.Root, Path: path}).Step(at.Step)
}

// decide returns the verdicts about a case as one text: those of the claims, or
// those of the statements by their numbers.
func (c *Campaign) decide(ctx context.Context, s graph.Step) (string, error) {
	if len(c.config.Statements) == 0 {
		return c.claims(ctx, theory.ProfileOf(s))
	}
	var words []string
	for i, statement := range c.config.Statements {
		o, err := c.judge(ctx, statement, s)
		if err != nil {
			return "", err
		}
		words = append(words, fmt.Sprintf("%d=%v", i, o.Verdict))
	}
	slices.Sort(words)
	return strings.Join(words, " "), nil
}

// claims returns the verdicts of the claims about a profile as one text.
func (c *Campaign) claims(ctx context.Context, p *theory.Profile) (string, error) {
	var words []string
	for _, loss := range c.losses {
		results, err := prove.Theorem1(ctx, p, c.alpha, digits, loss)
		if err != nil {
			return "", err
		}
		for _, r := range results {
			words = append(words, r.Claim+"="+r.Verdict.String())
		}
	}
	slices.Sort(words)
	return strings.Join(words, " "), nil
}

// settle decides a key: by its first case, or where there is none by its profile.
func (c *Campaign) settle(ctx context.Context, k key) (decision, error) {
	var p *theory.Profile
	var verdicts string
	var err error
	if c.config.Count {
		if p, err = k.profile(); err == nil {
			verdicts, err = c.claims(ctx, p)
		}
	} else {
		var step graph.Step
		if step, err = c.first(k); err == nil {
			p = theory.ProfileOf(step)
			verdicts, err = c.decide(ctx, step)
		}
	}
	if err != nil {
		return decision{}, err
	}
	return decision{k, verdicts, p.Certify(theory.Coconut).Limit() == theory.FiniteLimit && p.Start().IsZero()}, nil
}

// decider returns what decides a statement.
func (c *Campaign) decider(ctx context.Context, s *hunt.Statement) (*hunt.Decider, error) {
	return hunt.NewDecider(ctx, s, map[string]*big.Rat{"alpha": c.alpha}, map[string]*big.Rat{"alpha": big.NewRat(1, 1)})
}

// others lists the other candidates of a case that statements can tell apart: any,
// or one that is reachable, the root, and one that is not, or the root alone.
func (c *Campaign) others(s graph.Step) []int {
	out := []int{s.Instance.Root}
	if !c.byProfile && !c.sight.Candidate {
		return out
	}
	for v, d := range s.Instance.Graph.Distances(s.Instance.Root) {
		if !c.byProfile && v != out[0] && v != s.Target() || c.byProfile && len(out) == 1 && d < 0 {
			out = append(out, v)
		}
	}
	return out
}

// judge decides a statement on a case with every other candidate, and returns
// the worst outcome.
func (c *Campaign) judge(ctx context.Context, statement *hunt.Statement, s graph.Step) (*hunt.Outcome, error) {
	d, err := c.decider(ctx, statement)
	if err != nil {
		return nil, err
	}
	var worst *hunt.Outcome
	rank := func(v theory.Verdict) int {
		return slices.Index([]theory.Verdict{theory.NotApplicable, theory.Proved, theory.Undecided, theory.Refuted, theory.Inconsistent}, v)
	}
	for _, other := range c.others(s) {
		in := *s.Instance
		in.Other = other
		if o := d.Decide(in, s.C); worst == nil || rank(o.Verdict) > rank(worst.Verdict) {
			worst = o
		}
	}
	return worst, ctx.Err()
}

// count goes through a part.
func (c *Campaign) count(ctx context.Context, i int) (partRecord, error) {
	out := partRecord{Part: i, Profiles: map[key]tally{}}
	sample := rand.New(rand.NewPCG(c.config.Seed, uint64(i)))
	labellings := new(big.Int).MulRange(1, int64(c.config.Vertices)).Int64()
	var failure error
	c.enumerator.visit(c.parts[i], func(g *digraph, automorphisms []*labelling) bool {
		copies := labellings / int64(len(automorphisms))
		out.Digraphs++
		out.Labelled += copies
		c.enumerator.cases(g, automorphisms, func(at place, k key, orbit int) {
			out.Cases++
			out.LabelledCases += copies * int64(orbit)
			k = c.keyOf(k, g, at)
			t, ok := out.Profiles[k]
			if !ok {
				t.First = example{*g, at}
				if len(c.config.Statements) > 0 {
					t.Number = out.Cases
				}
			}
			t.Cases++
			out.Profiles[k] = t
			if c.config.Audit > 0 && sample.Float64() < c.config.Audit && failure == nil {
				var verdicts string
				s, err := c.step(g, at)
				if err == nil {
					verdicts, err = c.decide(ctx, s)
				}
				if failure = err; err == nil {
					if out.Audit == nil {
						out.Audit = map[string]int64{}
					}
					out.Audit[fmt.Sprint(k, " ", verdicts)]++
				}
			}
		})
		if out.Digraphs%1024 == 0 && failure == nil {
			failure = ctx.Err()
		}
		return failure == nil
	})
	return out, failure
}

// keyOf returns the key of a case: its profile, and what else statements see of it.
func (c *Campaign) keyOf(k key, g *digraph, at place) key {
	switch {
	case len(c.config.Statements) == 0:
		return k
	case !c.byProfile:
		return c.enumerator.seen(g, at, c.sight)
	case c.enumerator.reached(g, at.Root) != 1<<c.config.Vertices-1: // some other candidate is unreachable
		k |= 1 << (stepShift + 3)
	}
	return k | key(at.Step)<<stepShift
}
