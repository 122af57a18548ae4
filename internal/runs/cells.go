package runs

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"strings"

	"muflow/internal/strict"
)

// Bounds of what is read.
const (
	maxLine       = 4 << 20 // bytes of a line, or of a point of a series
	maxRows       = 1 << 20 // of all runs
	maxRuns       = 10_000
	maxColumns    = 10_000 // whose names are listed
	maxDepth      = 8      // of lists and objects in a cell
	maxThoughts   = 16     // that are watched for a collapse
	largest       = 1e100  // size of a number
	smallest      = 1e-100 // the same, but for 0
	collapseLists = 2
)

// A cells value is what is kept of one line.
type cells struct {
	run, seed       string
	hasRun, hasSeed bool
	step, stage     float64 // NaN where there is none
	rate            float64
	y               [2]float64 // of the columns that are kept, NaN for a gap
	test            bool
	accuracy        [collapseLists][maxThoughts]float64 // within, hop
	sum             uint64                              // of all that was measured
	values          map[string]float64                  // all of it, where that is asked for
}

// Names of the lists of accuracies: on what is reached and on the next
// distance, in logs of others and in documents of verify train.
var accuracies = [collapseLists][]string{{"within", "reach_accuracy"}, {"hop", "hop_accuracy"}}

// reserved columns are no candidates for y.
var reserved = []string{"step", "run", "seed", "stage", "lr", "test"}

// clocks differ between two runs of the same.
var clocks = []string{"s", "seconds", "time", "elapsed", "wall", "wall_time", "wall_clock", "timestamp", "_timestamp", "_runtime"}

// A selection says which columns are kept, and learns which there are.
type selection struct {
	y     string // as asked for, or ""
	rate  string // column of the learning rate
	first string // first candidate seen, if y is ""
	known map[string]bool
	all   bool // keep every number
}

// columns returns the columns that are kept.
func (s *selection) columns() [2]string {
	if s.y != "" {
		return [2]string{s.y}
	}
	return [2]string{"mu", s.first}
}

// candidates lists the numeric columns that were seen.
func (s *selection) candidates() (out []string) {
	for name := range s.known {
		out = append(out, name)
	}
	slices.SortFunc(out, byName)
	return out
}

// byName orders names with numbers in them by size.
func byName(a, b string) int {
	stemA, numberA := splitNumber(a)
	stemB, numberB := splitNumber(b)
	if stemA == stemB && len(numberA) != len(numberB) {
		return len(numberA) - len(numberB)
	}
	return strings.Compare(a, b)
}

func newCells() cells {
	nan := math.NaN()
	c := cells{step: nan, stage: nan, rate: nan, y: [2]float64{nan, nan}}
	for i := range c.accuracy {
		for j := range c.accuracy[i] {
			c.accuracy[i][j] = nan
		}
	}
	return c
}

// text takes a cell that is no number.
func (c *cells) text(s *selection, key, value string) error {
	switch key {
	case "run":
		c.run, c.hasRun = value, true
	case "seed":
		c.seed, c.hasSeed = value, true
	case "test":
		c.test = strings.EqualFold(value, "true")
	case "stage": // a name: no order to watch
	case "step", s.rate:
		return fmt.Errorf("%s %q, expected a finite number", key, shortened(value))
	default:
		if columns := s.columns(); key != "" && (key == columns[0] || key == columns[1]) {
			return fmt.Errorf("%s %q, expected a finite number or null", key, shortened(value))
		}
	}
	return nil
}

