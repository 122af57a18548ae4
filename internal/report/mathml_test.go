package report

import (
	"encoding/xml"
	"errors"
	"io"
	"muflow/prove"
	"strings"
	"testing"
)

func TestMathML(t *testing.T) {
	for _, c := range []struct{ latex, want string }{
		{`x`, `<mi>x</mi>`},
		{`d^*`, `<msup><mi>d</mi><mrow><mo>∗</mo></mrow></msup>`},
		{`\mu'(t)`, `<msup><mi>μ</mi><mrow><mo>′</mo></mrow></msup><mo stretchy="false">(</mo><mi>t</mi><mo stretchy="false">)</mo>`},
		{`\frac{1}{n!}`, `<mfrac><mrow><mn>1</mn></mrow><mrow><mi>n</mi><mo>!</mo></mrow></mfrac>`},
		{`\sum_{d<2} W_d`, `<munder><mo>∑</mo><mrow><mrow><mi>d</mi><mo>&lt;</mo><mn>2</mn></mrow></mrow></munder><msub><mi>W</mi><mrow><mi>d</mi></mrow></msub>`},
		{`d_{\max}`, `<msub><mi>d</mi><mrow><mrow><mo>max</mo></mrow></mrow></msub>`},
		{`\mathcal{N}_c`, `<msub><mi>𝒩</mi><mrow><mi>c</mi></mrow></msub>`},
		{`\text{ for all } t`, "<mtext>\u00a0for\u00a0all\u00a0</mtext><mi>t</mi>"},
		{`a \implies b \iff c`, `<mi>a</mi><mo>⟹</mo><mi>b</mi></math><math display="block"><mo>⟺</mo><mi>c</mi>`},
		{`a,\ b_{\quad}\quad`, `<mi>a</mi><mo>,</mo><mspace width="0.28em"></mspace></math><math display="block"><msub><mi>b</mi><mrow><mrow><mspace width="1em"></mspace></mrow></mrow></msub><mspace width="1em"></mspace>`},
		{`x_1^{2}`, `<msubsup><mi>x</mi><mrow><mn>1</mn></mrow><mrow><mrow><mn>2</mn></mrow></mrow></msubsup>`},
	} {
		got, err := MathML(c.latex)
		if want := `<math display="block">` + c.want + "</math>"; err != nil || got != want {
			t.Errorf("%s: %v\n got %s\nwant %s", c.latex, err, got, want)
		}
	}
	for _, latex := range []string{`\unknown`, `{x`, `x}`, `x^`, `\frac{1}`, `_`, `\text x`, `\text{\mu}`, `\mathrm{x`} {
		if got, err := MathML(latex); err == nil {
			t.Errorf("%s became %s", latex, got)
		}
	}
}

func TestEveryClaimBecomesMathML(t *testing.T) {
	for _, claim := range prove.Claims {
		markup, err := MathML(claim.LaTeX)
		if err != nil {
			t.Errorf("%s: %v", claim.ID, err)
			continue
		}
		wellFormed(t, claim.ID, markup)
	}
	if len(prove.Claims) < 8 {
		t.Errorf("only %d claims", len(prove.Claims))
	}
}

// wellFormed reads a text as XML to its end.
func wellFormed(t *testing.T, name, text string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Errorf("%s: %v in %.300s", name, err, text)
			return
		}
	}
}

func FuzzMathML(f *testing.F) {
	for _, claim := range prove.Claims {
		f.Add(claim.LaTeX)
	}
	f.Fuzz(func(t *testing.T, latex string) {
		if markup, err := MathML(latex); err == nil && !strings.HasPrefix(markup, "<math") {
			t.Errorf("%q became %q", latex, markup)
		}
	})
}
