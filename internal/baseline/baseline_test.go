package baseline

import (
	"bytes"
	"context"
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/hunt"
	"muflow/internal/long"
	"muflow/prove"
	"muflow/theory"
)

// quick are true statements that need no flow.
func quick(t *testing.T) []*hunt.Statement {
	t.Helper()
	all, err := hunt.Library()
	if err != nil {
		t.Fatal(err)
	}
	var out []*hunt.Statement
	for _, s := range all {
		if !s.Planted && !s.Pair && !strings.Contains(s.Conclusion, "mu ") && !strings.Contains(s.Conclusion, "vleast") && !strings.HasPrefix(s.Base, "T3") && !strings.HasPrefix(s.Base, "A6") {
			out = append(out, s)
		}
	}
	return out
}

func request(t *testing.T, statements []*hunt.Statement) Request {
	t.Helper()
	// Unbounded at steps 0 and 1, bounded at step 2.
	g, err := graph.New(19, [][2]int{{11, 0}, {13, 11}, {11, 16}, {13, 17}, {11, 18}, {13, 7}, {11, 15}, {0, 7}, {18, 12}})
	if err != nil {
		t.Fatal(err)
	}
	instances := []graph.Instance{{Graph: g, Root: 13, Target: 12, Other: 9, Path: []int{13, 11, 18, 12}}}
	one := big.NewRat(1, 1)
	return Request{Statements: statements, Instances: instances, Engine: "test",
		Parameters: map[string]*big.Rat{"alpha": one, "t": big.NewRat(64, 1), "gain": one, "logit": one, "eta": big.NewRat(16, 1), "k": big.NewRat(8, 1)}}
}

