package runs

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"muflow/internal/strict"
)

// A Reading says what is read of files.
type Reading struct {
	Y     string   // column; "": mu, or the only one
	Rate  string   // column of the learning rate; "": lr, where there is one
	Stage *float64 // number in the column stage, nil for all
}

// A Log is what was read: runs of one or more files.
type Log struct {
	Y       string // the column
	Runs    []*Run
	Tests   int // lines on other graphs, left out
	Gaps    int // lines without a value
	reading Reading
	columns selection
	stems   map[string]int // files of each name
	rows    int
}

// A Document is what a document of verify train says of its run.
type Document struct {
	Preset, Loss, Seed, Alpha, Label string
}

// training names what a document trains but for the seed, "" without a document.
func (d *Document) training() string {
	if d == nil {
		return ""
	}
	words := slices.DeleteFunc([]string{d.Preset, d.Loss, d.Label}, func(word string) bool { return word == "" })
	return strings.Join(words, ", ")
}

// NewLog returns a log without runs.
func NewLog(r Reading) *Log {
	l := &Log{reading: r, stems: map[string]int{}}
	l.columns = selection{y: r.Y, rate: r.Rate, known: map[string]bool{}}
	if r.Rate == "" {
		l.columns.rate = "lr"
	}
	return l
}

// Read adds the runs of one file: CSV with a header, JSON Lines, or a document of
// verify train, perhaps behind gzip. Errors name file and line. Memory grows with
// the number of points that are kept, of at most maxRows.
func (l *Log) Read(r io.Reader, name string) error {
	f := &file{log: l, name: name, stem: stemOf(name), key: "step"}
	if l.stems[f.stem]++; l.stems[f.stem] > 1 {
		f.stem += fmt.Sprintf(" (%d)", l.stems[f.stem])
	}
	f.each = f.add
	before := len(l.Runs)
	if err := f.open(r); err != nil {
		return err
	}
	if len(l.Runs) == before {
		return fmt.Errorf("%s: no line with a step, expected CSV with a header, JSON Lines or the --json output of verify train", name)
	}
	return nil
}

// open reads a stream from its first byte.
func (f *file) open(r io.Reader) error {
	unpacked, err := strict.Unpacked(bufio.NewReaderSize(r, 1<<16))
	if err != nil {
		return fmt.Errorf("%s: broken gzip", f.name)
	}
	in := bufio.NewReaderSize(unpacked, 1<<16)
	if head, _ := in.Peek(3); string(head) == "\xef\xbb\xbf" {
		in.Discard(3)
	}
	f.lines = lines{r: in}
	if err := f.read(); err != nil {
		return fmt.Errorf("%s: %w", f.name, plainly(err))
	}
	return nil
}

// ReadInstances reads what was measured on instances: lines with a column
// instance, the 0-based place, as CSV with a header or JSON Lines; of the numbers
// those that are wanted, or all.
func ReadInstances(r io.Reader, name string, wanted []string) (Measured, error) {
	out := Measured{}
	f := &file{log: NewLog(Reading{}), name: name, key: "instance"}
	f.log.columns.all = true
	f.each = func(c *cells, place string) error {
		at, ok := c.values["instance"]
		if !ok || at < 0 || at != math.Trunc(at) || at > maxRows {
			return fmt.Errorf("%s: %w", place, errNoInstance)
		}
		for key, value := range c.values {
			if len(wanted) > 0 && !slices.Contains(wanted, key) || len(wanted) == 0 && (key == "instance" || slices.Contains(reserved, key)) {
				continue
			}
			if out[key] == nil {
				if len(out) == mostResponses {
					return fmt.Errorf("%s: more than %d numbers, expected --response for those that matter", place, mostResponses)
				}
				out[key] = map[int]float64{}
			}
			if _, twice := out[key][int(at)]; twice {
				return fmt.Errorf("%s: instance %v a second time", place, at)
			}
			out[key][int(at)] = value
		}
		return nil
	}
	if err := f.open(r); err != nil {
		return nil, err
	}
	for _, key := range wanted {
		if out[key] == nil {
			return nil, fmt.Errorf("%s: no line has a number %s", name, key)
		}
	}
	return out, nil
}

