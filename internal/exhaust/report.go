package exhaust

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"muflow/internal/hunt"
	"muflow/theory"
)

// A Report is what a campaign found.
type Report struct {
	Vertices int      `json:"vertices"`
	Losses   []string `json:"losses"`
	Alpha    string   `json:"alpha"`
	Shard    *Shard   `json:"shard,omitempty"` // nil: all digraphs
	// Statements lists the ids of those that were decided in place of claims.
	Statements []string                    `json:"statements,omitempty"`
	Digraphs   int64                       `json:"digraphs"` // up to isomorphism
	Labelled   int64                       `json:"labelled_digraphs"`
	Cases      int64                       `json:"cases"` // digraph, root, c, target, up to automorphism
	Copies     int64                       `json:"labelled_cases"`
	Profiles   int                         `json:"distinct_profiles"`
	Ties       int64                       `json:"ties"`    // cases with μ* = 0, decided by integers
	Summary    map[string]int64            `json:"summary"` // verdicts of all claims on all cases
	Claims     map[string]map[string]int64 `json:"claims"`
	Audit      *Audit                      `json:"audit,omitempty"`
	Examples   []Example                   `json:"examples,omitempty"` // the first case of each profile that is refuted or undecided

	Witness *hunt.Outcome `json:"-"` // the first statement that is refuted, and where
}

// An Audit says how the cases that were decided each for itself compare.
type Audit struct {
	Share    float64 `json:"share"`
	Seed     uint64  `json:"seed"`
	Cases    int64   `json:"cases"`
	Disagree int64   `json:"disagree"`
	Profiles int     `json:"profiles"` // distinct ones among them
}

// An Example is one case, or where cases are counted its profile alone, and its verdicts.
type Example struct {
	Edges   [][2]int `json:"edges,omitempty"`
	Profile string   `json:"profile,omitempty"`
	place
	Verdicts string `json:"verdicts"`
}

// checkCounts compares the counts with those of Burnside's lemma, and with
// closed forms: 2^{n(n−1)} labelled
// digraphs, and as many labelled cases as there are labelled digraphs with a
// root and another vertex that it reaches,
//
//	n Σ_j binom(n−1, j−1) C_j 2^{(n−j)(n−1)} (j−1)
//
// where C_j counts the digraphs on j vertices that a root reaches all of:
// 2^{k(k−1)} = Σ_j binom(k−1, j−1) C_j 2^{(k−j)(k−1)}, as the others send
// edges anywhere and receive none from the j.
func (c *Campaign) checkCounts() error {
	n := c.config.Vertices
	power := func(e int) *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(e)) }
	term := func(k, j int, whole *big.Int) *big.Int {
		t := new(big.Int).Binomial(int64(k-1), int64(j-1))
		return t.Mul(t.Mul(t, whole), power((k-j)*(k-1)))
	}
	whole := make([]*big.Int, n+1) // C_j
	for k := 1; k <= n; k++ {
		whole[k] = power(k * (k - 1))
		for j := 1; j < k; j++ {
			whole[k].Sub(whole[k], term(k, j, whole[j]))
		}
	}
	reached := new(big.Int)
	for j := 1; j <= n; j++ {
		t := term(n, j, whole[j])
		reached.Add(reached, t.Mul(t, big.NewInt(int64(n*(j-1)))))
	}
	if want := power(n * (n - 1)); big.NewInt(c.total.Labelled).Cmp(want) != 0 {
		return fmt.Errorf("the digraphs stand for %d labelled ones, expected %v", c.total.Labelled, want)
	}
	if big.NewInt(c.total.LabelledCases).Cmp(reached) != 0 {
		return fmt.Errorf("the cases stand for %d labelled ones, expected %v", c.total.LabelledCases, reached)
	}
	if want := digraphsUpTo(n); big.NewInt(c.total.Digraphs).Cmp(want) != 0 {
		return fmt.Errorf("%d digraphs, expected %v", c.total.Digraphs, want)
	}
	if len(c.config.Statements) > 0 { // which tell more apart than profiles
		return nil
	}
	if c.config.Count { // as these are
		return nil
	}
	want, _, err := casesUpTo(n)
	if err != nil {
		return err
	}
	for k, t := range c.total.Profiles {
		if t.Cases != want[k] {
			return fmt.Errorf("%d cases of profile %d, expected %d", t.Cases, k, want[k])
		}
	}
	if len(c.total.Profiles) != len(want) {
		return fmt.Errorf("%d profiles, expected %d", len(c.total.Profiles), len(want))
	}
	return nil
}

