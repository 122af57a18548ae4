package report

import (
	"bytes"
	"compress/zlib"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// inflated returns the streams of a PDF file that can be unpacked.
func inflated(file []byte) string {
	var out strings.Builder
	for _, part := range bytes.Split(file, []byte("\nstream\n"))[1:] {
		if r, err := zlib.NewReader(bytes.NewReader(part)); err == nil {
			io.Copy(&out, r)
			out.WriteByte('\n')
		}
	}
	return out.String()
}

// twoBytes returns text in two bytes a character, as a PDF holds it.
func twoBytes(text string) string {
	var out strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		out.WriteByte(byte(unit >> 8))
		out.WriteByte(byte(unit))
	}
	return out.String()
}

// Text of a PDF is text, Greek and signs too, in an embedded font.
func TestPDFHoldsText(t *testing.T) {
	figure := sampleFigure()
	figure.XLabel, figure.YLabel = "steps η·k ≤ ∞", "logit μ"
	var file bytes.Buffer
	if err := Render(&file, figure, "pdf", 5, 4); err != nil {
		t.Fatal(err)
	}
	drawn := inflated(file.Bytes())
	for _, want := range []string{"steps η·k ≤ ∞", "logit μ"} {
		if !strings.Contains(drawn, "("+twoBytes(want)+") Tj") {
			t.Errorf("no text %q", want)
		}
	}
	for _, want := range []string{"/FontFile2", "/ToUnicode", "LiberationSans-Regular"} {
		if !bytes.Contains(bytes.ToLower(file.Bytes()), []byte(strings.ToLower(want))) {
			t.Errorf("no %s", want)
		}
	}
}

// Curves are what vg says: a quadratic one is raised to a cubic one, an arc
// stays on its circle.
func TestPDFCurves(t *testing.T) {
	c := newPDF(100, 100)
	var path vg.Path
	path.Move(vg.Point{X: 3, Y: 6})
	path.QuadTo(vg.Point{X: 6, Y: 12}, vg.Point{X: 9, Y: 6})
	c.Fill(path)
	path = nil
	path.Move(vg.Point{X: 60, Y: 50})
	path.Arc(vg.Point{X: 50, Y: 50}, 10, 0, 3.141592653589793)
	c.Fill(path)
	c.Push()
	c.FillString(font.Face{}, vg.Point{}, "of no size")
	var file bytes.Buffer
	c.Pop()
	if _, err := c.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	drawn := inflated(file.Bytes())
	for _, want := range []string{"5.00000 10.00000 7.00000 10.00000 9.00000 6.00000 c",
		"60.00000 55.52285 55.52285 60.00000 50.00000 60.00000 c", "44.47715 60.00000 40.00000 55.52285 40.00000 50.00000 c"} {
		if !strings.Contains(drawn, want) {
			t.Errorf("no %s in\n%s", want, drawn)
		}
	}
	c = newPDF(10, 10)
	c.DrawImage(vg.Rectangle{}, nil)
	if _, err := c.WriteTo(io.Discard); err == nil {
		t.Error("pixels were accepted")
	}
}

// What has no axes is source for pgf, with words that LaTeX can read.
func TestGraphAsTeX(t *testing.T) {
	step, err := builtin(t)[7].Step(1)
	if err != nil {
		t.Fatal(err)
	}
	var source bytes.Buffer
	if err := Render(&source, &Diagram{Title: "a title", Step: step}, "tex", 4, 3); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`\begin{pgfpicture}`, `N\_c`, `N\_\{c+1\}`, `\pgfsetfillopacity{1}`, `\end{pgfpicture}`} {
		if !strings.Contains(source.String(), want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(source.String(), "a title") {
		t.Error("the title belongs into the caption")
	}
}
