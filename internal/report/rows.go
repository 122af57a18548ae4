package report

import (
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"muflow/graph"
	"muflow/internal/sweep"
	"muflow/prove"
	"muflow/theory"
)

// What the page holds of every instance-step. The rest is in the files of the
// run, and the page says so.
const (
	mostRows   = 120_000
	mostEdges  = 2_400_000 // of the graphs that go with them
	plainRows  = 200       // that are readable without a script
	rowDigits  = 5         // significant digits of numbers in rows
	rowNumbers = 5         // numbers that have a column of the table; the others are shown with the instance
)

// A place is a step of an instance at a readout gain.
type place struct {
	data, alpha string
	prove.Where
}

func (e *Entry) place() place { return place{e.Dataset, e.Alpha, e.Where} }

// A row is what is known of one place.
type row struct {
	place
	profile *theory.Profile // nil at a state after all steps
	entries []Entry
}

// A mark is the verdict of a claim at a place and, where it does not apply or
// failed, why.
type mark struct {
	Verdict int    `json:"v"` // place in theory.Verdicts, −1: the claim has none here
	Why     string `json:"w,omitempty"`
}

// rows are all places of the results, in the order of the data.
type rows struct {
	list    []*row
	total   int // before the list was cut
	claims  []*prove.Claim
	numbers []rowNumber
	marks   [][]mark // that occur, one mark for each claim
	marked  []int    // place in marks of each row
}

// A rowNumber is a value of a claim that rows show.
type rowNumber struct {
	Claim string `json:"claim"`
	Value string `json:"value"`
	Name  string `json:"name"`
	Means string `json:"means"`
}

// numberNames name the values of claims as tables do, with what they mean.
var numberNames = map[string][2]string{
	"mu": {"μ*", "where the logit rests under the Coconut loss"}, "rate": {"rate κv", "proved rate at which μ tends to μ*"}, "variance": {"v", "least variance of d between 0 and μ*"},
	"ceiling": {"ceiling", "closed-form upper bound of μ*"}, "b_lo": {"b_lo", "constant of the lower logarithmic bound"}, "b_hi": {"b_hi", "constant of the upper logarithmic bound"},
	"spread": {"spread", "greatest over least weight within N_{c+1}"}, "spread_bound": {"spread bound", "bound of that"}, "time": {"time", "from which the answer is right"},
	"ratio": {"ratio", "limit direction of the answer: weight of the thought against that of the question"}, "offset_bound": {"offset", "bound of the distance from that direction"},
	"walk_time": {"time, walks", "the same for weights by walks"}, "walk_ratio": {"ratio, walks", "the same for weights by walks"}, "walk_offset_bound": {"offset, walks", "the same for weights by walks"},
}

// rowsOf gathers the entries of each place.
func rowsOf(r *Results) *rows {
	out := &rows{}
	known := map[place]*row{}
	order := map[string]int{}
	for i, d := range r.Datasets {
		order[d.Name] = i
	}
	for i := range r.Entries {
		e := &r.Entries[i]
		if _, _, ok := r.instance(*e); !ok {
			continue
		}
		x := known[e.place()]
		if x == nil {
			x = &row{place: e.place()}
			known[x.place] = x
			out.list = append(out.list, x)
		}
		x.entries = append(x.entries, *e)
	}
	slices.SortStableFunc(out.list, func(a, b *row) int {
		return cmp.Or(cmp.Compare(order[a.data], order[b.data]), cmp.Compare(a.Instance, b.Instance), cmp.Compare(a.Step, b.Step))
	})
	out.total = len(out.list)
	out.list = out.list[:min(mostRows, len(out.list))]
	for _, x := range out.list {
		if s, ok := r.stepAt(x.place); ok {
			x.profile = theory.ProfileOf(s)
		}
	}
	out.columns()
	out.mark()
	return out
}

// columns finds the claims and numbers that occur.
func (x *rows) columns() {
	claims, values := map[string]bool{}, map[string]bool{}
	for _, row := range x.list {
		for _, e := range row.entries {
			claims[e.Claim] = true
			for name := range e.Values {
				values[e.Claim+" "+name] = true
			}
		}
	}
	named := map[string]bool{}
	for _, claim := range prove.Claims {
		if !claims[claim.ID] {
			continue
		}
		x.claims = append(x.claims, claim)
		var own []string
		for _, name := range sortedValues {
			if values[claim.ID+" "+name] && !named[name] {
				named[name] = true
				own = append(own, name)
			}
		}
		for _, name := range own {
			n := numberNames[name]
			x.numbers = append(x.numbers, rowNumber{claim.ID, name, n[0], n[1]})
		}
	}
	// The two bounds of Theorem 1(a) first would push the limit out of sight.
	slices.SortStableFunc(x.numbers, func(a, b rowNumber) int {
		return cmp.Compare(slices.Index(sortedValues, a.Value), slices.Index(sortedValues, b.Value))
	})
}

