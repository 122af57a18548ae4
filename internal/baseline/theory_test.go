package baseline

import (
	"bytes"
	"context"
	"fmt"
	"math/big"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"muflow/internal/check"
	"muflow/internal/script"
	"muflow/theory"
)

// growth is two flows that do not depend on each other, and an identity that
// depends on none.
const growth = `theory("growth")
r = param("r", 2, low = 0, high = 9)
x = state("x", start = 1/10)
flow(x, r * x * (1 - x)) # logistic
y = state("y", start = 1)
flow(y, -3 * y)
z = state("z", start = 1)
flow(z, 1 + z**2)
claim("below", always(x < 1))
claim("limit", limit(x) == 1)
claim("falls", decreases(y))
claim("bound", always(y <= exp(-3 * t)))
claim("odds", conserved(x / (1 - x) * exp(-r * t)))
claim("box", invariant(0 <= y, y <= 2))
claim("square", identity((x + y)**2, x**2 + 2*x*y + y**2))
claim("small", always(y < 1/2), expect = "refuted")
oracle("decay", y == exp(-3 * t))
observe("x", x)
observe("sum", x + y)
`

func file(t *testing.T, name, source string, o TheoryRequest) (*TheoryFile, *TheoryResults) {
	t.Helper()
	th, err := script.Run(name, []byte(source), script.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o.Options, o.Engine = check.Options{Until: big.NewRat(1, 1), Digits: 12}, "test"
	results := &TheoryResults{}
	if err := results.Decide(context.Background(), &o, th, -1); err != nil {
		t.Fatal(err)
	}
	return &TheoryFile{TheoryHead{Schema: TheorySchema, Engine: "test", Theories: []TheoryName{{Name: th.Name, File: name}}}, results.Records}, results
}

// said lists changes as texts.
func said(c *TheoryComparison) []string {
	out := []string{}
	for _, x := range c.Changes {
		text := x.Kind + " " + x.Name
		switch {
		case x.Kind == FlowChange:
			text = fmt.Sprintf("%s %s %s %d/%d", x.Of, x.Name, x.How, x.Changed, x.Depend)
		case x.Value != "" && len(out) > 0 && strings.HasPrefix(out[len(out)-1], text):
			continue
		case x.Kind == VerdictChange:
			text += fmt.Sprintf(" %v %v", x.Before, x.After)
		}
		out = append(out, text)
	}
	return out
}

// An edit changes exactly the results that depend on it, and only those are
// decided again; that a full run gives the same shows that nothing is left out.
func TestEditsOfTheoryFiles(t *testing.T) {
	before, first := file(t, "growth.star", growth, TheoryRequest{})
	if first.Computed != 11 {
		t.Fatalf("%d computed", first.Computed)
	}
	text, err := before.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if before, err = DecodeTheory(text); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		old, new string
		touched  string // names
		changes  []string
	}{
		{"# logistic", "# logistic growth", "", []string{}},
		{`theory("growth")`, `theory("growth", source = "here")`, "", []string{}},
		{`theory("growth")`, `theory("decay")`, "", []string{}}, // the only theory in a file of the same name
		{"r * x * (1 - x)", "r * x - r * x**2", "below limit odds x sum", []string{"flow x changed 0/5"}},
		{"always(x < 1)", "always(x < 2)", "below", []string{}},
		{"always(x < 1)", "always(x < 1/2)", "below", []string{"verdict below proved refuted"}},
		{"limit(x) == 1)", `limit(x) == 1, expect = "refuted")`, "", []string{"expectation limit"}},
		{"-3 * y", "-4 * y", "falls bound box small decay sum", []string{"verdict decay consistent refuted", "value decay", "value sum", "flow y changed 2/6"}},
		{"-3 * y)", "-(y + 2 * y))", "falls bound box small decay sum", []string{"flow y changed 0/6"}},
		{"1 + z**2", "2 + z**2", "", []string{"flow z changed 0/0"}},
		{`"x", start = 1/10`, `"x", start = 1/5`, "below limit x sum", []string{"value x", "value sum", "start x changed 2/4"}},
		{`claim("box", invariant(0 <= y, y <= 2))`, "", "", []string{"removed box"}},
		{`observe("sum", x + y)`, `observe("total", x + y)`, "", []string{"added total", "removed sum"}},
		{`flow(z, 1 + z**2)`, "", "", []string{"flow z changed 0/0"}},
		{`"r", 2`, `"r", 3`, "below limit odds x sum", []string{"value x", "value sum", "flow x changed 2/5"}},
		{"(x + y)**2, x**2 + 2*x*y", "(x + y)**2, x**2 + 3*x*y", "square", []string{"verdict square proved refuted"}},
	} {
		edited := strings.Replace(growth, row.old, row.new, 1)
		full, _ := file(t, "growth.star", edited, TheoryRequest{})
		fast, results := file(t, "growth.star", edited, TheoryRequest{Known: before.Known("test"), Jobs: 3})
		if !reflect.DeepEqual(full, fast) {
			t.Errorf("%s: the fast results are not the full ones", row.new)
		}
		c, err := CompareTheories(before, full)
		if err != nil {
			t.Fatal(err)
		}
		var touched []string
		for _, at := range c.Touched {
			touched = append(touched, at.Name)
		}
		if got := strings.Join(touched, " "); got != row.touched {
			t.Errorf("%s → %s: touched %q, expected %q", row.old, row.new, got, row.touched)
		}
		if got := said(c); !reflect.DeepEqual(got, row.changes) {
			t.Errorf("%s → %s: %q, expected %q", row.old, row.new, got, row.changes)
		}
		added := strings.Count(strings.Join(row.changes, " "), "added")
		if results.Computed != len(touched)+added {
			t.Errorf("%s: %d computed, %d touched", row.new, results.Computed, len(touched))
		}
	}
}