// plainly says what broke a stream.
func plainly(err error) error {
	if strict.IsBrokenGzip(err) {
		return errors.New("broken gzip")
	}
	return err
}

// unexpectedEnd makes the end of a text an error of its syntax.
func unexpectedEnd(err error) error {
	if err == io.EOF {
		return errors.New("broken JSON: unexpected end")
	}
	return err
}

// stemOf returns the name of a file without folders and endings.
func stemOf(name string) string {
	stem := filepath.Base(name)
	for _, ending := range []string{".gz", ".json", ".jsonl", ".ndjson", ".csv", ".txt", ".log"} {
		stem = strings.TrimSuffix(stem, ending)
	}
	return stem
}

// lines reads lines of bounded length and counts them.
type lines struct {
	r    *bufio.Reader
	line int
}

// next returns the next line that is not blank, without its end.
func (l *lines) next() ([]byte, error) {
	for {
		var text []byte
		for {
			part, err := l.r.ReadSlice('\n')
			text = append(text, part...)
			if len(text) > maxLine {
				return nil, fmt.Errorf("line %d: more than %d bytes", l.line+1, maxLine)
			}
			if err == bufio.ErrBufferFull {
				continue
			}
			if err != nil && (err != io.EOF || len(text) == 0) {
				return nil, err
			}
			break
		}
		l.line++
		if text = bytes.TrimSpace(text); len(text) > 0 {
			return text, nil
		}
	}
}

// A file is one that is being read.
type file struct {
	log  *Log
	name string
	stem string
	lines
	runs       map[[2]string]*Run
	firstStage float64 // 0 in logs of others, 1 in documents of verify train
	key        string  // column that every line has
	each       func(c *cells, place string) error
}

func (f *file) read() error {
	first, err := f.next()
	if err == io.EOF {
		return errors.New("is empty, expected CSV with a header, JSON Lines or the --json output of verify train")
	}
	if err != nil {
		return err
	}
	f.runs = map[[2]string]*Run{}
	if first[0] != '{' && first[0] != '[' {
		return f.csv(first)
	}
	if first[0] == '[' || isDocument(first) {
		return f.document(io.MultiReader(bytes.NewReader(first), bytes.NewReader([]byte("\n")), f.r))
	}
	for line := first; err == nil; line, err = f.next() {
		c := newCells()
		if err := f.row(&c, line); err != nil {
			return fmt.Errorf("line %d: %w", f.line, err)
		}
		if err := f.each(&c, fmt.Sprintf("line %d", f.line)); err != nil {
			return err
		}
	}
	return ended(err)
}

