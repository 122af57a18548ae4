package report

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"strings"
	"testing"
)

// markup finds what a document must not bring into a page, or into a LaTeX
// file beside the commands of ours.
var (
	markup   = regexp.MustCompile(`<(script|iframe|img|a href="[^#])|\son\w+="`)
	commands = regexp.MustCompile(`\\(input|write|include|openin|catcode|def|immediate)\b`)
)

// foreign is a page without the style and the scripts that are ours.
func foreign(page string) string {
	page = strings.Replace(page, `<script type="module">`+scriptOf()+"</script>", "", 1)
	return strings.Replace(ownRows.ReplaceAllString(page, ""), "<style>"+styleText+"</style>", "", 1)
}

var ownRows = regexp.MustCompile(`<script type="text/plain" id="rows-data">[A-Za-z0-9+/=]*</script>`)

// Whatever stands in a file that --with names, it is refused, or its page and
// its LaTeX tables hold its words as words.
func FuzzAdd(f *testing.F) {
	f.Add(`{"schema":"muflow/explore/1","settings":5,"rows":[{"key":"A1","dial":"<script>","conclusion":"\\input{x}","range":2,"settings":5,"failed":3,"measured":{"low":0.5,"high":0.75},"compared":9,"agreed":8}]}`)
	f.Add(`{"schema":"muflow/explore-pair/1","x":"A1\n","y":"<img src=x onerror=\"a\">","conclusions":["bounded","b"],"cells":[{"x":0,"y":0,"settings":5,"measured":[5,1],"predicted":[4,1]},{"x":0,"y":1,"settings":5,"measured":[0,0],"predicted":[1,1]}]}`)
	f.Add(`{"schema":"muflow/tightness/1","inequalities":[{"claim":"T1b-rate\n\\input{x}","inequality":"^^5cinput{x}","time":"%","tried":7,"loosest":{"lo":"0.51","hi":"0.52"},"tightest":{"lo":"","hi":"é"},"factor":{"lo":"1e9","hi":"1.2"}}]}`)
	f.Add(`{"schema":"muflow/explore/1"}`)
	f.Fuzz(func(t *testing.T, text string) {
		b := &Builder{}
		if b.addDocument("file", []byte(text)) != nil {
			return
		}
		if err := b.added(context.Background()); err != nil {
			return
		}
		var page bytes.Buffer
		if err := b.page.write(&page); err != nil {
			t.Fatal(err)
		}
		if found := markup.FindString(foreign(page.String())); found != "" {
			t.Errorf("the page holds %q", found)
		}
		for _, table := range b.latex {
			for line := range strings.Lines(table.latex()) {
				if found := commands.FindString(line); found != "" && !strings.HasPrefix(line, "%") {
					t.Errorf("the table holds %q in %q", found, line)
				}
			}
		}
	})
}

// Whatever stands in a training, it is refused or drawn.
func FuzzTraining(f *testing.F) {
	head := `{"schema":"muflow/train/1","preset":"p","loss":"coconut","seed":1,"series":[`
	f.Add(head+`{"step":0,"mu":0},{"step":100,"mu":1.5}]}`, "mu", false)
	f.Add(strings.Replace(head, `"p"`, `"<b>\u001b&\u0000\ufffe"`, 1)+`{"step":1,"mu":1},{"step":2,"mu":1}]}`, "mu", false)
	f.Add(head+`{"step":1,"gap":[1,2]}]}`, "gap.1", true)
	f.Add(head+`{"step":-1,"mu":1e308},{"step":1e308,"mu":-1e308}]}`, "mu", true)
	f.Add(head+`{"step":1e16,"mu":1e16},{"step":10000000000000002,"mu":1}]}`, "mu", false)
	f.Add(head+`{"step":5e-324,"mu":5e-324},{"step":1e308,"mu":1}]}`, "mu", true)
	f.Fuzz(func(t *testing.T, text, probe string, logarithmic bool) {
		run, err := decodeTraining("file", []byte(text))
		if err != nil {
			return
		}
		figure, err := TrainingFigure([]*TrainingRun{run}, []string{probe})
		if err != nil {
			return
		}
		figure.LogX = logarithmic
		if Render(io.Discard, figure, "pdf", 4, 3) != nil {
			return
		}
		var svg bytes.Buffer
		if err := Render(&svg, figure, "svg", 4, 3); err != nil {
			t.Fatal(err)
		}
		wellFormed(t, "the figure", svg.String())
	})
}
