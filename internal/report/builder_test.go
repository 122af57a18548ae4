package report

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/internal/long"
	"muflow/internal/runlog"
	"muflow/internal/sweep"
	"muflow/prove"
	"muflow/theory"
)

var testEnvironment = runlog.NewEnvironment([]string{"verify", "sweep", "--out", "it's here"}, "test", "", 1)

// smallSweep finishes a sweep over a few instances.
func smallSweep(t *testing.T) string {
	t.Helper()
	instances, err := graph.Suite(21, 3, graph.ProsQAShape, graph.GenerateProsQA)
	if err != nil {
		t.Fatal(err)
	}
	s, err := sweep.New(sweep.Config{Version: "test", Losses: []string{"coconut", "bfs"}, Alphas: []string{"1/2", "1"}, Seeds: []uint64{1, 2}, Steps: []int{1},
		Training: sweep.Training{Rate: "1/8", Batch: 8, Steps: 60}, Digits: 12}, []sweep.Dataset{{Name: "few", Instances: instances}})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	if _, err := s.Run(context.Background(), dir, false, 2, testEnvironment, nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

func build(t *testing.T, dir, out string) string {
	t.Helper()
	results, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	name, err := (&Builder{Results: results, Folder: out, Steps: 100}).Write(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var outside = regexp.MustCompile(`(?:src|href|action|data|poster)="([^"#][^"]*)"|url\(|@import|<iframe`)

func checkPage(t *testing.T, page string) {
	t.Helper()
	checkPolicy(t, page)
	page = foreign(page)
	for _, m := range outside.FindAllStringSubmatch(page, -1) {
		if m[1] != "data:," {
			t.Errorf("the page names something outside of itself: %s", m[0])
		}
	}
	ids := regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1)
	for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if !slices.ContainsFunc(ids, func(id []string) bool { return id[1] == m[1] }) {
			t.Errorf("a link to %s, which is nowhere", m[1])
		}
	}
	if strings.Contains(page, "ZgotmplZ") || strings.Contains(page, "<no value>") || strings.Contains(page, "%!") {
		t.Error("the page holds the marks of a mistake in its template")
	}
}

// checkPolicy holds the policy of a page to its style and script, and looks for
// what it would refuse.
func checkPolicy(t *testing.T, page string) {
	t.Helper()
	policy := html.UnescapeString(regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)[1])
	for _, part := range []string{"style", `script type="module"`} {
		name, _, _ := strings.Cut(part, " ")
		text := regexp.MustCompile(`(?s)<` + part + `>(.*?)</` + name + `>`).FindStringSubmatch(page)[1]
		if sum := sha256.Sum256([]byte(text)); !strings.Contains(policy, name+"-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
			t.Errorf("the policy %s does not let the %s in", policy, name)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %s", policy)
	}
	if found := regexp.MustCompile(`<[a-z]+\s[^>]*\s(style|on\w+)="[^>]*>`).FindString(foreign(page)); found != "" {
		t.Errorf("what the policy refuses: %s", found)
	}
}

func TestReportOfASweep(t *testing.T) {
	dir, first, second := smallSweep(t), t.TempDir(), t.TempDir()
	page := build(t, dir, first)
	checkPage(t, page)
	for _, want := range []string{`verify sweep --out &#39;it&#39;\&#39;&#39;s here&#39;`, `id="T1b-rate"`, `id="training"`, `id="populations"`, `id="tightness"`, `id="rows"`, `id="place-1"`, `id="names"`, "<math", "--instance", "results.jsonl", "prefers-color-scheme: dark", "@media print"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in the page", want)
		}
	}
	if again := build(t, dir, second); again != page {
		t.Error("the same folder gave another page")
	}
	checks := 0
	for _, pattern := range []string{"figures/*", "latex/*"} {
		files, err := filepath.Glob(filepath.Join(first, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			a, errA := os.ReadFile(file)
			b, errB := os.ReadFile(filepath.Join(second, filepath.Dir(pattern), filepath.Base(file)))
			if errA != nil || errB != nil || !bytes.Equal(a, b) || len(a) == 0 {
				t.Errorf("%s: %v, %v, %d and %d bytes", file, errA, errB, len(a), len(b))
			}
			checks++
		}
	}
	if checks < 30 {
		t.Errorf("%d files", checks)
	}
}

func TestReportOfTheMainJob(t *testing.T) {
	instances, err := graph.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	results := []prove.Result{
		{Claim: "T1a", Where: prove.Where{Instance: 3, Step: 1}, Verdict: theory.Proved, Reason: "signs"},
		{Claim: "T1b", Where: prove.Where{Instance: 3, Step: 1}, Verdict: theory.NotApplicable, Reason: "A9 fails: d_min = 0, d* = 1, d_max = 1"},
		{Claim: "T2", Where: prove.Where{Instance: 4, Step: instances[4].Steps()}, Verdict: theory.Refuted, Reason: "a <witness>"},
		{Claim: "T3-population", Where: prove.Where{Instance: prove.AllInstances, Step: 3}, Verdict: theory.Undecided, Reason: "budget"},
	}
	summary := prove.Summarise(results)
	dir := filepath.Join(t.TempDir(), "run")
	run, err := runlog.Open(dir, SuiteKind, struct{ Seed int }{1}, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{"seed": 1, "claims": results, "summary": summary, "lemma": prove.Lemma{ID: "L1", Verdict: theory.Proved, Steps: 7, Averaged: 3, Identities: 70}})
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Seal(text, testEnvironment); err != nil {
		t.Fatal(err)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	page := build(t, dir, t.TempDir())
	checkPage(t, page)
	for _, want := range []string{"1 entries are refuted or inconsistent", "a &lt;witness&gt;", "A9 fails", `class="text bad"`, "70 identities"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in the page", want)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("an empty folder was read")
	}
	dir := smallSweep(t)
	file := filepath.Join(dir, "claims.csv")
	if err := os.WriteFile(file, []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "claims.csv") {
		t.Errorf("a changed file: %v", err)
	}
}

func TestLaTeX(t *testing.T) {
	x := table{Name: "t-1", Columns: columnsOf("<a_b", "d* < d_max", "none", "<why"), Command: "verify"}
	x.row("50% & more", "1.5…", 0, cell{Text: "all=of/this_is_said_over_several_lines and more", Class: "wide"})
	x.row("c/2", "-2e-07", 0, "")
	want := "% verify\n\\begingroup\\footnotesize\\setlength{\\tabcolsep}{2.5pt}\\noindent\n" +
		"\\begin{tabular}{@{}lr>{\\raggedright\\arraybackslash}p{109.0pt}@{}}\n\\toprule\na\\_b & $d^*$ $<$ $d_{\\max}$ & why \\\\\n\\midrule\n" +
		"50\\% \\& more & \\ensuremath{1.5\\ldots} & all=\\allowbreak{}of/\\allowbreak{}this\\_\\allowbreak{}is\\_\\allowbreak{}said\\_\\allowbreak{}over\\_\\allowbreak{}several\\_\\allowbreak{}lines and more \\\\\n" +
		"c/2 & \\ensuremath{-2\\cdot10^{-7}} &  \\\\\n\\bottomrule\n\\end{tabular}\n\\par\\endgroup\n"
	if got := x.latex(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if got := fmt.Sprint(x.macros()); got != "[{TOneFiveZeroPercentMoreDStarLessDMax 1.5…} {TOneFiveZeroPercentMoreNone 0} {TOneCOverTwoDStarLessDMax -2e-07} {TOneCOverTwoNone 0}]" {
		t.Error(got)
	}
	for _, c := range []struct{ low, high, want string }{{"1.234", "1.239", "1.23…"}, {"0", "0", "0"}, {"1.9", "2.1", "[1.9, 2.1]"}, {"-0.55", "-0.51", "-0.5…"}, {"2.0", "2.9", "2…"}} {
		if got := agreed(prove.Number{Lo: c.low, Hi: c.high}); got != c.want {
			t.Errorf("%s to %s: %s, expected %s", c.low, c.high, got, c.want)
		}
	}
	if got := camel("prosqa_valid step 12 alpha 1/2"); got != "ProsqaValidStepOneTwoAlphaOneOverTwo" {
		t.Error(got)
	}
}

// However many columns and rows a table has, no piece of it is wider than a
// column of paper or longer than a page, and each cell that says something stands
// in one of them.
func TestTablesFitAColumn(t *testing.T) {
	x := table{Name: "x", Keys: 2, Columns: columnsOf("<data", "step")}
	for i := range 30 {
		x.Columns = append(x.Columns, column{Name: fmt.Sprintf("column %d", i), Text: i%7 == 0})
	}
	for i := range 100 {
		row := []any{"some data", i}
		for k := range 30 {
			row = append(row, map[bool]any{true: strings.Repeat("word ", 40), false: 1.5 * float64(i+100*k+1)}[k%7 == 0])
		}
		x.row(row...)
	}
	pieces := 0
	for _, group := range groups(x.kept()) {
		sum := -columnGap
		for _, c := range group {
			sum += c.width + columnGap
		}
		if sum > columnWidth || !group[0].key || !group[1].key || len(group) < 3 {
			t.Errorf("a group of %d columns, %.0f points wide", len(group), sum)
		}
		pieces++
	}
	text := x.latex()
	for i := range 30 {
		if n := strings.Count(text, fmt.Sprintf("column %d ", i)); n < 2 {
			t.Errorf("column %d: %d times", i, n)
		}
	}
	if n := strings.Count(text, "\\begin{tabular}"); pieces < 5 || n < 2*pieces {
		t.Errorf("%d groups, %d tabulars", pieces, n)
	}
}

// The document of a report compiles in two columns without a warning; boxes that
// are too full are warnings.
func TestLaTeXCompiles(t *testing.T) {
	if !*long.Tests {
		t.Skip("compiles a document: -long")
	}
	if _, err := exec.LookPath("pdflatex"); err != nil {
		t.Skip("no pdflatex (Debian's texlive-latex-recommended)")
	}
	if err := exec.Command("kpsewhich", "pgfplots.sty").Run(); err != nil {
		t.Skip("no pgfplots (Debian's texlive-pictures)")
	}
	out := t.TempDir()
	build(t, smallSweep(t), out)
	command := exec.Command("pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex")
	command.Dir = filepath.Join(out, "latex")
	if text, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	log, err := os.ReadFile(filepath.Join(out, "latex", "all.log"))
	if err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`(?m)^.*(Warning|Overfull|Underfull|Missing character).*$`).FindAll(log, -1); found != nil {
		t.Errorf("%s", bytes.Join(found, []byte("\n")))
	}
	if !bytes.Contains(log, []byte("Output written on all.pdf")) {
		t.Error("no pages")
	}
}

func TestReportShowsOtherDocuments(t *testing.T) {
	results, err := Load(smallSweep(t))
	if err != nil {
		t.Fatal(err)
	}
	b := &Builder{Results: results, Folder: t.TempDir(), Steps: 100}
	folder := t.TempDir()
	for name, text := range map[string]string{
		"a.json": `{"schema":"muflow/explore/1","settings":5,"rows":[{"key":"A1","dial":"noise","conclusion":"bounded","range":2,"settings":5,"failed":3,"measured":{"low":0.5,"high":0.75},"compared":9,"agreed":8}]}`,
		"b.json": `{"schema":"muflow/explore-pair/1","x":"A1","y":"A2","conclusions":["bounded"],"cells":[{"x":0,"y":0,"settings":5,"measured":[5],"predicted":[4]},{"x":0,"y":1,"settings":5,"measured":[0],"predicted":[1]}]}`,
		"c.json": `{"schema":"muflow/tightness/1","inequalities":[{"claim":"T1b-rate","inequality":"x","tried":7,"loosest":{"lo":"0.51","hi":"0.52","evidence":"enclosure"},"tightest":{"lo":"0.97","hi":"0.98","evidence":"enclosure"},"factor":{"lo":"1.1","hi":"1.2","evidence":"enclosure"}}]}`,
	} {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := b.Add(file); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"{", `{"schema":"muflow/verify/1"}`} {
		file := filepath.Join(folder, "bad.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := b.Add(file); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
	name, err := b.Write(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	checkPage(t, string(page))
	for _, want := range []string{"0.5–0.75", "8 of 9", "5/4", "0/1", "0.9…", "0.5…", "&gt; 2"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("no %s in the page", want)
		}
	}
}

// Results that no run can have had do not make the report panic: it refuses
// them, or shows them as what they say.
func TestHostileResults(t *testing.T) {
	dir := smallSweep(t)
	for name, change := range map[string]func(*Results){
		"steps":     func(r *Results) { edit(r, func(e *Entry) { e.Step = -1 << 40 }) },
		"far steps": func(r *Results) { edit(r, func(e *Entry) { e.Step = 1 << 40 }) },
		"instances": func(r *Results) { edit(r, func(e *Entry) { e.Instance = 1 << 40 }) },
		"no values": func(r *Results) { edit(r, func(e *Entry) { e.Values = nil }) },
		"far values": func(r *Results) {
			edit(r, func(e *Entry) {
				for k := range e.Values {
					e.Values[k] = prove.Number{Lo: "-1e400", Hi: "1e99999"}
				}
			})
		},
		"no numbers": func(r *Results) {
			edit(r, func(e *Entry) {
				for k := range e.Values {
					e.Values[k] = prove.Number{Lo: "NaN", Hi: "\n\\input{x}"}
				}
			})
		},
		"reasons": func(r *Results) {
			edit(r, func(e *Entry) { e.Reason, e.Verdict = "A9\n\\input{x}<script>", theory.Undecided })
		},
		"gains":   func(r *Results) { edit(r, func(e *Entry) { e.Alpha = "-1/2" }) },
		"claims":  func(r *Results) { edit(r, func(e *Entry) { e.Claim = "../x" }) },
		"verdict": func(r *Results) { edit(r, func(e *Entry) { e.Verdict = 200 }) },
		"series": func(r *Results) {
			for _, x := range r.Records {
				if x.Trained != nil {
					for i := range x.Trained.Series {
						x.Trained.Series[i] = sweep.Point{Step: -1, Time: -1, Mu: 1e308, Theory: -1e308}
					}
				}
			}
		},
		"no series": func(r *Results) {
			for _, x := range r.Records {
				if x.Trained != nil {
					x.Trained.Series = nil
				}
			}
		},
	} {
		if !*long.Tests && slices.Contains([]string{"far steps", "instances", "no values", "no numbers", "gains", "verdict", "no series"}, name) {
			continue
		}
		results, err := Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		change(results)
		if impossible := slices.Contains([]string{"steps", "far steps", "instances", "claims", "verdict"}, name); (insane(results) != nil) != impossible {
			t.Errorf("%s: %v", name, insane(results))
		}
		out := t.TempDir()
		if _, err := (&Builder{Results: results, Folder: out, Steps: 20}).Write(context.Background()); err != nil {
			if strings.Contains(err.Error(), "runtime error") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		page, err := os.ReadFile(filepath.Join(out, "report.html"))
		if err != nil {
			t.Fatal(err)
		}
		if found := markup.FindString(foreign(string(page))); found != "" {
			t.Errorf("%s: the page holds %q", name, found)
		}
	}
}

func edit(r *Results, change func(*Entry)) {
	for i := range r.Entries {
		change(&r.Entries[i])
	}
}

// insane returns why an entry is refused that was changed.
func insane(r *Results) error {
	for _, e := range r.Entries {
		if err := r.sane(e); err != nil {
			return err
		}
	}
	return nil
}
