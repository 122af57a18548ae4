package report

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"
)

// MathML translates a formula in the part of LaTeX in which the claims are
// written: one element, or several between which a line may be broken, after
// wide spaces and before arrows outside of all groups. A command that it does not
// know is an error.
func MathML(latex string) (string, error) {
	const open, end = `<math display="block">`, "</math>"
	p := &mathParser{tokens: mathToken.FindAllString(latex, -1)}
	var out strings.Builder
	out.WriteString(open)
	begun := false // the element holds something
	for token := p.peek(); token != ""; token = p.peek() {
		if begun && (token == `\Longrightarrow` || token == `\iff`) {
			out.WriteString(end + open)
		}
		part, err := p.scripted()
		if err != nil {
			return "", fmt.Errorf("%s: %w", latex, err)
		}
		out.WriteString(part)
		begun = true
		if wide := token == `\ ` || token == `\quad` || token == `\qquad`; wide && p.peek() != "" {
			out.WriteString(end + open)
			begun = false
		}
	}
	return out.String() + end, nil
}

// mathSymbols are the commands that stand for one sign, with its element.
var mathSymbols = map[string]struct{ element, sign string }{
	"alpha": {"mi", "α"}, "beta": {"mi", "β"}, "kappa": {"mi", "κ"}, "lambda": {"mi", "λ"}, "mu": {"mi", "μ"}, "nu": {"mi", "ν"},
	"gamma": {"mi", "γ"}, "delta": {"mi", "δ"}, "epsilon": {"mi", "ε"}, "zeta": {"mi", "ζ"}, "eta": {"mi", "η"}, "tau": {"mi", "τ"}, "chi": {"mi", "χ"}, "psi": {"mi", "ψ"}, "omega": {"mi", "ω"},
	"xi": {"mi", "ξ"}, "pi": {"mi", "π"}, "rho": {"mi", "ρ"}, "sigma": {"mi", "σ"}, "theta": {"mi", "θ"}, "phi": {"mi", "φ"}, "varphi": {"mi", "φ"},
	"ell": {"mi", "ℓ"}, "Delta": {"mi", "Δ"}, "infty": {"mi", "∞"}, "partial": {"mi", "∂"}, "top": {"mi", "⊤"},
	"ge": {"mo", "≥"}, "le": {"mo", "≤"}, "ne": {"mo", "≠"}, "in": {"mo", "∈"}, "notin": {"mo", "∉"}, "to": {"mo", "→"},
	"exists": {"mo", "∃"}, "forall": {"mo", "∀"}, "Longrightarrow": {"mo", "⟹"}, "iff": {"mo", "⟺"}, "cdot": {"mo", "·"}, "times": {"mo", "×"},
	"dots": {"mo", "…"}, "subset": {"mo", "⊂"}, "setminus": {"mo", "∖"}, "cup": {"mo", "∪"}, "pm": {"mo", "±"}, "sim": {"mo", "∼"}, "langle": {"mo", "⟨"}, "rangle": {"mo", "⟩"}, "lceil": {"mo", "⌈"}, "rceil": {"mo", "⌉"},
	"sum": {"mo", "∑"}, "prod": {"mo", "∏"}, "int": {"mo", "∫"},
	"lim": {"mo", "lim"}, "max": {"mo", "max"}, "min": {"mo", "min"}, "sup": {"mo", "sup"}, "inf": {"mo", "inf"}, "log": {"mi", "log"}, "exp": {"mi", "exp"},
	"sin": {"mi", "sin"}, "cos": {"mi", "cos"}, "tanh": {"mi", "tanh"}, "arctan": {"mi", "arctan"}, "implies": {"mo", "⟹"}, "Rightarrow": {"mo", "⇒"},
}

// limits are the signs whose scripts stand below and above.
var limits = map[string]bool{"∑": true, "∏": true, "lim": true, "max": true, "min": true, "sup": true, "inf": true}

var mathSpaces = map[string]string{",": "0.17em", ":": "0.22em", ";": "0.28em", " ": "0.28em", "!": "-0.17em", "quad": "1em", "qquad": "2em"}

// mathToken matches commands, with their backslash, numbers and signs; spaces
// too, which count within text.
var mathToken = regexp.MustCompile(`(?s)\\[A-Za-z]+|\\.|\p{Nd}+(?:\.\p{Nd}+)*|.`)

type mathParser struct {
	tokens []string
	next   int
}

func (p *mathParser) peek() string {
	for p.next < len(p.tokens) && p.tokens[p.next] == " " {
		p.next++
	}
	if p.next == len(p.tokens) {
		return ""
	}
	return p.tokens[p.next]
}

// row reads up to the closing token.
func (p *mathParser) row(closing string) (string, error) {
	var out strings.Builder
	for {
		token := p.peek()
		if token == closing {
			p.next++
			return out.String(), nil
		}
		if token == "" {
			return "", fmt.Errorf("%q is missing", closing)
		}
		part, err := p.scripted()
		if err != nil {
			return "", err
		}
		out.WriteString(part)
	}
}

// scripted reads one part with what stands below and above it.
func (p *mathParser) scripted() (string, error) {
	base, sign, err := p.part()
	if err != nil {
		return "", err
	}
	scripts := map[string]string{}
	for {
		mark := p.peek()
		if mark == "'" {
			p.next++
			scripts["^"] += "<mo>′</mo>"
			continue
		}
		if mark != "^" && mark != "_" {
			break
		}
		p.next++
		script, _, err := p.part()
		if err != nil {
			return "", err
		}
		scripts[mark] += script
	}
	if len(scripts) == 0 {
		return base, nil
	}
	element, body, names := "m", base, map[string]string{"_": "sub", "^": "sup"}
	if limits[sign] {
		names = map[string]string{"_": "under", "^": "over"}
	}
	for _, mark := range []string{"_", "^"} {
		if scripts[mark] != "" {
			element += names[mark]
			body += group(scripts[mark])
		}
	}
	return fmt.Sprintf("<%s>%s</%s>", element, body, element), nil
}