// sortedValues are the values of claims that rows show, in their order.
var sortedValues = []string{"mu", "rate", "ceiling", "b_lo", "b_hi", "ratio", "time", "spread", "spread_bound", "variance", "offset_bound", "walk_ratio", "walk_time", "walk_offset_bound"}

// mark finds the verdicts of each row.
func (x *rows) mark() {
	index := map[string]int{}
	for _, claim := range x.claims {
		index[claim.ID] = len(index)
	}
	known := map[string]int{}
	for _, row := range x.list {
		marks := slices.Repeat([]mark{{Verdict: -1}}, len(x.claims))
		for _, e := range row.entries {
			m := mark{Verdict: slices.Index(theory.Verdicts, e.Verdict)}
			switch e.Verdict {
			case theory.NotApplicable:
				m.Why, _, _ = strings.Cut(e.Reason, ":")
			case theory.Refuted, theory.Inconsistent, theory.Undecided:
				m.Why = clip(oneLine(e.Reason))
			}
			if at, known := index[e.Claim]; known {
				marks[at] = m
			}
		}
		key := fmt.Sprint(marks)
		at, ok := known[key]
		if !ok {
			at = len(x.marks)
			known[key], x.marks = at, append(x.marks, marks)
		}
		x.marked = append(x.marked, at)
	}
}

// A shown number is what a table shows of an enclosure: some digits, all of
// them, cut, or rounded where its ends have none in common.
type shown struct {
	digits   int64 // with its sign
	exponent int   // of ten
	how      int   // 0 exact, 1 cut, 2 rounded
}

// show returns what is shown of a number, if it is one.
func show(x prove.Number) (shown, bool) {
	low, okLow := scientific(x.Lo)
	high, okHigh := scientific(x.Hi)
	if !okLow || !okHigh {
		return shown{}, false
	}
	how := 0
	if x.Lo != x.Hi || len(low.digits) > rowDigits {
		how = 1
	}
	n := 0
	for n < rowDigits && n < len(low.digits) && n < len(high.digits) && low.digits[n] == high.digits[n] {
		n++
	}
	if low.negative != high.negative || low.exponent != high.exponent || n < rowDigits && how == 1 {
		f, err := strconv.ParseFloat(x.Lo, 64)
		g, err2 := strconv.ParseFloat(x.Hi, 64)
		a, b := strconv.FormatFloat(f, 'e', rowDigits-1, 64), strconv.FormatFloat(g, 'e', rowDigits-1, 64)
		if err != nil || err2 != nil || a != b {
			return shown{}, false
		}
		low, _ = scientific(a)
		how, n = 2, len(low.digits)
	}
	n = min(n, len(low.digits))
	m, _ := strconv.ParseInt(cmp.Or(low.digits[:n], "0"), 10, 64)
	if low.negative {
		m = -m
	}
	return shown{m, low.exponent - n + 1, how}, true
}

// String writes the number for people.
func (x shown) String() string {
	text := strconv.FormatInt(max(x.digits, -x.digits), 10)
	whole := len(text) + x.exponent // digits before the point
	switch {
	case x.digits == 0:
		return "0"
	case whole > 7 || whole < -4:
		point := ""
		if len(text) > 1 {
			point = "." + text[1:]
		}
		text = fmt.Sprintf("%s%se%d", text[:1], point, whole-1)
	case whole <= 0:
		text = "0." + strings.Repeat("0", -whole) + text
	case whole >= len(text):
		text += strings.Repeat("0", whole-len(text))
	default:
		text = text[:whole] + "." + text[whole:]
	}
	if x.digits < 0 {
		text = "-" + text
	}
	return [...]string{text, text + "…", "≈" + text}[x.how]
}

type decimal struct {
	negative bool
	digits   string // from the first that is not 0, without zeros at the end
	exponent int    // of ten, of the first digit
}

