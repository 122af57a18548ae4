package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// filesOf reads all files below a folder.
func filesOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	if err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		out[name], err = os.ReadFile(filepath.Join(dir, name))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

var tableCell = regexp.MustCompile(`<t[hd][^>]*>([^<]*)</t[hd]>`)

// cellsOf reads the table of cells: its columns by name, for the first two joined.
func cellsOf(page string) map[string]map[string]string {
	_, page, _ = strings.Cut(page, `<section id="cells">`)
	page, _, _ = strings.Cut(page, "</table>")
	out := map[string]map[string]string{}
	var names []string
	for _, row := range strings.Split(page, "</tr>") {
		var cells []string
		for _, c := range tableCell.FindAllStringSubmatch(row, -1) {
			cells = append(cells, c[1])
		}
		if names == nil {
			names = cells
			continue
		}
		values := map[string]string{}
		for i, c := range cells {
			values[names[i]] = c
		}
		out[values[names[0]]+" "+values[names[1]]] = values
	}
	return out
}

// The report on a sweep over a theory file has its verdicts, maps and cells, each as the
// closed form says, the same bytes for any number of workers, and a map's own data.
func TestReportOfASweptTheory(t *testing.T) {
	dir := t.TempDir()
	sweep := filepath.Join(dir, "sweep")
	args := []string{"sweep", "--theory", "../../theories/attention-merged.star", "--grid", "s0=4/5..9/10:3", "--grid", "D=2,6,7", "--claim", "rate", "--claim", "limit", "--observable", "s", "--until", "1", "--digits", "8", "--quiet", "--out", sweep}
	var reports []map[string][]byte
	for _, jobs := range []string{"1", "3"} {
		if err := os.RemoveAll(sweep); err != nil {
			t.Fatal(err)
		}
		if code, _, stderr := call(append(args, "--jobs", jobs)...); code != exitRefuted {
			t.Fatalf("exit %d, %s", code, stderr)
		}
		out := filepath.Join(dir, "report"+jobs)
		if code, stdout, stderr := call("report", sweep, "--out", out); code != exitFine || stdout != filepath.Join(out, "report.html")+"\n" {
			t.Fatalf("exit %d, %s%s", code, stdout, stderr)
		}
		reports = append(reports, filesOf(t, out))
	}
	one, three := reports[0], reports[1]
	if len(one) != len(three) || len(one) < 12 {
		t.Errorf("%d and %d files", len(one), len(three))
	}
	for name, text := range one {
		if !bytes.Equal(text, three[name]) {
			t.Errorf("%s is another one with three workers", name)
		}
	}
	page := string(one["report.html"])
	cells, rate, proved := cellsOf(page), "", 0
	for name, text := range one {
		if strings.HasSuffix(name, ".csv") && bytes.Contains(text, []byte(",refuted,")) {
			rate = string(text)
		}
	}
	for start, times20 := range map[string]int{"4/5": 16, "17/20": 17, "9/10": 18} {
		for _, d := range []int{2, 6, 7} {
			verdict := "refuted"
			if times20*(32+d) <= 620 { // s0 is at most N/(N+1+D)
				verdict = "proved"
				proved++
			}
			if got := cells[start+" "+fmt.Sprint(d)]; got["rate"] != verdict || got["limit"] != "proved" || !strings.HasPrefix(got["limit: limit"], fmt.Sprintf("%.10f", 31/float64(32+d))[:8]) {
				t.Errorf("s0 = %s, D = %d: %v, want %s", start, d, got, verdict)
			}
			if row := fmt.Sprintf("\n%s,%d,%s,", start, d, verdict); !strings.Contains(rate, row) {
				t.Errorf("the map lacks %q:\n%s", row, rate)
			}
		}
	}
	for _, good := range []string{
		fmt.Sprintf(`<td class="text ">rate</td><td class="text ">always</td><td>9</td><td class="good">%d</td><td class="bad">%d</td><td class="good">%d</td><td class="bad">%d</td><td class="zero">0</td>`, proved, 9-proved, proved, 9-proved),
		fmt.Sprintf("%d verdicts are not the expected ones.", 9-proved), "9 cells over s0 (3 values, 4/5 to 9/10) and D (3 values, 2 to 7)",
		"--grid s0=4/5..9/10:3 --grid D=2,6,7 --claim rate --claim limit --observable s --until 1 --digits 8 --out", "verify figure phase", "s at t = 1/2",
	} {
		if !strings.Contains(page, good) {
			t.Errorf("the page lacks %s", good)
		}
	}
	for _, bad := range []string{"margin at t", "started", "processor"} { // the numbers of witnesses, time and machine
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}

	parts := filepath.Join(dir, "parts")
	if code, _, stderr := call(append(args[:len(args)-1:len(args)-1], parts, "--shard", "0/2")...); code != exitRefuted {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	shard := filepath.Join(parts, "shard-0-of-2")
	if code, _, stderr := call("report", shard, "--out", filepath.Join(dir, "of-a-shard")); code != exitFine {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	if text := filesOf(t, filepath.Join(dir, "of-a-shard")); !strings.Contains(string(text["report.html"]), "merge its shards") || text["figures/map-1.svg"] != nil {
		t.Error("the report on a shard has a map")
	}

	none := filepath.Join(dir, "none")
	refused(t, "a folder of shards", []string{"shard-0-of-2"}, "report", parts, "--out", none)
	for name, change := range map[string]func(text []byte) []byte{
		"results.jsonl": func(text []byte) []byte { return append([]byte(" "), text[1:]...) },
		"theory.star":   func(text []byte) []byte { return append(text, '#') },
		"records.log":   func(text []byte) []byte { return text[:len(text)/2] },
		"result.json":   func([]byte) []byte { return []byte("{}") },
		"run.json":      func([]byte) []byte { return []byte("{") },
	} {
		file := filepath.Join(shard, name)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, broken := range [][]byte{change(bytes.Clone(text)), nil} {
			if broken == nil {
				err = os.Remove(file)
			} else {
				err = os.WriteFile(file, broken, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			refused(t, name, nil, "report", shard, "--out", none)
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("a refused report has left a folder")
	}
}

// Of a sweep over data the maps have the worst verdict and the share as expected; cells
// without a theory say why, and no sign of a name gets out of the text.
func TestReportOfASweptTheoryAboutData(t *testing.T) {
	dir := t.TempDir()
	file := writeText(t, "decay.star", `theory("<script>alert(1)</script> & $x_1^2$")
k = param("k", 1, low = 0)
x = state("x", start = data["start"])
flow(x, -k * x)
claim("below <b>", always(x <= 1))
observe("x & y", x)
`)
	data := writeText(t, "starts.json", `[{"start": 1}, {"start": 2}, {"start": "x"}, {"start": 0.5}]`)
	sweep, out := filepath.Join(dir, "sweep"), filepath.Join(dir, "report")
	if code, _, stderr := call("sweep", "--theory", file, "--data", data, "--grid", "k=0,1/2,3", "--until", "1", "--digits", "8", "--quiet", "--out", sweep); code != exitRefuted {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	if code, _, stderr := call("report", sweep, "--out", out, "--theory", "../../theories/softmax.star"); code != exitFine {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	files := filesOf(t, out)
	page := string(files["report.html"])
	for _, bad := range []string{"<script>alert", "<b> ", "below <b>"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	for _, good := range []string{"for each of 4 elements of starts.json", "no theory", "below &lt;b&gt;", "--share --out map", "--data starts.json", `id="theories"`, `id="cells"`} {
		if !strings.Contains(page, good) {
			t.Errorf("the page lacks %s", good)
		}
	}
	if text := string(files["figures/map-1.csv"]); !strings.Contains(text, "\n0,,refuted,,,data 1: ") {
		t.Errorf("the first map is %s", text)
	}
	if text := string(files["figures/map-2.csv"]); !strings.Contains(text, "\n3,,refuted,0.5,0.5,") {
		t.Errorf("the second map is %s", text)
	}
}
