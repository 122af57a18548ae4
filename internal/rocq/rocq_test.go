package rocq

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/runlog"
	"muflow/prove"
)

var kernel = flag.Bool("kernel", false, "let coqc check the files (needs coqc, Coquelicot, Interval and make -C formal)")

// write writes the files of every step of some instances.
func write(t *testing.T, instances []graph.Instance, alpha *big.Rat) (folder string, names []string) {
	t.Helper()
	folder = t.TempDir()
	results, err := prove.Dataset(t.Context(), instances, prove.Selection{Theorems: []int{1}, Step: -1, Alpha: alpha, Digits: 20}, 2, func(string) runlog.Progress { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(t.Context(), folder, "a (* test *)", instances, results, alpha, 20, 2); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		names = append(names, f.Name())
	}
	return folder, names
}

// cases are instances of every kind: T1b holds with μ* of either sign or 0,
// d* = d_max, d* = d_min, all in-degrees equal, no vertex outside.
func cases(t *testing.T) []graph.Instance {
	t.Helper()
	made, err := graph.Suite(5, 6, graph.ProsQAShape, graph.GenerateProsQA)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		n     int
		edges [][2]int
		path  []int
	}{
		{6, [][2]int{{0, 1}, {0, 2}, {1, 3}, {2, 3}, {1, 4}}, []int{0, 1, 4}},         // d_min < d* < d_max
		{5, [][2]int{{0, 1}, {1, 0}, {0, 2}, {2, 1}, {1, 3}, {2, 3}}, []int{0, 1, 3}}, // d* = d_max at c = 1
		{3, [][2]int{{0, 1}, {1, 2}, {2, 0}}, []int{0, 1, 2}},                         // none outside at c = 1
		{3, [][2]int{{0, 1}, {0, 2}, {1, 0}, {1, 2}, {2, 0}, {2, 1}}, []int{0, 1, 2}}, // all equal at c = 1
		{6, [][2]int{{0, 1}, {0, 2}, {2, 1}, {1, 3}, {2, 3}, {1, 4}}, []int{0, 1, 4}}, // d* = F(0) at c = 1
		{4, [][2]int{{0, 1}, {1, 2}, {0, 3}, {1, 3}, {1, 0}}, []int{0, 1, 2}},         // d* = 1 above and below others
	} {
		g, err := graph.New(x.n, x.edges)
		if err != nil {
			t.Fatal(err)
		}
		in := graph.Instance{Graph: g, Root: 0, Target: x.path[len(x.path)-1], Other: x.n - 1, Path: x.path}
		made = append(made, in)
	}
	return made
}

func TestFilesStateWhatIsProved(t *testing.T) {
	folder, names := write(t, cases(t), big.NewRat(1, 1))
	if len(names) < 25 {
		t.Fatalf("only %d files", len(names))
	}
	var all []byte
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("Admitted")) || bytes.Contains(text, []byte("Axiom")) || bytes.Contains(text, []byte("<no value>")) {
			t.Errorf("%s has a hole", name)
		}
		all = append(all, text...)
	}
	for _, part := range []string{"Theorem T1a :", "Theorem T1a_lower", "Theorem T1a_upper", "Theorem T1b :", "Theorem T1b_positive", "Theorem T1b_rate",
		"Theorem T1b_ceiling", "b_lo_enclosed", "b_hi_enclosed", "ceiling_enclosed", "Theorem T1a_fails", "Theorem T1b_diverges :", "Theorem T1b_diverges_bounds", "leave_lo_enclosed", "leave_hi_enclosed", "Theorem T1b_negative", "Theorem T1b_still", "a ( * test * )"} {
		if !bytes.Contains(all, []byte(part)) {
			t.Errorf("no file holds %s", part)
		}
	}
}

// accepts runs the prover on a file.
func accepts(t *testing.T, folder, name string) (bool, string) {
	t.Helper()
	library, err := filepath.Abs("../../formal")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "coqc", "-Q", library, "Muflow", "-w", "none", name)
	c.Dir = folder
	out, err := c.CombinedOutput()
	if err != nil && !strings.Contains(string(out), "Error:") {
		t.Fatalf("coqc %s: %v\n%s", name, err, out)
	}
	return err == nil, string(out)
}

// A falsehood changes one digit or one edge of a file, so that it states
// something false.
type falsehood struct {
	name   string
	change func(text string) string
}

var falsehoods = []falsehood{
	{"an edge from the root less", func(text string) string {
		root := regexp.MustCompile(`Lemma root_is_vertex : \((\d+) <`).FindStringSubmatch(text)[1]
		return replaceFirst(text, `\(`+root+`,\d+\);`, "")
	}},
	{"an edge into the root more", func(text string) string {
		root := regexp.MustCompile(`Lemma root_is_vertex : \((\d+) <`).FindStringSubmatch(text)[1]
		return replaceFirst(text, `graph_of (\d+) \[`, "graph_of $1 [("+root+","+root+");")
	}},
	{"a vertex more", func(text string) string { return addOne(text, `graph_of (\d+)`) }},
	{"a class larger", func(text string) string { return addOne(text, `the_profile : .*? = \[\(\w+, \d+, (\d+)\)`) }},
	{"K", func(text string) string { return addOne(text, `the_K : K I = (\d+)`) }},
	{"n_out", func(text string) string { return addOne(text, `the_n_out : n_out I = (\d+)`) }},
	{"d_max", func(text string) string { return addOne(text, `the_d_max : d_max I = (\d+)`) }},
	{"d_min", func(text string) string { return addOne(text, `the_d_min : d_min I = (\d+)`) }},
	{"d_star", func(text string) string { return addOne(text, `the_d_star : d I \d+ = (\d+)`) }},
	{"c", func(text string) string { return addOne(text, `Instance G \d+ (\d+)`) }},
	{"a digit of b_lo", digitOf(`b_lo_enclosed : (\S+) <=`)},
	{"a digit of b_hi", digitOf(`b_hi_enclosed : (\S+) <=`)},
	{"a digit of b_lo of T1b-diverges", digitOf(`leave_lo_enclosed : (\S+) <=`)},
	{"a digit of b_hi of T1b-diverges", digitOf(`leave_hi_enclosed : (\S+) <=`)},
	{"the nearest in-degree", func(text string) string {
		return replaceFirst(text, `leaves_(up|down) I (\d+) (\d+)`, "leaves_$1 I $2 $2")
	}},
	{"the sign of T1b-negative", func(text string) string { return replaceFirst(text, `mu_star < mu t < 0`, "0 < mu t < mu_star") }},
	{"a digit of mu_star", digitOf(`exists mu_star, (\S+) <`)},
	{"a digit of the ceiling", digitOf(`ceiling_enclosed : ([^(]\S+) <=`)}, // not of one around 0
	{"the rate", func(text string) string { return replaceFirst(text, `kappa I \* 0\.`, "kappa I * 9.") }},
	{"a sign of T1b", func(text string) string {
		return replaceFirst(text, `-> is_lim mu p_infty p_infty`, "-> is_lim mu p_infty m_infty")
	}},
}