// edits are seeded changes of a theory: a constant moved, an inequality turned,
// a premise dropped, a statement removed, one added.
func edit(t *testing.T, rng *rand.Rand, statements []*hunt.Statement) []*hunt.Statement {
	t.Helper()
	out := append([]*hunt.Statement(nil), statements...)
	kind := rng.IntN(5)
	i := rng.IntN(len(out))
	for kind == 0 && !strings.Contains(out[i].Conclusion, "<=") {
		i = rng.IntN(len(out))
	}
	change := func(premise []string, conclusion string) {
		s, err := hunt.NewStatement(out[i].ID, out[i].Loss, premise, conclusion, false)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = s
	}
	s := out[i]
	switch kind {
	case 0:
		change(s.Premise, strings.Replace(s.Conclusion, "<=", "<= 5/4*", 1))
	case 1:
		for _, pair := range [][2]string{{"<=", ">="}, {"==", "!="}, {">", "<"}} {
			if strings.Contains(s.Conclusion, pair[0]) {
				change(s.Premise, strings.Replace(s.Conclusion, pair[0], pair[1], 1))
				break
			}
		}
	case 2:
		if len(s.Premise) > 0 {
			change(s.Premise[1:], s.Conclusion)
		}
	case 3:
		out = append(out[:i:i], out[i+1:]...)
	case 4:
		s, err := hunt.NewStatement("new", "coconut", []string{"dmin < dstar"}, "F0 <= dmax", false)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

// Twenty seeded edits give by hashes alone exactly the change set that a full
// run gives, with a small part of the work.
func TestIncrementalComparisonIsTheFullOne(t *testing.T) {
	statements := quick(t)
	ctx := context.Background()
	first, err := Decide(ctx, request(t, statements))
	if err != nil {
		t.Fatal(err)
	}
	before, all := first.Records, first.Computed
	old := &File{Head{Schema: Schema, Engine: "test", Statements: statements}, before}
	cache := t.TempDir()
	changes, verdicts, margins := 0, 0, 0
	edits := 8
	if *long.Tests {
		edits = 20
	}
	for seed := range edits {
		edited := edit(t, rand.New(rand.NewPCG(uint64(seed), 1)), statements)
		r := request(t, edited)
		full, err := Decide(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		r.Known, r.Cache = old.Known(), cache
		fast, err := Decide(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(full.Records, fast.Records) {
			t.Fatalf("edit %d: results differ", seed)
		}
		if fast.Computed > all/len(statements)+1 {
			t.Errorf("edit %d: %d of %d results computed", seed, fast.Computed, all)
		}
		if again, err := Decide(ctx, r); err != nil || again.Computed != 0 {
			t.Errorf("edit %d: results computed again, %v", seed, err)
		}
		a, err := Compare(before, full.Records)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Compare(before, fast.Records)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a, b) {
			t.Errorf("edit %d: change sets differ", seed)
		}
		for _, c := range a {
			changes++
			switch c.Kind {
			case VerdictChange:
				verdicts++
			case MarginChange:
				margins++
			case Contradiction:
				t.Errorf("edit %d: %+v", seed, c)
			}
		}
	}
	if changes < edits || verdicts == 0 || margins == 0 {
		t.Errorf("%d changes, %d verdicts, %d margins", changes, verdicts, margins)
	}
}

// A file is read as it was written; enclosures that contradict are seen; no
// edit, no change.
func TestFilesAndContradictions(t *testing.T) {
	statements := quick(t)
	results, err := Decide(context.Background(), request(t, statements))
	if err != nil {
		t.Fatal(err)
	}
	records := results.Records
	f := &File{Head{Schema: Schema, Engine: "test", Statements: statements}, records}
	text, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := again.Encode(); err != nil || !bytes.Equal(same, text) {
		t.Errorf("a file that was read is written differently (%v)", err)
	}
	if changes, err := Compare(records, again.Records); err != nil || len(changes) != 0 {
		t.Errorf("%d changes, %v", len(changes), err)
	}
	moved := 0
	for i := range again.Records {
		if v, ok := again.Records[i].Values["mustar"]; ok && v.Lo != "0" && moved == 0 {
			v.Lo, v.Hi = "123", "124"
			again.Records[i].Values["mustar"] = v
			again.Records[i].Hash = "other"
			moved++
		}
	}
	changes, err := Compare(records, again.Records)
	if err != nil || moved != 1 || len(changes) != 1 || changes[0].Kind != Contradiction || changes[0].Value != "mustar" {
		t.Errorf("%d moved, changes %+v, %v", moved, changes, err)
	}
	for _, broken := range []string{"", "{}", `{"schema":"muflow/baseline/2","statements":3}`, `{"schema":"x"}`, strings.Replace(string(text), "limit == plus", "limit plus", 1)} {
		if _, err := Decode([]byte(broken)); err == nil {
			t.Errorf("%.40q was accepted", broken)
		}
	}
	proved := 0
	for _, r := range records {
		if r.Verdict != theory.Proved && r.Verdict != theory.NotApplicable {
			t.Errorf("%s at instance %d, step %d: %v", r.Statement, r.Instance, r.Step, r.Verdict)
		}
		if r.Verdict == theory.Proved {
			proved++
		}
	}
	if proved < 15 {
		t.Errorf("%d proved", proved)
	}
}

// A cache entry and a record that are not what was written are not believed: the
// one is decided again, the other refused.
func TestAlteredResultsAreNotBelieved(t *testing.T) {
	ctx := context.Background()
	r := request(t, quick(t))
	r.Cache = t.TempDir()
	want, err := Decide(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := filepath.Glob(filepath.Join(r.Cache, "*.json"))
	if err != nil || len(entries) != want.Computed {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	changes := []func(text string) string{
		func(text string) string { return strings.Replace(text, `"proved"`, `"refuted"`, 1) },
		func(text string) string { return strings.Replace(text, `"not-applicable"`, `"proved"`, 1) },
		func(text string) string { return strings.Replace(text, `"lo":"`, `"lo":"-1`, 1) },
		func(text string) string { return text[:len(text)/2] },
		func(string) string { return "null" },
		func(string) string { return "" },
	}
	altered := 0
	for i, name := range entries {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if changed := changes[i%len(changes)](string(text)); changed != string(text) {
			altered++
			if err := os.WriteFile(name, []byte(changed), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if altered < 20 {
		t.Fatalf("%d altered", altered)
	}
	for _, expected := range []int{altered, 0} { // the second time everything is known again
		got, err := Decide(ctx, r)
		if err != nil || got.Altered != expected || got.Computed != expected || !reflect.DeepEqual(got.Records, want.Records) {
			t.Errorf("%d altered, %d computed, expected %d (%v)", got.Altered, got.Computed, expected, err)
		}
	}
	if err := os.Rename(entries[0], entries[1]); err != nil { // the right text under another hash
		t.Fatal(err)
	}
	if got, err := Decide(ctx, r); err != nil || got.Altered != 1 || got.Computed != 2 || !reflect.DeepEqual(got.Records, want.Records) {
		t.Errorf("%+v, %v", got, err)
	}
	// A link in the place of an entry, to a file of its own, is refused and what it points at is left alone.
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("kept"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(entries[2]); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, entries[2]); err != nil {
		t.Fatal(err)
	}
	if _, err := Decide(ctx, r); err == nil || !strings.Contains(err.Error(), filepath.Base(entries[2])) {
		t.Errorf("a link: %v", err)
	}
	if text, err := os.ReadFile(outside); err != nil || string(text) != "kept" {
		t.Errorf("what the link points at holds %q, %v", text, err)
	}
	f := &File{Head{Schema: Schema, Engine: "test", Statements: r.Statements}, want.Records}
	text, err := f.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{`"engine":"`, `"conclusion":"`} {
		changed := bytes.Replace(text, []byte(field), []byte(field+"0+"), 1)
		if _, err := Decode(changed); err == nil || !strings.Contains(err.Error(), "altered") {
			t.Errorf("%s changed: %v", field, err)
		}
	}
	if _, err := Decode(bytes.Replace(text, []byte(`"verdict":"proved"`), []byte(`"verdict":"refuted"`), 1)); err == nil || !strings.Contains(err.Error(), "altered") {
		t.Errorf("an altered record: %v", err)
	}
}

// No text makes the decoder panic, and what it accepts is compared.
func FuzzDecode(f *testing.F) {
	r := Record{Hash: "a", Statement: "x", Verdict: theory.Proved, Values: map[string]prove.Number{"n": {Lo: "1", Hi: "2"}}}
	r.Sum = r.sum()
	text, err := (&File{Head{Schema: Schema, Statements: []*hunt.Statement{}}, []Record{r}}).Encode()
	if err != nil {
		f.Fatal(err)
	}
	if _, err := Decode(text); err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Decode(text)
		if err != nil {
			return
		}
		other := append([]Record(nil), file.Records...)
		for i := range other {
			other[i].Hash += "x"
		}
		Compare(file.Records, other)
	})
}

// No text in the cache makes a result that was not put there.
func FuzzCache(f *testing.F) {
	r := Record{Hash: "a", Statement: "x", Verdict: theory.Proved}
	r.Sum = r.sum()
	text, err := json.Marshal(r)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"hash":"a","verdict":"proved","sum":""}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "a.json"), text, 0o644); err != nil {
			t.Fatal(err)
		}
		if got, wrong, err := load(dir, "a", func(r *Record) bool { return r.Hash == "a" && r.Sum == r.sum() }); err != nil || wrong == (got != nil) || got != nil && got.Sum != got.sum() {
			t.Errorf("%+v, %v, %v", got, wrong, err)
		}
	})
}

// The same place in a graph with one edge more is another question.
func TestEdgesAreHashed(t *testing.T) {
	r := request(t, quick(t)[:1])
	in := r.Instances[0]
	edges := slices.Clone(in.Graph.Edges())
	for v := range in.Graph.Order() {
		if e := [2]int{in.Target, v}; v != in.Target && !slices.Contains(edges, e) {
			edges = append(edges, e)
			break
		}
	}
	more, err := graph.New(in.Graph.Order(), edges)
	if err != nil {
		t.Fatal(err)
	}
	other := in
	other.Graph = more
	r.Instances = []graph.Instance{in, other}
	got, err := Decide(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if steps := in.Steps(); got.Computed != 2*steps || len(got.Records) != 2*steps {
		t.Errorf("%d of %d results computed, expected all %d", got.Computed, len(got.Records), 2*steps)
	}
}
