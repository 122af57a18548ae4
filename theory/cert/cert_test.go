package cert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"muflow/internal/long"
)

// references returns the certificates of testdata/certificates.txt, vertex.txt, contest.txt,
// line.txt and stochastic.txt, which come from testdata/certificates.py (Python 3.11 with fractions, mpmath
// 1.3.0 with 400 digits), growth.py (fractions), contest.py (mpmath with 50 digits), line.py
// (mpmath) and stochastic.py (mpmath with 40 digits).
func references(t testing.TB) [][]byte {
	t.Helper()
	var lines [][]byte
	for _, name := range []string{"certificates", "vertex", "contest", "line", "stochastic"} {
		text, err := os.ReadFile("testdata/" + name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, bytes.SplitAfter(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))...)
		lines[len(lines)-1] = append(lines[len(lines)-1], '\n')
	}
	return lines
}

// accepted holds summaries of references by their texts.
var accepted sync.Map

// checked is Check, once for each reference.
func checked(text []byte) (Summary, error) {
	if s, known := accepted.Load(string(text)); known {
		return s.(Summary), nil
	}
	return Check(text)
}

// decoded reads a reference, which Check accepts.
func decoded(t testing.TB, text []byte) (c Certificate) {
	t.Helper()
	s, err := checked(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	accepted.Store(string(text), s)
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func encoded(t testing.TB, c Certificate) []byte {
	t.Helper()
	text, err := Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestReferencesAreProved(t *testing.T) {
	count := map[string]int{}
	for _, text := range references(t) {
		s, err := checked(text)
		if err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		accepted.Store(string(text), s)
		if s.Statement == "" || !bytes.Contains(text, []byte(`"`+s.Claim+`"`)) {
			t.Errorf("summary %q %q of %s", s.Claim, s.Statement, text)
		}
		count[s.Claim]++
	}
	for claim := range rules {
		if count[claim] < 5 {
			t.Errorf("%d certificates of %s checked, expected at least 5", count[claim], claim)
		}
	}
	if len(references(t)) != 2147 {
		t.Errorf("%d certificates, expected 2147", len(references(t)))
	}
}

// A number that is false by 10^-30, or by less, is refused.
func TestNearMisses(t *testing.T) {
	checks, wanted := 0, 1650
	if *long.Tests {
		wanted = 4692
	}
	seen := map[string]int{} // without -long every third of a name in a claim
	for _, text := range references(t) {
		c := decoded(t, text)
		for name, b := range c.Numbers {
			if seen[c.Claim+name]++; !*long.Tests && seen[c.Claim+name]%3 != 1 {
				continue
			}
			unit := c.Grid
			if name == "variance" || name == "rate" {
				unit /= 2
			}
			tiny := new(big.Int).Lsh(big.NewInt(1), unit)
			tiny.Div(tiny, new(big.Int).Exp(big.NewInt(10), big.NewInt(30), nil)) // 10^-30
			if tiny.Sign() == 0 {
				tiny.SetInt64(1)
			}
			for _, by := range []*big.Int{tiny, new(big.Int).Neg(tiny)} {
				for which := range 3 {
					shifted := b
					if which != 1 {
						shifted[0] = new(big.Int).Add(b[0], by)
					}
					if which != 0 {
						shifted[1] = new(big.Int).Add(b[1], by)
					}
					c.Numbers[name] = shifted
					if s, err := Check(encoded(t, c)); err == nil {
						t.Errorf("%s: %s shifted by %v of grid %d is accepted: %v", s.Claim, name, by, c.Grid, shifted)
					}
					checks++
				}
			}
			c.Numbers[name] = b
		}
	}
	if checks != wanted {
		t.Errorf("%d checks, expected %d", checks, wanted)
	}
}

// The readout gain is off by 10^-18: the numbers are then false by about as
// much, except those that are exact, lo = hi, which are so for every gain.
func TestNearMissOfAlpha(t *testing.T) {
	checks := 0
	tiny := big.NewRat(1, 1_000_000_000_000_000_000)
	for _, text := range references(t) {
		c := decoded(t, text)
		inexact := false
		for _, b := range c.Numbers {
			inexact = inexact || b[0].Cmp(b[1]) != 0
		}
		if c.Grid < 128 || !inexact || c.Profile == nil || c.Claim == "A18-later" && c.Start.Sign() == 0 { // a slope for every gain
			continue
		}
		for _, by := range []*big.Rat{tiny, new(big.Rat).Neg(tiny)} {
			d := c
			d.Alpha = new(big.Rat).Add(c.Alpha, by)
			if _, err := Check(encoded(t, d)); err == nil {
				t.Errorf("%s with α = %v for %v is accepted", c.Claim, d.Alpha, c.Alpha)
			}
			checks++
		}
	}
	if checks != 672 {
		t.Errorf("%d checks, expected 672", checks)
	}
}

// Statements whose premise fails, each otherwise well formed.
func TestPremises(t *testing.T) {
	numbers := func(names ...string) map[string][2]*big.Int {
		m := map[string][2]*big.Int{}
		for _, n := range names {
			m[n] = [2]*big.Int{big.NewInt(1), big.NewInt(2)}
		}
		return m
	}
	room := []Class{{0, 0, 3}, {1, 0, 1}, {1, 1, 1}}
	full := []Class{{0, 1, 2}, {1, 0, 1}}
	for _, test := range []struct {
		claim   string
		target  int
		classes []Class
		numbers map[string][2]*big.Int
		want    string
	}{
		{"T1a", 0, full, nil, "N_{c+1}"},
		{"T1a", 0, []Class{{0, 0, 2}, {1, 0, 1}}, nil, "leaves N_c"},
		{"T1a-lower", 0, full, numbers("b_lo"), "N_{c+1}"},
		{"T1a-upper", 0, full, numbers("b_hi"), "N_{c+1}"},
		{"T1b", 1, room, numbers("mu"), "d_min < d* < d_max"},
		{"T1b", 1, []Class{{0, 1, 1}, {1, 1, 1}, {1, 2, 2}}, numbers("mu"), "d_min < d* < d_max"},
		{"T1b", 1, room, nil, "d_min < d* < d_max"},
		{"T1b-positive", 1, []Class{{0, 0, 1}, {0, 2, 9}, {1, 0, 1}, {1, 1, 2}}, nil, "alpha"},
		{"T1b-positive", 1, []Class{{0, 2, 2}, {1, 0, 1}, {1, 1, 1}, {1, 2, 1}}, nil, "d* > F(0)"},
		{"T1b-positive", 1, room, numbers("mu"), "d_min < d* < d_max"},
		{"T1b-rate", 1, room, numbers("mu", "variance"), "d_min < d* < d_max"},
		{"T1b-ceiling", 1, room, numbers("mu", "ceiling"), "d_min < d* < d_max"},
	} {
		c := Certificate{Claim: test.claim, Loss: rules[test.claim].loss, Numbers: test.numbers}
		c.Profile = &Profile{TargetDegree: test.target, Classes: test.classes}
		for _, x := range test.classes {
			c.Profile.N, c.Profile.K = c.Profile.N+x.Count, c.Profile.K+x.Count*x.InSet
		}
		if test.numbers != nil {
			c.Alpha, c.Grid = big.NewRat(1, 1), 64
		}
		if _, err := Check(encoded(t, c)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s on %v: error %v, expected one about %q", test.claim, test.classes, err, test.want)
		}
	}
	// μ* < 0 is a true T1b, but neither of the claims that need d* ≥ F(0).
	checks := 0
	for _, text := range references(t) {
		c := decoded(t, text)
		if c.Claim != "T1b" || c.Numbers == nil || c.Numbers["mu"][1].Sign() > 0 {
			continue
		}
		c.Claim = "T1b-positive"
		if _, err := Check(encoded(t, c)); err == nil || !strings.Contains(err.Error(), "d* > F(0)") {
			t.Errorf("T1b-positive with μ* ≤ 0: error %v", err)
		}
		if c.Numbers["mu"][1].Sign() < 0 {
			c.Claim = "T1b-ceiling"
			c.Numbers["ceiling"] = [2]*big.Int{new(big.Int), new(big.Int)}
			if _, err := Check(encoded(t, c)); err == nil || !strings.Contains(err.Error(), "d* ≥ F(0)") {
				t.Errorf("T1b-ceiling with μ* < 0: error %v", err)
			}
		}
		checks++
	}
	if checks != 10 {
		t.Errorf("%d profiles with μ* ≤ 0, expected 10", checks)
	}
}

// Other texts of the same content, and contents that no claim has.
func TestTextIsUnique(t *testing.T) {
	var good string
	for _, text := range references(t) {
		if c := decoded(t, text); c.Claim == "T1b" && c.Graph != nil && c.Graph.Vertex != nil && c.Numbers != nil {
			good = string(text)
		}
	}
	number := `"mu":[`
	for _, change := range [][2]string{
		{"\n", ""}, {"\n", " \n"}, {"\n", "\n{}"}, {"{", "{ "}, {"{", "["},
		{`"claim"`, `"Claim"`}, {`"alpha":"1"`, `"alpha":"1/1"`}, {`"alpha":"1"`, `"alpha":"1.0"`},
		{`"alpha":"1"`, `"alpha":1`}, {`"alpha":"1"`, `"alpha":null`}, {`"alpha":"1"`, `"alpha":"-1"`},
		{`"alpha":"1"`, `"alpha":"0"`}, {`"alpha":"1"`, `"alpha":"1e922922"`}, {`"alpha":"1"`, `"alpha":"1e92299"`},
		{`"alpha":"1",`, `"alpha":"1","alpha":"1",`}, {`"alpha":"1",`, `"alpha":"1","beta":1,`}, {`"alpha":"1",`, ``},
		{number, `"mu":[0`}, {number, `"mu":["1",`}, {number, `"mu":[1.0,`}, {number, `"mu":[1,`}, {number, `"nu":[`},
		{`"grid":128`, `"grid":31`}, {`"grid":128`, `"grid":257`}, {`"grid":128`, `"grid":-1`}, {`"grid":128,`, ``},
		{`"vertices":10`, `"vertices":1000000000`}, {`"vertices":10`, `"vertices":11`}, {`"step":1`, `"step":-1`},
		{`"step":1`, `"step":9223372036854775807`}, {`"root":0`, `"root":10`}, {`"vertex":8`, `"vertex":-1`},
		{`,"vertex":8`, ``}, {`[0,1]`, `[0,0]`}, {`[0,1]`, `[0,1,2]`}, {`[0,1]`, `[0]`}, {`[0,1]`, `[0,2]`}, {`[0,1]`, `[-1,1]`}, {`"numbers"`, `"exact":{},"numbers"`},
		{`"profile"`, `"graphs":[],"profile"`}, {`"numbers"`, `"status":"finite","numbers"`}, {`"grid"`, `"hops":[0],"grid"`},
		{`"classes":[`, `"classes":[null,`}, {`"k":4`, `"k":5`}, {`"n":10`, `"n":9`}, {`"n":10`, `"n":4611686018427387904`},
		{`"count":4`, `"count":0`}, {`"target_degree":2`, `"target_degree":4`}, {`"target_degree":2`, `"target_degree":-2`},
		{`certificate/1`, `certificate/2`}, {`"coconut"`, `"bfs"`}, {`"T1b"`, `"T9"`},
	} {
		if !strings.Contains(good, change[0]) {
			t.Errorf("%q does not occur", change[0])
		}
		if _, err := Check([]byte(strings.Replace(good, change[0], change[1], 1))); err == nil {
			t.Errorf("accepted with %q in place of %q", change[1], change[0])
		}
	}
	for _, text := range []string{"", "null", "{}", "[]", "0", "\xff", strings.Repeat("[", 1<<20), strings.Repeat(" ", MaxBytes+1)} {
		if _, err := Check([]byte(text)); err == nil {
			t.Errorf("accepted %.20q", text)
		}
	}
}

// A certificate about a drawn label has one text, too, and says which law and
// which mean: neither is another.
func TestDrawnLabels(t *testing.T) {
	laws := map[string]string{}
	for _, text := range references(t) {
		if c := decoded(t, text); c.Claim == "T1b" && c.Graph != nil && c.Graph.Label != "" && c.Profile.Labels > 0 {
			laws[c.Graph.Label] = string(text)
		}
	}
	checks := 0
	for law, good := range laws {
		c := decoded(t, []byte(good))
		mean := fmt.Sprintf(`"target_degree":%d,"labels":%d`, c.Profile.TargetDegree, c.Profile.Labels)
		changes := [][2]string{
			{mean, fmt.Sprintf(`"target_degree":%d,"labels":%d`, 2*c.Profile.TargetDegree, 2*c.Profile.Labels)},
			{mean, fmt.Sprintf(`"target_degree":%d,"labels":%d`, c.Profile.TargetDegree+c.Profile.Labels, c.Profile.Labels)},
			{mean, fmt.Sprintf(`"target_degree":%d,"labels":%d`, c.Profile.TargetDegree, -c.Profile.Labels)},
			{mean, fmt.Sprintf(`"target_degree":%d,"labels":%d`, c.Profile.TargetDegree, 1<<40)},
			{mean, fmt.Sprintf(`"target_degree":%d,"labels":9223372036854775807`, c.Profile.TargetDegree)},
			{mean, fmt.Sprintf(`"target_degree":%d`, c.Profile.TargetDegree)},
			{mean, fmt.Sprintf(`"target_degree":%d,"labels":1`, c.Profile.TargetDegree)},
			{`"label":"` + law, `"label":"path`}, {`"label":"` + law, `"label":"`},
			{`"label":"` + law, `"vertex":1,"label":"` + law}, {`"label":"` + law + `"`, `"vertex":1`},
			{`"coconut"`, `"bfs"`},
		}
		if law == "shortest" {
			target := fmt.Sprintf(`,"target":%d`, *c.Graph.Target)
			changes = append(changes, [][2]string{{target, ""}, {target, `,"target":-1`}, {target, `,"target":1000`}, {target, fmt.Sprintf(`,"target":%d`, c.Graph.Root)}, {target, target + `,"other":1`}}...)
		} else {
			changes = append(changes, [2]string{`"label":"frontier"`, `"label":"frontier","target":1`})
		}
		for _, change := range changes {
			checks++
			if !strings.Contains(good, change[0]) {
				t.Errorf("%q does not occur in %s", change[0], good)
			}
			if _, err := Check([]byte(strings.Replace(good, change[0], change[1], 1))); err == nil {
				t.Errorf("accepted with %q in place of %q", change[1], change[0])
			}
		}
	}
	if checks != 2*12+5+1 {
		t.Errorf("%d checks, expected 30", checks)
	}
}

// A negative minimum is found and a positive one is proved, however near 0.
func TestLeastNearZero(t *testing.T) {
	checks := 0
	for root := int64(1); root < 64; root += 3 { // f = (y − root/64)²·2^60 ± 1 on [0,1]
		for _, extra := range []int64{1, -1} {
			scale := new(big.Int).Lsh(big.NewInt(1), 48)
			f := poly{{2, 0, new(big.Int).Lsh(scale, 12)}}
			f.add(1, 0, new(big.Int).Mul(scale, big.NewInt(-2*64*root)))
			f.add(0, 0, new(big.Int).Mul(scale, big.NewInt(root*root)))
			f.add(0, 0, big.NewInt(extra))
			budget := 200
			if got := least(f, 2, new(big.Int), big.NewInt(1), 0, &budget); got != int(extra) {
				t.Errorf("(y − %d/64)² with offset %d: %d", root, extra, got)
			}
			checks++
		}
	}
	budget := 50
	square := poly{{0, 0, big.NewInt(1)}, {1, 0, big.NewInt(-6)}, {2, 0, big.NewInt(9)}} // (3y − 1)²
	if got := least(square, 2, new(big.Int), big.NewInt(1), 0, &budget); got != 0 || checks != 42 {
		t.Errorf("double root between all halves: %d; %d checks", got, checks)
	}
}

// The checker stays separate: standard library only, no floating point, and
// short enough for one sitting.
func TestCheckerStaysSeparate(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	lines, read := 0, 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines, read = lines+bytes.Count(text, []byte("\n")), read+1
		file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			path, _ := strconv.Unquote(i.Path.Value)
			if path == "math" || path == "unsafe" || strings.Contains(path, ".") || strings.HasPrefix(path, "muflow") && path != "muflow/theory/cert/scalar" {
				t.Errorf("%s imports %s", name, path)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && strings.Contains(strings.ToLower(id.Name), "float") {
				t.Errorf("%s uses %s", name, id.Name)
			}
			return true
		})
	}
	if read != 16 || lines > 3780 {
		t.Errorf("%d files with %d lines, expected 16 with at most 3780", read, lines)
	}
}

// Profiles that no step of a graph has are refused, and flows of them are proved.
// On at most four vertices those that some step has are found by trying all
// digraphs, so that the rest are all that no graph has.
func TestRealise(t *testing.T) {
	found := map[string]bool{}
	for n := 1; n <= 4; n++ {
		for bits := range 1 << (n * (n - 1)) {
			var edges [][2]int
			for u := range n {
				for v := range n {
					place := u*(n-1) + v
					if v > u {
						place--
					}
					if u != v && bits>>place&1 == 1 {
						edges = append(edges, [2]int{u, v})
					}
				}
			}
			for step := range n {
				g := &digraph{Graph: &Graph{Vertices: n, Edges: edges, Step: step}}
				g.derive()
				count := map[Class]int{}
				for v := range n {
					count[Class{InSet: g.inside[v], Degree: g.degree[v]}]++
				}
				found[profileKey(n, count)] = true
			}
		}
	}
	accepted, refused := 0, 0
	for n := 1; n <= 4; n++ {
		eachProfile(n, map[Class]int{}, Class{}, n, func(count map[Class]int) {
			p := &Profile{N: n}
			for in := range 2 {
				for d := range n + 1 {
					if m := count[Class{InSet: in, Degree: d}]; m > 0 {
						p.Classes, p.K = append(p.Classes, Class{in, d, m}), p.K+in*m
					}
				}
			}
			if p.K == 0 {
				return
			}
			s := &statement{Certificate: Certificate{Profile: p}}
			if s.realise(); (s.err == nil) != found[profileKey(n, count)] {
				t.Errorf("%v: %v, and a graph has it: %v", *p, s.err, found[profileKey(n, count)])
			}
			if s.err == nil {
				accepted++
			} else {
				refused++
			}
		})
	}
	if accepted < 50 || refused < 500 {
		t.Errorf("%d profiles of graphs, %d others", accepted, refused)
	}
	none := []byte(`{"format":"` + Format + `","claim":"T1a","loss":"bfs","profile":{"n":3,"k":1,"classes":[{"in_set":0,"degree":0,"count":1},{"in_set":0,"degree":40,"count":1},{"in_set":1,"degree":0,"count":1}]}}` + "\n")
	if _, err := Check(none); err == nil || !strings.Contains(err.Error(), "no graph") {
		t.Errorf("in-degree 40 from one vertex: %v", err)
	}
	if _, err := CheckFlow(none); err != nil {
		t.Error(err)
	}
}

func profileKey(n int, count map[Class]int) string { return fmt.Sprint(n, count) }

// eachProfile goes through the ways to put so many vertices into classes from
// one on.
func eachProfile(n int, count map[Class]int, from Class, left int, emit func(map[Class]int)) {
	if from.InSet > 1 {
		if left == 0 {
			emit(count)
		}
		return
	}
	next := Class{InSet: from.InSet, Degree: from.Degree + 1}
	if from.Degree == n {
		next = Class{InSet: from.InSet + 1}
	}
	for m := range left + 1 {
		if m > 0 {
			count[from] = m
		}
		eachProfile(n, count, next, left-m, emit)
		delete(count, from)
	}
}

func FuzzCheck(f *testing.F) {
	for _, text := range references(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := checked(data)
		if err != nil {
			return
		}
		if text, err := Encode(s.Certificate); err != nil || !bytes.Equal(text, data) {
			t.Errorf("accepted a text that is not the one of its content (%v)", err)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	all := references(b)
	for b.Loop() {
		for _, text := range all {
			if _, err := Check(text); err != nil {
				b.Fatal(err)
			}
		}
	}
}