// What a result does not depend on, as the places of symbols in the file, changes
// neither its fingerprint nor anything of it.
func TestForeignSymbolsChangeNothing(t *testing.T) {
	for _, name := range []string{"attention-merged.star", "modes.star"} {
		text, err := os.ReadFile("../../theories/" + name)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := file(t, name, string(text), TheoryRequest{})
		edited := strings.Replace(string(text), "\n", "\nforeign = param('foreign', between(2, 3))\nother = state('other', start = foreign)\nflow(other, foreign * other)\n", 1)
		after, _ := file(t, name, edited, TheoryRequest{})
		c, err := CompareTheories(before, after)
		own := slices.DeleteFunc(after.Records, func(r TheoryRecord) bool { return r.Name == "other" })
		if err != nil || len(c.Touched) > 0 || len(c.Changes) != 2 || !reflect.DeepEqual(before.Records, own) {
			t.Errorf("%s: %q, touched %v, %v", name, said(c), c.Touched, err)
		}
	}
}

// Altered files and cache entries are noticed, and a cache serves edits.
func TestAlteredTheoryBaselines(t *testing.T) {
	cache := t.TempDir()
	before, first := file(t, "growth.star", growth, TheoryRequest{Cache: cache})
	again, second := file(t, "growth.star", growth, TheoryRequest{Cache: cache})
	if first.Computed != 11 || second.Computed != 0 || !reflect.DeepEqual(before, again) {
		t.Errorf("%d and %d computed", first.Computed, second.Computed)
	}
	text, err := before.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{{`"verdict":"proved"`, `"verdict":"refuted"`}, {`"expected":"proved"`, `"expected":"refuted"`}, {`"engine":"`, `"engine":"0`}, {`"lo":"`, `"lo":"-`}} {
		changed := bytes.Replace(text, []byte(change[0]), []byte(change[1]), 1)
		if _, err := DecodeTheory(changed); err == nil || bytes.Equal(changed, text) {
			t.Errorf("%s: %v", change[1], err)
		}
	}
	if known := before.Known("another"); len(known) != 0 {
		t.Errorf("%d results of another program are believed", len(known))
	}
}

// What the same formula encloses now and before tells narrower from wrong.
func TestEnclosuresOfOneNumber(t *testing.T) {
	before, _ := file(t, "growth.star", growth, TheoryRequest{})
	for _, row := range []struct{ lo, hi, kind, how string }{
		{"0", "1", EnclosureChange, "wider"}, {"2", "3", Contradiction, ""}, {"0.450853060379284", "3", EnclosureChange, "shifted"},
	} {
		after, _ := file(t, "growth.star", growth, TheoryRequest{})
		for i := range after.Records {
			r := &after.Records[i]
			if r.Name == "x" && r.Kind == ObservableRecord {
				last := &r.Values[len(r.Values)-1].Number
				last.Lo, last.Hi = row.lo, row.hi
			}
		}
		c, err := CompareTheories(before, after)
		if err != nil || len(c.Changes) != 1 || c.Changes[0].Kind != row.kind || c.Changes[0].How != row.how {
			t.Errorf("%+v: %+v, %v", row, c, err)
		}
	}
}

// No text makes the decoder panic, and what it accepts is compared.
func FuzzDecodeTheory(f *testing.F) {
	r := TheoryRecord{Hash: "a", Theory: "x", Kind: "always", Name: "c", Verdict: theory.Proved}
	r.Sum = r.sum()
	text, err := (&TheoryFile{TheoryHead{Schema: TheorySchema, Theories: []TheoryName{{Name: "x", File: "x.star"}}}, []TheoryRecord{r}}).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := DecodeTheory(text)
		if err != nil {
			return
		}
		other := *file
		other.Records = append([]TheoryRecord(nil), file.Records...)
		for i := range other.Records {
			other.Records[i].Hash += "x"
		}
		CompareTheories(file, &other)
	})
}