func (c *Campaign) report(ctx context.Context) (*Report, error) {
	out := &Report{Vertices: c.config.Vertices, Losses: c.config.Losses, Alpha: c.config.Alpha, Digraphs: c.total.Digraphs, Labelled: c.total.Labelled,
		Cases: c.total.Cases, Copies: c.total.LabelledCases, Profiles: len(c.total.Profiles), Summary: map[string]int64{}, Claims: map[string]map[string]int64{}}
	if c.config.Shard.Count > 1 {
		out.Shard = &c.config.Shard
	}
	for _, s := range c.config.Statements {
		out.Statements = append(out.Statements, s.ID)
	}
	for _, v := range theory.Verdicts {
		out.Summary[v.String()] = 0
	}
	keys := slices.Sorted(maps.Keys(c.total.Profiles))
	if !c.byProfile { // in the order in which they are met first
		slices.SortFunc(keys, func(a, b key) int {
			x, y := c.total.Profiles[a], c.total.Profiles[b]
			return cmp.Or(cmp.Compare(x.part, y.part), cmp.Compare(x.Number, y.Number))
		})
	}
	for _, k := range keys {
		t, d := c.total.Profiles[k], c.decided[k]
		if d.Tie {
			out.Ties += t.Cases
		}
		example := false
		for _, word := range strings.Fields(d.Verdicts) {
			claim, verdict, _ := strings.Cut(word, "=")
			if i, err := strconv.Atoi(claim); err == nil { // a statement by its number
				claim = c.config.Statements[i].ID
				if err := c.witness(ctx, out, k, c.config.Statements[i], verdict); err != nil {
					return nil, err
				}
			}
			if out.Claims[claim] == nil {
				out.Claims[claim] = map[string]int64{}
			}
			out.Claims[claim][verdict] += t.Cases
			out.Summary[verdict] += t.Cases
			example = example || verdict != theory.Proved.String() && verdict != theory.NotApplicable.String()
		}
		if example {
			x := Example{place: t.First.place, Verdicts: d.Verdicts}
			if c.config.Count {
				p, err := k.profile()
				if err != nil {
					return nil, err
				}
				x.Profile = p.Key()
			} else {
				x.Edges = c.enumerator.edges(&t.First.Digraph)
			}
			out.Examples = append(out.Examples, x)
		}
	}
	if c.config.Audit > 0 {
		out.Audit = &Audit{Share: c.config.Audit, Seed: c.config.Seed}
		seen := map[string]bool{}
		for text, cases := range c.total.Audit {
			k, verdicts, _ := strings.Cut(text, " ")
			seen[k] = true
			out.Audit.Cases += cases
			if number, err := strconv.ParseUint(k, 10, 64); err != nil || c.decided[key(number)].Verdicts != verdicts {
				out.Audit.Disagree += cases
			}
		}
		out.Audit.Profiles = len(seen)
	}
	return out, nil
}

// witness finds the first witness of a refuted statement again.
func (c *Campaign) witness(ctx context.Context, out *Report, k key, s *hunt.Statement, verdict string) error {
	if out.Witness != nil || verdict != theory.Refuted.String() {
		return nil
	}
	step, err := c.first(k)
	if err != nil {
		return err
	}
	out.Witness, err = c.judge(ctx, s, step)
	return err
}
