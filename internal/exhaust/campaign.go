package exhaust

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/internal/strict"
	"muflow/prove"
	"muflow/theory"
)

// A Config is all that the results of a campaign depend on.
type Config struct {
	Version  string   `json:"version"`  // of the tool
	Vertices int      `json:"vertices"` // 1 to MaxVertices
	Losses   []string `json:"losses"`
	Alpha    string   `json:"alpha"` // readout gain α, a rational number
	Audit    float64  `json:"audit"` // share of the cases that are decided again, each for itself
	Seed     uint64   `json:"seed"`  // of the sample
}

// digits of the constants beside the verdicts, which nobody reads.
const digits = 20

// A Campaign is a configuration at work, and what is done of it.
type Campaign struct {
	config     Config
	losses     []theory.Loss
	alpha      *big.Rat
	enumerator *enumerator
	parts      []part
	run        *runlog.Run // nil without a folder
	next       int         // the first part that is not done
	total      partRecord  // of the parts that are done
	decided    map[key]decision
}

// A partRecord counts what is in a part; as the total, in all that are done.
type partRecord struct {
	Part          int             `json:"part"`
	Digraphs      int64           `json:"digraphs"`
	Labelled      int64           `json:"labelled"`       // labelled digraphs, n!/|Aut| for each
	Cases         int64           `json:"cases"`          // up to automorphism
	LabelledCases int64           `json:"labelled_cases"` // of labelled digraphs
	Profiles      map[key]tally   `json:"profiles"`
	Audit         map[audit]int64 `json:"audit,omitempty"`
}

// A tally says how many cases have a profile, and which is the first.
type tally struct {
	Cases int64  `json:"cases"`
	First uint64 `json:"first"` // see witness
}

// An audit is what deciding a case for itself gave.
type audit struct {
	key      key
	verdicts string
}

// MarshalText and UnmarshalText make an audit the key of a JSON object.
func (a audit) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%d %s", a.key, a.verdicts), nil
}

// UnmarshalText reads what MarshalText writes.
func (a *audit) UnmarshalText(text []byte) error {
	k, verdicts, _ := strings.Cut(string(text), " ")
	a.verdicts = verdicts
	return json.Unmarshal([]byte(k), &a.key)
}

// A decision is what is known of a profile.
type decision struct {
	Profile  key    `json:"profile"`
	Verdicts string `json:"verdicts"` // claim=verdict, by claim
	Tie      bool   `json:"tie"`      // μ* = 0, decided by integers
}

