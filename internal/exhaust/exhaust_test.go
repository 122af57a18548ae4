package exhaust

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"muflow/graph"
	"muflow/internal/hunt"
	"muflow/internal/long"
	"muflow/internal/runlog"
	"muflow/theory"
)

func silent(string) runlog.Progress { return nil }

func run(t testing.TB, config Config, jobs int) *Report {
	t.Helper()
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Run(context.Background(), jobs, silent)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var both = []string{"coconut", "bfs"}

// TestUnlabelledCounts: the numbers of digraphs are those of OEIS A000273.
func TestUnlabelledCounts(t *testing.T) {
	for n, want := range map[int]int64{1: 1, 2: 3, 3: 16, 4: 218, 5: 9608} {
		e := newEnumerator(n)
		got, labelled := int64(0), 0
		for _, p := range e.parts() {
			e.visit(p, func(_ *digraph, automorphisms []*labelling) bool {
				got++
				labelled += factorial(n) / len(automorphisms)
				return true
			})
		}
		if got != want || labelled != 1<<(n*(n-1)) {
			t.Errorf("n = %d: %d digraphs that stand for %d labelled ones, expected %d", n, got, labelled, want)
		}
	}
}

// TestBurnside: the counts without enumeration are those of OEIS A000273, and
// the totals over profiles those of the enumeration, where every profile is
// compared (checkCounts), also by a shifted count.
func TestBurnside(t *testing.T) {
	for n, want := range map[int]string{1: "1", 2: "3", 3: "16", 4: "218", 5: "9608", 6: "1540944", 7: "882033440", 8: "1793359192848", 9: "13027956824399552"} {
		if got := digraphsUpTo(n); got.String() != want {
			t.Errorf("n = %d: %v digraphs, expected %s", n, got, want)
		}
	}
	for n, want := range map[int][2]int64{4: {1576, 18}, 5: {152288, 127}, 6: {41778384, 761}} {
		profiles, _, err := casesUpTo(n)
		if err != nil {
			t.Fatal(err)
		}
		total := int64(0)
		for _, cases := range profiles {
			total += cases
		}
		if n > 4 && len(profiles) != int(want[1]) || total != want[0] {
			t.Errorf("n = %d: %d cases of %d profiles, expected %d of %d", n, total, len(profiles), want[0], want[1])
		}
	}
	c, err := New(Config{Vertices: 4, Losses: both, Alpha: "1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Run(context.Background(), 2, silent); err != nil {
		t.Fatal(err)
	}
	moved := slices.Sorted(maps.Keys(c.total.Profiles))[:2]
	for i, k := range moved {
		x := c.total.Profiles[k]
		x.Cases += int64(1 - 2*i)
		c.total.Profiles[k] = x
	}
	if err := c.checkCounts(); err == nil {
		t.Error("a case of another profile goes unnoticed")
	}
}

// TestCountedCampaign: without an enumeration the report is the same.
func TestCountedCampaign(t *testing.T) {
	for n := 1; n <= 5; n++ {
		config := Config{Vertices: n, Losses: both, Alpha: "3/2"}
		want := run(t, config, 2)
		config.Count = true
		if got := run(t, config, 2); !reflect.DeepEqual(got, want) {
			t.Errorf("n = %d: counted %+v, enumerated %+v", n, got, want)
		}
	}
	for _, bad := range []Config{{Audit: 1}, {Shard: Shard{0, 2}}, {Vertices: MaxCounted + 1}} {
		bad.Count, bad.Losses, bad.Alpha, bad.Vertices = true, both, "1", max(3, bad.Vertices)
		if _, err := New(bad); err == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}

// TestLongPartsStop: with seven vertices a part has millions of digraphs, and ends
// soon after its context.
func TestLongPartsStop(t *testing.T) {
	c, err := New(Config{Vertices: 7, Losses: both, Alpha: "1", Shard: Shard{17, 400}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, i := range c.mine {
		if r, err := c.count(ctx, i); !errors.Is(err, context.Canceled) && r.Digraphs >= 1024 || r.Digraphs > 1024 {
			t.Errorf("part %d goes on to %d digraphs (%v)", i, r.Digraphs, err)
		}
	}
}

// bruteForce counts digraphs, cases and profiles without this package: over
// all labelled digraphs and all permutations, on adjacency matrices, each orbit
// by the least text among its images.
func bruteForce(t *testing.T, n int) (digraphs, cases int, profiles map[string]int) {
	t.Helper()
	var permutations [][]int
	var extend func(p []int)
	extend = func(p []int) {
		if len(p) == n {
			permutations = append(permutations, slices.Clone(p))
		}
		for v := range n {
			if !slices.Contains(p, v) {
				extend(append(p, v))
			}
		}
	}
	extend(nil)
	var pairs [][2]int
	for u := range n {
		for v := range n {
			if u != v {
				pairs = append(pairs, [2]int{u, v})
			}
		}
	}
	code := func(edges [][2]int, p []int, extra ...int) string {
		text := make([]byte, n*n)
		for i := range text {
			text[i] = '0'
		}
		for _, e := range edges {
			text[p[e[0]]*n+p[e[1]]] = '1'
		}
		for _, v := range extra {
			text = append(text, byte('a'+p[v]))
		}
		return string(text)
	}
	least := func(edges [][2]int, extra ...int) string {
		best := code(edges, permutations[0], extra...)
		for _, p := range permutations {
			best = min(best, code(edges, p, extra...))
		}
		return best
	}
	classes, orbits := map[string]bool{}, map[string]string{}
	for mask := range 1 << len(pairs) {
		var edges [][2]int
		for i, e := range pairs {
			if mask>>i&1 != 0 {
				edges = append(edges, e)
			}
		}
		if n == 4 && len(edges) > 0 && code(edges, permutations[0]) != least(edges) {
			continue // another labelling of this digraph comes by
		}
		classes[least(edges)] = true
		g, err := graph.New(n, edges)
		if err != nil {
			t.Fatal(err)
		}
		for root := range n {
			for target, d := range g.Distances(root) {
				if d < 1 {
					continue
				}
				s, err := (&graph.Instance{Graph: g, Root: root}).StepTowards(d-1, target)
				if err != nil {
					t.Fatal(err)
				}
				orbits[least(edges, root, target)] = theory.ProfileOf(s).Key()
			}
		}
	}
	profiles = map[string]int{}
	for _, k := range orbits {
		profiles[k]++
	}
	return len(classes), len(orbits), profiles
}

func TestAgainstBruteForce(t *testing.T) {
	for n := 1; n <= 4; n++ {
		digraphs, cases, profiles := bruteForce(t, n)
		c, err := New(Config{Vertices: n, Losses: both, Alpha: "1"})
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Run(context.Background(), 2, silent)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for k, x := range c.total.Profiles {
			s, err := c.first(k)
			if err != nil {
				t.Fatal(err)
			}
			got[theory.ProfileOf(s).Key()] = int(x.Cases)
		}
		if int(r.Digraphs) != digraphs || int(r.Cases) != cases || !reflect.DeepEqual(got, profiles) {
			t.Errorf("n = %d: %d digraphs, %d cases, %d profiles; brute force %d, %d, %d", n, r.Digraphs, r.Cases, len(got), digraphs, cases, len(profiles))
		}
		if r.Summary["refuted"]+r.Summary["undecided"] != 0 || len(r.Examples) != 0 {
			t.Errorf("n = %d: %v", n, r.Summary)
		}
	}
}

// TestClaimsOfSmallGraphs: the premises decide which claims apply, recounted
// from the profiles; everything else is proved.
func TestClaimsOfSmallGraphs(t *testing.T) {
	c, err := New(Config{Vertices: 4, Losses: both, Alpha: "1", Audit: 0.1, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Run(context.Background(), 2, silent)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{}
	ties := int64(0)
	for k, x := range c.total.Profiles {
		s, err := c.first(k)
		if err != nil {
			t.Fatal(err)
		}
		p := theory.ProfileOf(s)
		if p.Outside() > 0 {
			want["T1a"] += x.Cases
		}
		if least, most := p.MinDegree(), p.MaxDegree(); least < most && (p.TargetDegree.Num == least || p.TargetDegree.Num == most) {
			want["T1b-diverges"] += x.Cases
		}
		if p.MinDegree() < p.TargetDegree.Num && p.TargetDegree.Num < p.MaxDegree() {
			want["T1b"] += x.Cases
			if p.Start().IsZero() {
				ties += x.Cases
			}
		}
	}
	for claim, like := range map[string]string{"T1a": "T1a", "T1a-lower": "T1a", "T1a-upper": "T1a", "T1b": "T1b", "T1b-rate": "T1b", "T1b-diverges-lower": "T1b-diverges", "T1b-diverges-upper": "T1b-diverges", "T1b-diverges": "T1b-diverges"} {
		if r.Claims[claim]["proved"] != want[like] || want[like] == 0 || want[like] == r.Cases {
			t.Errorf("%s: proved on %d of %d cases, its premise holds on %d", claim, r.Claims[claim]["proved"], r.Cases, want[like])
		}
	}
	if positive, ceiling := r.Claims["T1b-positive"]["proved"], r.Claims["T1b-ceiling"]["proved"]; ceiling-positive != ties || ties != r.Ties || ties == 0 {
		t.Errorf("T1b-positive on %d cases, T1b-ceiling on %d, %d ties, expected %d", positive, ceiling, r.Ties, ties)
	}
	if r.Summary["proved"]+r.Summary["not-applicable"] != 18*r.Cases || r.Audit == nil || r.Audit.Disagree != 0 || r.Audit.Cases < r.Cases/20 || r.Audit.Profiles < 10 {
		t.Errorf("%+v, audit %+v", r, r.Audit)
	}
	// An audit can fail: a decision that was changed is noticed.
	for k := range c.decided {
		c.decided[k] = decision{Profile: k, Verdicts: "T1a=undecided"}
	}
	if r, err := c.report(context.Background()); err != nil || r.Audit.Disagree == 0 || len(r.Examples) != r.Profiles {
		t.Errorf("a changed decision goes unnoticed: %+v (%v)", r, err)
	}
}

// TestCampaignResumes: stopped after any part or profile, a campaign goes on
// to the same report, with any number of jobs.
func TestCampaignResumes(t *testing.T) {
	config := Config{Vertices: 4, Losses: both, Alpha: "2/3", Audit: 0.05, Seed: 1}
	want, err := json.Marshal(run(t, config, 1))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	stops := 0
	for {
		c, err := Open(dir, config, true)
		if err != nil {
			t.Fatal(err)
		}
		before := records(t, c)
		ctx, cancel := context.WithCancel(context.Background())
		calls := 0
		r, err := c.Run(ctx, 1+stops%3, func(string) runlog.Progress {
			return func(int, int) {
				if calls++; calls == 10 {
					cancel()
				}
			}
		})
		cancel()
		if closed := c.Close(); closed != nil {
			t.Fatal(closed)
		}
		if err == nil {
			got, err := json.Marshal(r)
			if err != nil || string(got) != string(want) {
				t.Fatalf("after %d stops: %s\nat once: %s", stops, got, want)
			}
			break
		}
		stops++
		if !errors.Is(err, context.Canceled) || stops > 100 {
			t.Fatalf("stop %d at %d records: %v", stops, before, err)
		}
	}
	if stops < 4 { // each run ends with its 10th unit, or at most two later
		t.Errorf("%d stops", stops)
	}
	config.Seed++
	if _, err := Open(dir, config, true); !errors.Is(err, runlog.ErrConfig) {
		t.Errorf("another seed: %v", err)
	}
}

// small is a statement whose parameters have one value.
func small(t *testing.T, s *hunt.Statement) *hunt.Statement {
	t.Helper()
	premise := slices.Clone(s.Premise)
	for _, name := range s.Parameters() {
		premise = append(premise, name+" == 1")
	}
	out, err := hunt.NewStatement(s.ID, s.Loss, premise, s.Conclusion, false)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// labelledVerdicts decides a statement on all labelled digraphs with three
// vertices, with all roots, targets and other candidates, each for itself, and
// lists the verdicts of the cases.
func labelledVerdicts(t *testing.T, s *hunt.Statement) []string {
	t.Helper()
	ctx := context.Background()
	decider, err := hunt.NewDecider(ctx, s, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	order := []theory.Verdict{theory.NotApplicable, theory.Proved, theory.Undecided, theory.Refuted}
	seen := map[string]bool{}
	for mask := range 1 << 6 {
		var edges [][2]int
		for i, e := range [][2]int{{0, 1}, {0, 2}, {1, 0}, {1, 2}, {2, 0}, {2, 1}} {
			if mask>>i&1 != 0 {
				edges = append(edges, e)
			}
		}
		g, err := graph.New(3, edges)
		if err != nil {
			t.Fatal(err)
		}
		for root := range 3 {
			for target, d := range g.Distances(root) {
				path := []int{root, target}
				if d == 2 {
					path = []int{root, 3 - root - target, target}
				}
				worst := 0
				for other := range 3 {
					if d > 0 && other != target {
						in := graph.Instance{Graph: g, Root: root, Target: target, Other: other, Path: path}
						worst = max(worst, slices.Index(order, decider.Decide(in, d-1).Verdict))
					}
				}
				if d > 0 {
					seen[order[worst].String()] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// TestStatementsOnSmallGraphs: the statements of the library about one instance
// fail, hold and apply on three vertices where labelledVerdicts says so; on
// four, cases that share a key are decided alike.
func TestStatementsOnSmallGraphs(t *testing.T) {
	all, err := hunt.Library()
	if err != nil {
		t.Fatal(err)
	}
	checks, refuted := 0, 0
	for i, s := range all {
		if s.Pair || s.NamesVertices() || !*long.Tests && i%6 != 0 {
			continue
		}
		s = small(t, s)
		r := run(t, Config{Vertices: 3, Statements: []*hunt.Statement{s}, Audit: 1}, 2)
		var got []string
		total := int64(0)
		for verdict, count := range r.Summary {
			if total += count; count > 0 {
				got = append(got, verdict)
			}
		}
		slices.Sort(got)
		if want := labelledVerdicts(t, s); !slices.Equal(got, want) || total != r.Cases || r.Audit.Disagree != 0 {
			t.Errorf("%s: %v on %d of %d cases, %d disagree, brute force %v", s.ID, got, total, r.Cases, r.Audit.Disagree, want)
		}
		if (r.Summary["refuted"] > 0) != (r.Witness != nil) || r.Witness != nil && r.Witness.Verdict != theory.Refuted {
			t.Errorf("%s: witness %v", s.ID, r.Witness)
		}
		checks++
		if r.Witness != nil {
			refuted++
		}
	}
	if checks < 20 || refuted < 4 {
		t.Errorf("%d statements, %d refuted", checks, refuted)
	}
	for _, id := range []string{"T1b/setting-least", "A6-softmax/downward", "T3-answer/itself", "T2~not-zero"} { // one of each view
		s, ok := hunt.Lookup(id)
		if !ok {
			t.Fatal(id)
		}
		r := run(t, Config{Vertices: 4, Statements: []*hunt.Statement{small(t, s)}, Audit: 1}, 2)
		if r.Audit.Disagree != 0 || r.Audit.Cases != r.Cases || r.Cases != 1576 || r.Summary["undecided"] != 0 {
			t.Errorf("%s: %v, %+v", id, r.Summary, r.Audit)
		}
	}
}

// TestUndecidedStatements: what cannot be decided is counted as such.
func TestUndecidedStatements(t *testing.T) {
	s, err := hunt.NewStatement("x", "coconut", []string{"dmin < dstar", "dstar < dmax", "start >= 0"}, "mustar <= logp(Wroom/((dmax-dstar)*Wtop))/(alpha*s*(dmax-dstar+1))", false)
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, Config{Vertices: 4, Statements: []*hunt.Statement{s}}, 2)
	if r.Summary["undecided"] == 0 || r.Summary["refuted"] != 0 || len(r.Examples) == 0 { // it is attained
		t.Errorf("%v", r.Summary)
	}
}

func TestBadConfigurations(t *testing.T) {
	good := Config{Vertices: 3, Losses: both, Alpha: "1"}
	for i, change := range []func(*Config){
		func(c *Config) { c.Vertices = 0 }, func(c *Config) { c.Vertices = MaxVertices + 1 }, func(c *Config) { c.Losses = []string{"mse"} },
		func(c *Config) { c.Alpha = "0" }, func(c *Config) { c.Alpha = "x" }, func(c *Config) { c.Audit = 1.5 }, func(c *Config) { c.Audit = -1 },
	} {
		bad := good
		change(&bad)
		if _, err := New(bad); err == nil {
			t.Errorf("change %d is accepted", i)
		}
	}
}

func BenchmarkEnumerate(b *testing.B) {
	for n := 4; n <= 5; n++ {
		b.Run(fmt.Sprintf("vertices=%d", n), func(b *testing.B) {
			for b.Loop() {
				e := newEnumerator(n)
				for _, p := range e.parts() {
					e.visit(p, func(*digraph, []*labelling) bool { return true })
				}
			}
		})
	}
}

// records counts what the log of a campaign holds.
func records(t *testing.T, c *Campaign) int {
	t.Helper()
	count := 0
	if err := c.run.Replay(func([]byte) error { count++; return nil }); err != nil {
		t.Fatal(err)
	}
	return count
}

func factorial(n int) int {
	if n < 2 {
		return 1
	}
	return n * factorial(n-1)
}

// TestShardsPartition: every digraph is in one shard, so that what the shards
// count adds up to the closed forms and to the report on the whole; a shard
// goes on where it was left, and only as itself.
func TestShardsPartition(t *testing.T) {
	config := Config{Losses: both, Alpha: "1"}
	for _, x := range [][2]int{{4, 1}, {4, 40}, {5, 3}} { // vertices, shards
		if config.Vertices = x[0]; testing.Short() && x[0] == 5 {
			continue
		}
		config.Shard = Shard{}
		whole, count := run(t, config, 2), x[1]
		sum := &Report{Claims: map[string]map[string]int64{}, Summary: map[string]int64{}}
		busy := 0
		for i := range count {
			config.Shard = Shard{i, count}
			r := run(t, config, 1)
			sum.Digraphs, sum.Labelled = sum.Digraphs+r.Digraphs, sum.Labelled+r.Labelled
			sum.Cases, sum.Copies, sum.Ties = sum.Cases+r.Cases, sum.Copies+r.Copies, sum.Ties+r.Ties
			sum.Profiles = max(sum.Profiles, r.Profiles)
			for v, n := range r.Summary {
				sum.Summary[v] += n
			}
			for claim, verdicts := range r.Claims {
				if sum.Claims[claim] == nil {
					sum.Claims[claim] = map[string]int64{}
				}
				for v, n := range verdicts {
					sum.Claims[claim][v] += n
				}
			}
			if r.Digraphs > 0 {
				busy++
			}
			if (r.Shard == nil) != (count == 1) || r.Shard != nil && *r.Shard != config.Shard {
				t.Errorf("shard %v says it is %v", config.Shard, r.Shard)
			}
		}
		if sum.Digraphs != whole.Digraphs || sum.Labelled != whole.Labelled || sum.Cases != whole.Cases || sum.Copies != whole.Copies || sum.Ties != whole.Ties ||
			!maps.Equal(sum.Summary, whole.Summary) || !reflect.DeepEqual(sum.Claims, whole.Claims) || sum.Profiles > whole.Profiles {
			t.Errorf("%d shards: %+v, the whole: %+v", count, sum, whole)
		}
		if busy < min(count, 3) {
			t.Errorf("%d of %d shards have digraphs", busy, count)
		}
	}
	for _, bad := range []Shard{{-1, 2}, {2, 2}, {0, -1}, {1, 0}} {
		config.Shard = bad
		if _, err := New(config); err == nil {
			t.Errorf("shard %v is taken", bad)
		}
	}

	dir := filepath.Join(t.TempDir(), "one")
	config = Config{Vertices: 4, Losses: both, Alpha: "1", Shard: Shard{1, 3}}
	plain := run(t, config, 1)
	for range 2 {
		c, err := Open(dir, config, true)
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Run(context.Background(), 2, silent)
		if err := errors.Join(err, c.Close()); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(r, plain) {
			t.Errorf("in a folder %+v, without %+v", r, plain)
		}
	}
	config.Shard = Shard{2, 3}
	if _, err := Open(dir, config, true); !errors.Is(err, runlog.ErrConfig) {
		t.Errorf("another shard in the folder: %v", err)
	}
}