// number takes a cell that is a number.
func (c *cells) number(s *selection, key, text string) error {
	switch key {
	case "run", "seed":
		return c.text(s, key, text)
	case "test":
		c.test = text == "1"
		return nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return c.text(s, key, text)
	}
	x += 0 // no negative zero
	if s.y == "" && s.first == "" && key != "mu" && key != s.rate && !slices.Contains(reserved, key) {
		s.first = key
	}
	used := key == "step" || key == "stage" || key == s.rate
	for i, column := range s.columns() {
		if key == column && key != "" {
			c.y[i], used = x, true
		}
	}
	if size := math.Abs(x); used && (!(size <= largest) || size < smallest && size > 0) {
		return fmt.Errorf("%s %s, expected a finite number of size %g to %g, or 0", key, shortened(text), smallest, largest)
	}
	if s.all && (used || math.Abs(x) <= largest) && len(c.values) < maxColumns {
		if c.values == nil {
			c.values = map[string]float64{}
		}
		c.values[key] = x
	}
	switch key {
	case "step":
		c.step = x
	case "stage":
		c.stage = x
	}
	if key == s.rate {
		c.rate = x
	}
	if !slices.Contains(reserved, key) && key != s.rate && len(s.known) < maxColumns {
		s.known[key] = true
	}
	c.observe(key, x)
	return nil
}

// observe keeps accuracies, and adds a number to the sum of the line.
func (c *cells) observe(key string, x float64) {
	stem, index, found := strings.Cut(key, ".")
	if !found { // one number is that of no thoughts
		index = "0"
	}
	for i, names := range accuracies {
		if k, err := strconv.Atoi(index); err == nil && k >= 0 && k < maxThoughts && slices.Contains(names, stem) {
			c.accuracy[i][k] = x
		}
	}
	if slices.Contains(clocks, key) || slices.Contains(reserved, key) {
		return
	}
	h := fnv.New64a()
	h.Write([]byte(key))
	bits := math.Float64bits(x)
	for range 8 {
		h.Write([]byte{byte(bits)})
		bits >>= 8
	}
	c.sum += h.Sum64()
}

// value consumes a value of JSON that stands under a key; lists and objects
// spread over keys with an index or a name behind a dot.
func (c *cells) value(s *selection, scan *strict.Scanner, key string, depth int) error {
	b, err := scan.Peek()
	if err != nil {
		return unexpectedEnd(err)
	}
	switch {
	case (b == '[' || b == '{') && depth == maxDepth:
		return scan.Skip()
	case b == '[':
		return scan.Array(func(i int) error { return c.value(s, scan, key+"."+strconv.Itoa(i), depth+1) })
	case b == '{':
		return scan.Object(func(name string) error { return c.value(s, scan, key+"."+name, depth+1) })
	case b == '"':
		text, err := scan.Text()
		if err != nil {
			return err
		}
		return c.text(s, key, text)
	}
	raw, err := scan.Raw()
	if err != nil {
		return err
	}
	switch text := string(raw); text {
	case "null":
		return nil
	case "true", "false":
		return c.text(s, key, text)
	default:
		return c.number(s, key, text)
	}
}

// object consumes an object of JSON: one line.
func (c *cells) object(s *selection, scan *strict.Scanner) error {
	return scan.Object(func(key string) error { return c.value(s, scan, key, 1) })
}

// finite returns a line in which bare words for numbers that are not finite, as
// Python writes them, stand in quotes, so that they matter only in a column that
// is used.
func finite(line []byte) []byte {
	var out []byte
	quoted := false
	for i := 0; i < len(line); i++ {
		if b := line[i]; quoted || b == '"' {
			if b == '\\' && quoted && i+1 < len(line) {
				out = append(out, b)
				i++
			} else if b == '"' {
				quoted = !quoted
			}
			out = append(out, line[i])
			continue
		}
		word := ""
		for _, w := range []string{"NaN", "-Infinity", "Infinity"} {
			if len(line)-i >= len(w) && string(line[i:i+len(w)]) == w {
				word = w
				break
			}
		}
		if word == "" {
			out = append(out, line[i])
			continue
		}
		out = append(out, `"`+word+`"`...)
		i += len(word) - 1
	}
	return out
}

// shortened cuts a long text.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return text
}