func group(body string) string { return "<mrow>" + body + "</mrow>" }

// part reads one sign, command or group; sign tells which sign it is.
func (p *mathParser) part() (markup, sign string, err error) {
	token := p.peek()
	if token == "" || token == "}" || token == "^" || token == "_" {
		return "", "", fmt.Errorf("%q where a sign was expected", token)
	}
	p.next++
	if name, isCommand := strings.CutPrefix(token, `\`); isCommand {
		return p.command(name)
	}
	switch {
	case token == "{":
		body, err := p.row("}")
		return group(body), "", err
	case unicode.IsDigit([]rune(token)[0]):
		return "<mn>" + token + "</mn>", token, nil
	case unicode.IsLetter([]rune(token)[0]):
		return "<mi>" + token + "</mi>", token, nil
	case token == "-":
		return "<mo>−</mo>", token, nil
	case token == "*":
		return "<mo>∗</mo>", token, nil
	}
	stretchy := ""
	if strings.Contains("()[]|", token) {
		stretchy = ` stretchy="false"`
	}
	return "<mo" + stretchy + ">" + html.EscapeString(token) + "</mo>", token, nil
}

func (p *mathParser) command(name string) (markup, sign string, err error) {
	if s, ok := mathSymbols[name]; ok {
		return fmt.Sprintf("<%s>%s</%s>", s.element, s.sign, s.element), s.sign, nil
	}
	if width, ok := mathSpaces[name]; ok {
		return fmt.Sprintf(`<mspace width="%s"></mspace>`, width), "", nil
	}
	switch name {
	case "dot":
		body, _, err := p.part()
		return `<mover accent="true">` + body + "<mo>˙</mo></mover>", "", err
	case "frac", "tfrac":
		above, _, err := p.part()
		if err != nil {
			return "", "", err
		}
		below, _, err := p.part()
		return "<mfrac>" + above + below + "</mfrac>", "", err
	case "sqrt":
		body, _, err := p.part()
		return "<msqrt>" + body + "</msqrt>", "", err
	case "mathrm", "operatorname":
		words, err := p.words()
		return `<mi mathvariant="normal">` + html.EscapeString(strings.ReplaceAll(words, " ", "")) + "</mi>", "", err
	case "text":
		words, err := p.words()
		return "<mtext>" + html.EscapeString(strings.ReplaceAll(words, " ", "\u00a0")) + "</mtext>", "", err
	case "mathcal":
		words, err := p.words()
		return "<mi>" + styled(words, '𝒜', scriptLetters) + "</mi>", "", err
	case "mathbb":
		words, err := p.words()
		return "<mi>" + styled(words, '𝔸', doubleStruckLetters) + "</mi>", "", err
	case "bigl", "bigr", "Bigl", "Bigr", "left", "right", "big", "Big":
		body, _, err := p.part()
		return strings.Replace(body, ` stretchy="false"`, ` stretchy="true"`, 1), "", err
	case "not": // of the relation behind it
		body, _, err := p.part()
		return strings.Replace(body, "</mo>", "\u0338</mo>", 1), "", err
	case "{", "}":
		return `<mo stretchy="false">` + name + "</mo>", name, nil
	}
	return "", "", fmt.Errorf(`\%s is not known`, name)
}

// escaped are signs within a text that LaTeX has other uses for.
var escaped = map[string]string{`\textbackslash`: `\`, `\_`: "_", `\%`: "%", `\&`: "&", `\#`: "#", `\{`: "{", `\}`: "}", `\$`: "$", `\^`: "^", `\~`: "~"}

// words reads a group as it stands.
func (p *mathParser) words() (string, error) {
	if p.peek() != "{" {
		return "", fmt.Errorf("%q where a group was expected", p.peek())
	}
	p.next++
	var out strings.Builder
	for ; p.next < len(p.tokens); p.next++ {
		token := p.tokens[p.next]
		if token == "}" {
			p.next++
			return out.String(), nil
		}
		if sign, ok := escaped[token]; ok {
			out.WriteString(sign)
			if len(token) > 2 || token == `\^` || token == `\~` { // and the empty group behind it
				p.next += 2
			}
			continue
		}
		if strings.HasPrefix(token, `\`) || token == "{" {
			return "", fmt.Errorf("%q within a text", token)
		}
		out.WriteString(token)
	}
	return "", fmt.Errorf("%q is missing", "}")
}

// The capital letters of two styles that Unicode had before the others.
var (
	scriptLetters       = map[rune]rune{'B': 'ℬ', 'E': 'ℰ', 'F': 'ℱ', 'H': 'ℋ', 'I': 'ℐ', 'L': 'ℒ', 'M': 'ℳ', 'R': 'ℛ'}
	doubleStruckLetters = map[rune]rune{'C': 'ℂ', 'H': 'ℍ', 'N': 'ℕ', 'P': 'ℙ', 'Q': 'ℚ', 'R': 'ℝ', 'Z': 'ℤ'}
)

// styled writes capital letters in the style in which A is the given sign.
func styled(words string, a rune, earlier map[rune]rune) string {
	return strings.Map(func(r rune) rune {
		if sign, ok := earlier[r]; ok {
			return sign
		}
		if r >= 'A' && r <= 'Z' {
			return r - 'A' + a
		}
		return r
	}, words)
}