// ended is an error but for the end of a file.
func ended(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// row reads one line of JSON Lines.
func (f *file) row(c *cells, line []byte) error {
	read := func(text []byte) error {
		*c = newCells()
		scan := strict.NewScanner(bytes.NewReader(text))
		if b, _ := scan.Peek(); b != '{' {
			return errors.New("expected an object")
		}
		if err := c.object(&f.log.columns, scan); err != nil {
			return err
		}
		return scan.End()
	}
	err := read(line)
	var syntax *strict.SyntaxError
	if errors.As(err, &syntax) && (bytes.Contains(line, []byte("NaN")) || bytes.Contains(line, []byte("Infinity"))) {
		err = read(finite(line))
	}
	return err
}

// isDocument reports whether a first line is not the whole of an object, or has
// the series of a training.
func isDocument(line []byte) bool {
	series := false
	scan := strict.NewScanner(bytes.NewReader(finite(line)))
	err := scan.Object(func(key string) error {
		series = series || key == "series"
		return scan.Skip()
	})
	return series || err != nil && line[len(line)-1] != '}'
}

// document reads a document of verify train, or a list of lines.
func (f *file) document(r io.Reader) error {
	scan := strict.NewScanner(bufio.NewReader(r))
	document := &Document{}
	points := func(what string) error {
		return scan.Array(func(i int) error {
			scan.Allow(maxLine)
			c := newCells()
			place := fmt.Sprintf("%s[%d]", what, i)
			b, err := scan.Peek()
			if err != nil {
				return unexpectedEnd(err)
			}
			if b != '{' {
				return fmt.Errorf("%s: expected an object", place)
			}
			if err := c.object(&f.log.columns, scan); err != nil {
				return fmt.Errorf("%s: %w", place, err)
			}
			return f.each(&c, place)
		})
	}
	if b, _ := scan.Peek(); b == '[' {
		if err := points(""); err != nil {
			return err
		}
		return scan.End()
	}
	schema := ""
	f.firstStage = 1
	err := scan.Object(func(key string) error {
		scan.Allow(maxLine)
		b, err := scan.Peek()
		if err != nil {
			return unexpectedEnd(err)
		}
		texts := map[string]*string{"schema": &schema, "preset": &document.Preset, "loss": &document.Loss, "alpha": &document.Alpha, "seed": &document.Seed}
		at := texts[key]
		switch {
		case key == "series" && b == '[':
			return points("series")
		case key == "settings" && b == '{':
			return scan.Object(func(key string) (err error) {
				if b, _ := scan.Peek(); key != "label" || b != '"' {
					return scan.Skip()
				}
				document.Label, err = scan.Text()
				return err
			})
		case at != nil && b == '"':
			*at, err = scan.Text()
			return err
		case at != nil:
			raw, err := scan.Raw()
			*at = string(raw)
			return err
		}
		return scan.Skip()
	})
	if err != nil {
		return err
	}
	if schema != "muflow/train/1" {
		return fmt.Errorf("schema %q, expected muflow/train/1, CSV with a header or JSON Lines", shortened(schema))
	}
	for _, run := range f.runs {
		run.Document = document
		if document.Seed != "" {
			run.Seed = document.Seed // whatever the file is called
		}
	}
	return scan.End()
}

// csv reads lines under a header.
func (f *file) csv(header []byte) error {
	names, err := splitCSV(header)
	if err != nil {
		return fmt.Errorf("line %d: %w", f.line, err)
	}
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
		if slices.Contains(names[:i], names[i]) {
			return fmt.Errorf("line %d: column %q twice in the header", f.line, shortened(names[i]))
		}
	}
	if !slices.Contains(names, f.key) {
		return fmt.Errorf("line %d: no column "+f.key+" in the header, expected CSV with a header, JSON Lines or the --json output of verify train", f.line)
	}
	line, err := f.next()
	for ; err == nil; line, err = f.next() {
		fields, err := splitCSV(line)
		if err == nil && len(fields) != len(names) {
			err = fmt.Errorf("%d fields, expected %d", len(fields), len(names))
		}
		c := newCells()
		for i := 0; err == nil && i < len(fields); i++ {
			switch text := strings.TrimSpace(fields[i]); {
			case text == "" || text == "null":
			case isNumber(text):
				err = c.number(&f.log.columns, names[i], text)
			default:
				err = c.text(&f.log.columns, names[i], text)
			}
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", f.line, err)
		}
		if err := f.each(&c, fmt.Sprintf("line %d", f.line)); err != nil {
			return err
		}
	}
	return ended(err)
}

func splitCSV(line []byte) ([]string, error) {
	r := csv.NewReader(bytes.NewReader(line))
	fields, err := r.Read()
	var broken *csv.ParseError
	if errors.As(err, &broken) {
		return nil, fmt.Errorf("broken CSV: %w", broken.Err)
	}
	return fields, err
}

// isNumber reports whether a field begins as a number of JSON does, or with a
// sign or point before it.
func isNumber(text string) bool {
	return strings.IndexByte("+-.0123456789", text[0]) >= 0 && strings.Trim(text, "+-.0123456789eE") == "" && strings.ContainsAny(text, "0123456789")
}
