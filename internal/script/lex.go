package script

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.starlark.net/syntax"
)

// An Error is a mistake in a theory file, at a place of it.
type Error struct {
	File         string
	Line, Column int // 1-based, in characters; 0 for the file as a whole
	Message      string
}

func (e *Error) Error() string {
	switch {
	case e.File == "" && e.Line == 0: // of a sentence
		return e.Message
	case e.File == "":
		return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
	case e.Line == 0:
		return fmt.Sprintf("%s: %s", e.File, e.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

func at(p syntax.Position, format string, args ...any) *Error {
	return &Error{p.Filename(), int(p.Line), int(p.Col), fmt.Sprintf(format, args...)}
}

// Limits of a file.
const (
	maxSource  = 100_000 // bytes
	maxNesting = 100     // of brackets, and of signs one after another
)

type place struct{ line, column int32 }

// signs are operators that Starlark has not, by their places: a power is
// written as //, and a comparison, which Starlark does not chain, as |, each as
// long as it is, so that places stay. The tree is mended afterwards.
type signs map[place]syntax.Token

// comparisonSigns are written as the loosest operator of arithmetic.
var comparisonSigns = map[string]syntax.Token{
	"==": syntax.EQL, "!=": syntax.NEQ, "<=": syntax.LE, ">=": syntax.GE, "<": syntax.LT, ">": syntax.GT,
}

// A lexer reads a file only as far as to tell operators from the rest.
type lexer struct {
	file         string
	source       string
	out          strings.Builder
	at           int
	line, column int32
	depth        int
	row          int  // of tokens that are no operand, one after another
	operand      bool // the last token ends an operand
	caret        bool // ^ is a power
	signs        signs
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// plain returns the source in Starlark's own operators. With caret set x^n is
// x**n, written as % meanwhile.
func plain(file, source string, caret bool) (string, signs, error) {
	if len(source) > maxSource {
		return "", nil, &Error{File: file, Message: fmt.Sprintf("%d bytes, expected at most %d", len(source), maxSource)}
	}
	if !utf8.ValidString(source) {
		return "", nil, &Error{File: file, Message: "no UTF-8 text"}
	}
	source = lineEnds.Replace(source) // places are counted in lines as Starlark has them
	l := &lexer{file: file, source: source, line: 1, column: 1, caret: caret, signs: signs{}}
	for l.at < len(l.source) {
		if err := l.token(); err != nil {
			return "", nil, err
		}
	}
	return l.out.String(), l.signs, nil
}

func (l *lexer) fail(format string, args ...any) error {
	return &Error{l.file, int(l.line), int(l.column), fmt.Sprintf(format, args...)}
}

// take copies n bytes, or writes something as long in their place.
func (l *lexer) take(n int, instead string) {
	text := l.source[l.at : l.at+n]
	for _, r := range text {
		l.column++
		if r == '\n' {
			l.line, l.column = l.line+1, 1
		}
	}
	if instead != "" {
		text = instead
	}
	l.out.WriteString(text)
	l.at += n
}

func (l *lexer) token() error {
	rest := l.source[l.at:]
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case r == '#':
		l.take(strings.IndexByte(rest+"\n", '\n'), "")
	case r == '"' || r == '\'':
		l.text(rest)
	case r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' && len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9':
		l.word(rest)
	case strings.ContainsRune(" \t\n", r) || r == '\\':
		l.take(size, "")
	default:
		if err := l.operator(rest, size); err != nil {
			return err
		}
	}
	if l.row > maxNesting {
		return l.fail("more than %d signs one after another", maxNesting)
	}
	return nil
}

// word reads a name or a number, or a string behind a prefix.
func (l *lexer) word(rest string) {
	number := rest[0] >= '0' && rest[0] <= '9' || rest[0] == '.'
	n := 0
	for n < len(rest) {
		r, size := utf8.DecodeRuneInString(rest[n:])
		sign := number && n > 0 && (r == '+' || r == '-') && (rest[n-1] == 'e' || rest[n-1] == 'E') && !strings.HasPrefix(rest, "0x")
		if !(r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || number && r == '.' || sign) {
			break
		}
		n += size
	}
	if word := rest[:n]; n < len(rest) && (rest[n] == '"' || rest[n] == '\'') && (word == "r" || word == "b" || word == "rb") {
		l.take(n, "")
		l.text(rest[n:])
		return
	}
	l.operand, l.row = true, 0
	switch rest[:n] {
	case "and", "or", "not", "in", "if", "else", "for", "return", "lambda":
		l.operand, l.row = false, l.row+1
	}
	l.take(n, "")
}

// text reads a string; a quote behind \ does not end it, not even a raw one.
func (l *lexer) text(rest string) {
	quote := rest[:1]
	if strings.HasPrefix(rest, strings.Repeat(quote, 3)) {
		quote = rest[:3]
	}
	n := len(quote)
	for n < len(rest) && !strings.HasPrefix(rest[n:], quote) {
		if rest[n] == '\\' && n+1 < len(rest) {
			n++
		} else if rest[n] == '\n' && len(quote) == 1 {
			break // the parser complains
		}
		n++
	}
	n = min(n+len(quote), len(rest))
	for n < len(rest) && !utf8.RuneStart(rest[n]) {
		n++
	}
	l.take(n, "")
	l.operand, l.row = true, 0
}

func (l *lexer) operator(rest string, size int) error {
	here := place{l.line, l.column}
	for _, skip := range []string{"<<=", ">>=", "**=", "//=", "<<", ">>", "//", "+=", "-=", "*=", "/=", "%="} {
		if strings.HasPrefix(rest, skip) {
			l.take(len(skip), "")
			l.operand, l.row = false, l.row+1
			return nil
		}
	}
	switch {
	case strings.HasPrefix(rest, "**") && l.operand:
		l.signs[here] = syntax.STARSTAR
		l.take(2, "//")
		l.operand, l.row = false, l.row+1
		return nil
	case rest[0] == '^' && l.caret:
		l.signs[here] = syntax.STARSTAR
		l.take(1, "%")
		l.operand, l.row = false, l.row+1
		return nil
	case rest[0] == '|' || rest[0] == '^':
		return l.fail("%c is no operator here: powers are written **", rest[0])
	}
	for _, n := range []int{2, 1} {
		if len(rest) < n {
			continue
		}
		if token, ok := comparisonSigns[rest[:n]]; ok {
			l.signs[here] = token
			l.take(n, "| "[:n])
			l.operand, l.row = false, l.row+1
			return nil
		}
	}
	switch rest[0] {
	case '(', '[', '{':
		if l.depth++; l.depth > maxNesting {
			return l.fail("more than %d brackets within each other", maxNesting)
		}
		l.operand, l.row = false, 0
	case ')', ']', '}':
		l.depth--
		l.operand, l.row = true, 0
	case ',', ':', ';', '=', '.':
		l.operand, l.row = false, 0
	default:
		l.operand, l.row = false, l.row+1
	}
	l.take(size, "")
	return nil
}