// New returns a campaign that keeps nothing.
func New(config Config) (*Campaign, error) {
	if config.Vertices < 1 || config.Vertices > MaxVertices {
		return nil, fmt.Errorf("%d vertices, expected 1 to %d", config.Vertices, MaxVertices)
	}
	if !(config.Audit >= 0 && config.Audit <= 1) {
		return nil, fmt.Errorf("audit %v, expected a share from 0 to 1", config.Audit)
	}
	c := &Campaign{config: config, decided: map[key]decision{}, enumerator: newEnumerator(config.Vertices)}
	c.parts = c.enumerator.parts()
	c.total = partRecord{Profiles: map[key]tally{}, Audit: map[audit]int64{}}
	for _, name := range config.Losses {
		loss, err := theory.ParseLoss(name)
		if err != nil {
			return nil, err
		}
		c.losses = append(c.losses, loss)
	}
	var ok bool
	if c.alpha, ok = new(big.Rat).SetString(config.Alpha); !ok || c.alpha.Sign() <= 0 {
		return nil, fmt.Errorf("readout gain %q, expected a positive rational number", config.Alpha)
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
	c.run, err = runlog.Open(dir, "exhaust", config, resume, func(record []byte) error {
		var r entry
		if err := strict.Unmarshal(record, &r); err != nil {
			return err
		}
		switch {
		case r.Decided != nil:
			c.decided[r.Decided.Profile] = *r.Decided
		case r.Counted == nil || r.Counted.Part != c.next:
			return fmt.Errorf("not a part, or not number %d", c.next)
		default:
			c.add(*r.Counted)
		}
		return nil
	})
	return c, err
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

// add adds a part to the total.
func (c *Campaign) add(r partRecord) {
	c.next = r.Part + 1
	c.total.Digraphs += r.Digraphs
	c.total.Labelled += r.Labelled
	c.total.Cases += r.Cases
	c.total.LabelledCases += r.LabelledCases
	for k, t := range r.Profiles {
		if old, ok := c.total.Profiles[k]; ok {
			t = tally{old.Cases + t.Cases, old.First}
		}
		c.total.Profiles[k] = t
	}
	for a, n := range r.Audit {
		c.total.Audit[a] += n
	}
}

// Run counts the parts and decides the profiles that are not done yet, and
// reports. What it returns depends on the configuration only.
func (c *Campaign) Run(ctx context.Context, jobs int, progress func(stage string) runlog.Progress) (*Report, error) {
	err := runlog.Ordered(ctx, c.next, len(c.parts), jobs, progress("digraphs"), c.count, func(_ int, r partRecord) error {
		c.add(r)
		return c.keep(entry{Counted: &r})
	})
	if err != nil {
		return nil, err
	}
	if err := c.checkCounts(); err != nil {
		return nil, err
	}
	var open []key
	for _, k := range slices.Sorted(maps.Keys(c.total.Profiles)) {
		if _, ok := c.decided[k]; !ok {
			open = append(open, k)
		}
	}
	err = runlog.Ordered(ctx, 0, len(open), jobs, progress("profiles"), func(ctx context.Context, i int) (decision, error) {
		p, err := open[i].profile()
		if err != nil {
			return decision{}, err
		}
		verdicts, err := c.decide(ctx, p)
		limit := p.Certify(theory.Coconut).Limit()
		return decision{open[i], verdicts, limit == theory.FiniteLimit && p.Start().IsZero()}, err
	}, func(_ int, d decision) error {
		c.decided[d.Profile] = d
		return c.keep(entry{Decided: &d})
	})
	if err != nil {
		return nil, err
	}
	return c.report()
}

// decide returns the verdicts of the claims about a profile, as one text.
func (c *Campaign) decide(ctx context.Context, p *theory.Profile) (string, error) {
	var words []string
	for _, loss := range c.losses {
		results, err := prove.Theorem1(ctx, p, c.alpha, digits, loss)
		if err != nil {
			return "", fmt.Errorf("profile %s: %w", p.Key(), err)
		}
		for _, r := range results {
			words = append(words, r.Claim+"="+r.Verdict.String())
		}
	}
	slices.Sort(words)
	return strings.Join(words, " "), nil
}

// count goes through a part.
func (c *Campaign) count(ctx context.Context, i int) (partRecord, error) {
	out := partRecord{Part: i, Profiles: map[key]tally{}}
	sample := rand.New(rand.NewPCG(c.config.Seed, uint64(i)))
	labellings := new(big.Int).MulRange(1, int64(c.config.Vertices)).Int64()
	var failure error
	c.enumerator.visit(c.parts[i], func(g *digraph, automorphisms []*labelling) {
		copies := labellings / int64(len(automorphisms))
		out.Digraphs++
		out.Labelled += copies
		c.enumerator.cases(g, automorphisms, func(at place, k key, orbit int) {
			out.Cases++
			out.LabelledCases += copies * int64(orbit)
			t, ok := out.Profiles[k]
			if !ok {
				t.First = witness(g, at)
			}
			t.Cases++
			out.Profiles[k] = t
			if c.config.Audit > 0 && sample.Float64() < c.config.Audit && failure == nil {
				var verdicts string
				if verdicts, failure = c.alone(ctx, g, at); failure == nil {
					if out.Audit == nil {
						out.Audit = map[audit]int64{}
					}
					out.Audit[audit{k, verdicts}]++
				}
			}
		})
	})
	return out, failure
}

// alone decides a case for itself, from its edges, by the way that data from
// files take.
func (c *Campaign) alone(ctx context.Context, g *digraph, at place) (string, error) {
	d, err := graph.New(c.config.Vertices, c.enumerator.edges(g))
	if err != nil {
		return "", err
	}
	s, err := (&graph.Instance{Graph: d, Root: at.root}).StepTowards(at.step, at.target)
	if err != nil {
		return "", err
	}
	return c.decide(ctx, theory.ProfileOf(s))
}

// witness packs a case into one number: rows of six bits, then root, step and
// target of three bits each.
func witness(g *digraph, at place) uint64 {
	code := uint64(0)
	for _, row := range g {
		code = code<<MaxVertices | uint64(row)
	}
	for _, x := range []int{at.root, at.step, at.target} {
		code = code<<3 | uint64(x)
	}
	return code
}

func unpack(code uint64) (g digraph, at place) {
	for _, x := range []*int{&at.target, &at.step, &at.root} {
		*x = int(code & 7)
		code >>= 3
	}
	for u := MaxVertices - 1; u >= 0; u-- {
		g[u] = uint8(code & (1<<MaxVertices - 1))
		code >>= MaxVertices
	}
	return g, at
}