func replaceFirst(text, pattern, by string) string {
	re := regexp.MustCompile(pattern)
	if m := re.FindStringSubmatchIndex(text); m != nil {
		return text[:m[0]] + string(re.ExpandString(nil, by, text, m)) + text[m[1]:]
	}
	return text
}

// addOne adds one to the number that a pattern's group matches.
func addOne(text, pattern string) string {
	m := regexp.MustCompile(pattern).FindStringSubmatchIndex(text)
	if m == nil {
		return text
	}
	var n int
	if _, err := fmt.Sscan(text[m[2]:m[3]], &n); err != nil {
		return text
	}
	return fmt.Sprint(text[:m[2]], n+1, text[m[3]:])
}

// digitOf raises a number's lower end above the number, by one in a digit from
// the tenth significant one on.
func digitOf(pattern string) func(string) string {
	return func(text string) string {
		m := regexp.MustCompile(pattern).FindStringSubmatchIndex(text)
		if m == nil {
			return text
		}
		digits, significant := []byte(text[m[2]:m[3]]), 0
		change, last := 1, byte('9')
		if bytes.ContainsRune(digits, '-') {
			change, last = -1, '0'
		}
		for i, d := range digits {
			if d < '0' || d > '9' || d == '0' && significant == 0 {
				continue
			}
			if significant++; significant >= 10 && d != last {
				digits[i] = byte(int(d) + change)
				break
			}
		}
		return text[:m[2]] + string(digits) + text[m[3]:]
	}
}

// A file is one to be checked: accepted if nothing was changed in it.
type file struct{ name, change, text string }

// files are those of whole instances, and some of them made false.
func files(t *testing.T) (all []file) {
	t.Helper()
	read := func(folder string, names []string, use func(i int, name, text string)) {
		for i, name := range names {
			text, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			use(i, name, string(text))
		}
	}
	made := cases(t)
	folder, names := write(t, made, big.NewRat(1, 1))
	used := map[string]int{}
	read(folder, names, func(_ int, name, text string) {
		all = append(all, file{name, "", text})
		rarest := slices.Clone(falsehoods) // so that each kind is on several files
		slices.SortStableFunc(rarest, func(a, b falsehood) int { return used[a.name] - used[b.name] })
		made := 0
		for _, f := range rarest {
			if changed := f.change(text); changed != text && made < 2 {
				all = append(all, file{strings.Replace(name, ".v", fmt.Sprintf("_false_%d.v", made), 1), f.name, changed})
				used[f.name]++
				made++
			}
		}
	})
	for _, alpha := range []*big.Rat{big.NewRat(1, 1000), big.NewRat(50, 1)} {
		folder, names := write(t, made[:1], alpha)
		read(folder, names, func(_ int, name, text string) {
			all = append(all, file{strings.Replace(name, ".v", "_gain_"+strings.ReplaceAll(alpha.RatString(), "/", "_")+".v", 1), "", text})
		})
	}
	return all
}

func TestFalseFilesAreOfEveryKind(t *testing.T) {
	kinds, changed := map[string]bool{}, 0
	for _, f := range files(t) {
		if f.change != "" {
			kinds[f.change] = true
			changed++
		}
	}
	if changed < 50 || len(kinds) < len(falsehoods) {
		t.Errorf("%d false files of %v, expected 50 and more of %d kinds", changed, slices.Sorted(maps.Keys(kinds)), len(falsehoods))
	}
}

// TestKernelAcceptsAndRefuses lets the prover check all of them.
func TestKernelAcceptsAndRefuses(t *testing.T) {
	if !*kernel {
		t.Skip("needs -kernel, as formal/check.sh gives it")
	}
	folder, all := t.TempDir(), files(t)
	verdicts, err := runlog.Map(t.Context(), len(all), 2, nil, func(_ context.Context, i int) (string, error) {
		f := all[i]
		if err := os.WriteFile(filepath.Join(folder, f.name), []byte(f.text), 0o600); err != nil {
			return "", err
		}
		if ok, out := accepts(t, folder, f.name); ok != (f.change == "") {
			return fmt.Sprintf("%s (%s): accepted %t\n%.500s", f.name, f.change, ok, out), nil
		}
		return "", nil
	})
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i, v := range verdicts {
		if v != "" {
			t.Error(v)
		} else if all[i].change != "" {
			refused++
		}
	}
	t.Logf("%d files accepted, %d false ones refused", len(all)-refused, refused)
}
