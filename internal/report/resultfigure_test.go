package report

import (
	"bytes"
	"context"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muflow/graph"
	"muflow/prove"
	"muflow/theory"
)

// What other commands print is drawn, with its numbers behind it; anything else is
// refused.
func TestResultFigures(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		at := filepath.Join(folder, name)
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return at
	}
	attention := func(name, gain string, up int) string {
		return file(name, `{"schema":"muflow/attention/1","gain":"`+gain+`","instances":4,"upward":`+string(rune('0'+up))+`,"downward":1,"finite":0,"stationary":0}`)
	}
	pair := file("pair", `{"schema":"muflow/explore-pair/1","x":"A1","y":"A2","conclusions":["grows","bounded"],"cells":[{"x":0,"y":0,"settings":5,"measured":[5,2],"predicted":[4,1]},{"x":0,"y":1,"settings":5,"measured":[0,1],"predicted":[1,0]}]}`)
	for name, c := range map[string]struct {
		files      []string
		conclusion string
		want       string // in the data
	}{
		"thresholds": {[]string{file("a", `{"schema":"muflow/explore/1","settings":5,"rows":[{"key":"A1","dial":"noise","conclusion":"bounded","range":2,"settings":5,"failed":3,"measured":{"low":0.5,"high":0.75},"compared":9,"agreed":8}]}`)}, "", "training,A1: bounded,consistent,0.25,0.375,,0,0\n"},
		"pair":       {[]string{pair}, "bounded", "1,0,consistent,0.2,0.2,,0,0\n"},
		"tightness":  {[]string{file("c", `{"schema":"muflow/tightness/1","inequalities":[{"claim":"T1b-rate","inequality":"x","loosest":{"lo":"0.51","hi":"0.52"},"tightest":{"lo":"0.97","hi":"0.98"},"factor":{"lo":"1.1","hi":"1.2"}}]}`)}, "", "tightest,T1b-rate,proved,0.97,0.98,x,0,0\n"},
		"ladder":     {[]string{file("d", `{"schema":"muflow/ladder/1","rungs":[{"rung":"flow","drops":"","mu":{"mean":1.5,"half_width":0,"runs":1},"mass":null},{"rung":"descent","drops":"A14","mu":{"mean":1.25,"half_width":0.5,"runs":4},"mass":{"mean":0.5,"half_width":0,"runs":4}}]}`)}, "", "logit μ,1.25,1,,,approximate\n"},
		"attention":  {[]string{attention("e", "4", 2), attention("f", "1/2", 3)}, "", "grows without bound,0.5,0.75,,,approximate\ngrows without bound,4,0.5,,,approximate\n"},
	} {
		d, err := ResultFigure(c.files, c.conclusion)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var data, picture bytes.Buffer
		if err := d.WriteSeries(&data, "csv"); err != nil || !strings.Contains(data.String(), c.want) {
			t.Errorf("%s: %v, no %q in\n%s", name, err, c.want, &data)
		}
		if err := Render(&picture, d, "svg", 7, 4); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		wellFormed(t, name, picture.String())
	}
	for name, files := range map[string][]string{
		"no JSON": {file("g", "{")}, "another document": {file("h", `{"schema":"muflow/verify/1"}`)}, "no rows": {file("i", `{"schema":"muflow/explore/1"}`)},
		"no file": {filepath.Join(folder, "none")}, "two kinds": {pair, pair}, "no rungs": {file("j", `{"schema":"muflow/ladder/1"}`)}, "no gain": {attention("k", "x", 1)},
	} {
		if _, err := ResultFigure(files, ""); err == nil {
			t.Errorf("%s was drawn", name)
		}
	}
	if _, err := ResultFigure([]string{pair}, "shrinks"); err == nil || !strings.Contains(err.Error(), "bounded") {
		t.Errorf("an unknown conclusion: %v", err)
	}
}

// The bars of the histogram hold each finite equilibrium once.
func TestPopulationFigure(t *testing.T) {
	instances := builtin(t)[:40]
	f, err := PopulationFigure(context.Background(), instances, 1, big.NewRat(1, 1))
	if err != nil {
		t.Fatal(err)
	}
	finite := 0
	for _, s := range graph.StepsOf(instances, 1) {
		e, err := prove.EquilibriumOf(context.Background(), theory.ProfileOf(s), big.NewRat(1, 1), 5)
		if err != nil {
			t.Fatal(err)
		}
		if e.Limit == theory.FiniteLimit {
			finite++
		}
	}
	sum := 0.0
	for i := 1; i+1 < len(f.Curves[0].Y); i += 2 {
		sum += f.Curves[0].Y[i]
	}
	if int(sum) != finite || finite == 0 || len(f.Curves) != 2 {
		t.Errorf("%v in bars, %d finite, %d curves", sum, finite, len(f.Curves))
	}
	if _, err := PopulationFigure(context.Background(), instances, 90, big.NewRat(1, 1)); err == nil {
		t.Error("a step that no instance has was drawn")
	}
}

// A layout makes letters larger and keeps the size; a PDF has its title only on
// demand.
func TestLayout(t *testing.T) {
	text := func(l Layout, format string) string {
		var out bytes.Buffer
		if err := RenderAs(&out, sampleFigure(), format, l); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	plain, small := text(Layout{Width: 3, Height: 2}, "svg"), text(Layout{Width: 3, Height: 2, Scale: 0.8}, "svg")
	if !strings.Contains(small, "scale(0.8") || !strings.Contains(small, `viewBox="0 0 216 144"`) || strings.Contains(plain, "scale(0.8") {
		t.Error("the scale does not arrive")
	}
	if a, b := text(Layout{Width: 3, Height: 2}, "pdf"), text(Layout{Width: 3, Height: 2, Titled: true}, "pdf"); a == b {
		t.Error("a PDF has its title always or never")
	}
}