// scientific takes a decimal apart.
func scientific(text string) (out decimal, ok bool) {
	text, out.negative = strings.CutPrefix(text, "-")
	mantissa, power, found := strings.Cut(text, "e")
	if found {
		var err error
		if out.exponent, err = strconv.Atoi(power); err != nil || out.exponent > 9999 || out.exponent < -9999 {
			return out, false
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	all := whole + fraction
	if all == "" || strings.Trim(all, "0123456789") != "" {
		return out, false
	}
	kept := strings.TrimLeft(all, "0")
	out.exponent += len(whole) - 1 - (len(all) - len(kept))
	if out.digits = strings.TrimRight(kept, "0"); out.digits == "" {
		return decimal{}, true
	}
	return out, true
}

// value returns a number of a row, if it has it.
func (x *row) value(n rowNumber) (shown, bool) {
	for _, e := range x.entries {
		if v, ok := e.Values[n.Value]; ok {
			return show(v)
		}
	}
	return shown{}, false
}

// A packed writes numbers of seven bits a byte, lowest first.
type packed struct{ bytes.Buffer }

func (p *packed) add(v uint64) { p.Write(binary.AppendUvarint(nil, v)) }

// signed writes a number that may be negative: 0, −1, 1, −2, …
func (p *packed) signed(v int64) { p.add(uint64(v<<1) ^ uint64(v>>63)) }

// A rowHeader says what the packed numbers are.
type rowHeader struct {
	Rows      int         `json:"rows"`
	Total     int         `json:"total"`
	PageSize  int         `json:"pageSize"`
	Data      []string    `json:"data"`
	Flags     []string    `json:"flags"` // of each data set, on the command line
	Alphas    []string    `json:"alphas"`
	Label     string      `json:"label"`
	Claims    []rowClaim  `json:"claims"`
	Verdicts  []string    `json:"verdicts"`
	Numbers   []rowNumber `json:"numbers"`
	Columns   int         `json:"columns"` // numbers that have a column
	Marks     [][]mark    `json:"marks"`
	Instances int         `json:"instances"` // whose graphs follow
}

type rowClaim struct {
	ID      string `json:"id"`
	Command string `json:"command"`
}

// pack writes a header in one line of JSON, then columns of packed numbers, then
// graphs, compressed and in letters, for the script of the page.
func (x *rows) pack(r *Results) (string, error) {
	h := rowHeader{Rows: len(x.list), Total: x.total, PageSize: 50, Label: r.Label.String(), Numbers: x.numbers, Columns: min(rowNumbers, len(x.numbers)), Marks: x.marks}
	for _, d := range r.Datasets {
		h.Data, h.Flags = append(h.Data, d.Name), append(h.Flags, r.dataFlag(d.Name))
	}
	for _, v := range theory.Verdicts {
		h.Verdicts = append(h.Verdicts, v.String())
	}
	for _, c := range x.claims {
		command := c.Command
		if c.Number > 0 {
			command = fmt.Sprintf("verify theorem %d", c.Number)
		}
		h.Claims = append(h.Claims, rowClaim{c.ID, command})
	}
	var alphas []string
	for _, row := range x.list {
		if !slices.Contains(alphas, row.alpha) {
			alphas = append(alphas, row.alpha)
		}
	}
	h.Alphas = alphas
	var body packed
	x.packRows(&body, h)
	h.Instances = x.packGraphs(&body, r)
	head, err := json.Marshal(h)
	if err != nil {
		return "", err
	}
	var small bytes.Buffer
	w, err := flate.NewWriter(&small, flate.BestCompression)
	if err != nil {
		return "", err
	}
	for _, part := range [][]byte{head, {'\n'}, body.Bytes()} {
		if _, err := w.Write(part); err != nil {
			return "", err
		}
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(small.Bytes()), nil
}

// packRows writes the columns of all rows, one after the other.
func (x *rows) packRows(p *packed, h rowHeader) {
	column := func(value func(i int, row *row) int) {
		for i, row := range x.list {
			p.signed(int64(value(i, row)))
		}
	}
	ofProfile := func(value func(*theory.Profile) int) {
		column(func(_ int, row *row) int {
			if row.profile == nil {
				return -1
			}
			return value(row.profile)
		})
	}
	column(func(_ int, row *row) int { return slices.Index(h.Data, row.data) })
	column(func(_ int, row *row) int { return slices.Index(h.Alphas, row.alpha) })
	last := 0
	column(func(i int, row *row) int {
		step := int(row.Instance) - last
		last = int(row.Instance)
		return step
	})
	column(func(_ int, row *row) int { return row.Step })
	column(func(i int, _ *row) int { return x.marked[i] })
	ofProfile(func(q *theory.Profile) int { return q.N })
	ofProfile(func(q *theory.Profile) int { return q.K })
	ofProfile((*theory.Profile).MinDegree)
	ofProfile(func(q *theory.Profile) int { return q.TargetDegree.Num })
	ofProfile(func(q *theory.Profile) int { return q.TargetDegree.Den })
	ofProfile((*theory.Profile).MaxDegree)
	for _, n := range x.numbers {
		var exponents []int64
		for _, row := range x.list {
			v, ok := row.value(n)
			if !ok {
				p.add(0)
			} else {
				p.add(1 + 3*(uint64(v.digits<<1)^uint64(v.digits>>63)) + uint64(v.how))
			}
			exponents = append(exponents, int64(v.exponent))
		}
		for _, e := range exponents {
			p.signed(e)
		}
	}
}

// packGraphs writes the instances of the rows, as many as fit, and returns how
// many: place of the data set, place, vertices (0: too many to draw), and then
// root, target, other, the path, and for each vertex its out-edges, each as the
// way from the one before.
func (x *rows) packGraphs(p *packed, r *Results) int {
	count, edges := 0, 0
	var last place
	for i, row := range x.list {
		at := row.place
		at.alpha, at.Step = "", 0
		if i > 0 && at == last {
			continue
		}
		last = at
		instances, index, ok := r.instance(Entry{Dataset: row.data, Result: prove.Result{Where: row.Where}})
		if !ok {
			continue
		}
		in := &instances[index]
		if edges += in.Graph.Size(); edges > mostEdges {
			break
		}
		count++
		set := slices.IndexFunc(r.Datasets, func(d sweep.Dataset) bool { return d.Name == row.data })
		p.add(uint64(set))
		p.add(uint64(index))
		packGraph(p, in)
	}
	return count
}

func packGraph(p *packed, in *graph.Instance) {
	n := in.Graph.Order()
	if n > MaxDrawn {
		p.add(0)
		return
	}
	for _, v := range []int{n, in.Root, in.Target, in.Other, len(in.Path)} {
		p.add(uint64(v))
	}
	for _, v := range in.Path {
		p.add(uint64(v))
	}
	for u := range n {
		out := in.Graph.Out(u)
		p.add(uint64(len(out)))
		last := u
		for _, v := range out {
			p.signed(int64(v - last))
			last = v
		}
	}
}

// table is the beginning of the rows, as the page shows them without a script.
func (x *rows) table(r *Results, link func(place) string) table {
	t := table{Columns: columnsOf("instance", "step", "n", "K", "d_min", "d*", "d_max")}
	means := []string{"0-based place in the data", "c, thoughts already generated", "vertices", "|N_c|, vertices within c hops of the root", "least in-degree from N_c", "in-degree from N_c of the label", "largest in-degree from N_c"}
	for i := range means {
		t.Columns[i].Means = means[i]
	}
	several, gains := len(r.Datasets) > 1, slices.ContainsFunc(x.list, func(row *row) bool { return row.alpha != x.list[0].alpha })
	if gains {
		t.Columns = slices.Insert(t.Columns, 2, column{Name: "α", Means: "readout gain"})
	}
	if several {
		t.Columns = slices.Insert(t.Columns, 0, column{Name: "data", Text: true, Means: "data set"})
	}
	t.Columns = append(t.Columns, column{Name: "verdicts", Text: true, Means: "of all claims at this place"})
	shownNumbers := x.numbers[:min(rowNumbers, len(x.numbers))]
	for _, n := range shownNumbers {
		t.Columns = append(t.Columns, column{Name: n.Name, Means: n.Means + " (" + n.Claim + ")"})
	}
	for i, row := range x.list[:min(plainRows, len(x.list))] {
		var cells []any
		if several {
			cells = append(cells, row.data)
		}
		cells = append(cells, cell{Text: strconv.Itoa(int(row.Instance)), Link: link(row.place)}, row.Step)
		if gains {
			cells = append(cells, row.alpha)
		}
		if q := row.profile; q != nil {
			cells = append(cells, q.N, q.K, q.MinDegree(), q.TargetDegree, q.MaxDegree())
		} else {
			cells = append(cells, "", "", "", "", "")
		}
		cells = append(cells, x.summary(i))
		for _, n := range shownNumbers {
			text := ""
			if v, ok := row.value(n); ok {
				text = v.String()
			}
			cells = append(cells, text)
		}
		t.row(cells...)
	}
	return t
}

// summary counts the verdicts of a row, in the colour of the worst.
func (x *rows) summary(i int) cell {
	counts := make([]int, len(theory.Verdicts))
	for _, m := range x.marks[x.marked[i]] {
		if m.Verdict >= 0 {
			counts[m.Verdict]++
		}
	}
	var parts []string
	out := cell{Class: "good"}
	for v, n := range counts {
		if n == 0 {
			continue
		}
		parts = append(parts, fmt.Sprintf("%d %v", n, theory.Verdicts[v]))
		if class := verdictClasses[theory.Verdicts[v]]; class == "bad" || class == "open" && out.Class == "good" {
			out.Class = class
		}
	}
	out.Text = strings.Join(parts, ", ")
	return out
}
