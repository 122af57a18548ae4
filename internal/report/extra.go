package report

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"muflow/internal/runlog"
	"muflow/internal/strict"
	"muflow/prove"
)

// Add takes the --json output of verify explore (a table of dials, or the
// phase diagram of two) or verify tightness into the report.
func (b *Builder) Add(file string) error {
	text, err := runlog.ReadFile(file)
	if err != nil {
		return err
	}
	return b.addDocument(file, text)
}

func (b *Builder) addDocument(file string, text []byte) error {
	var document struct {
		Schema string `json:"schema"`
	}
	if err := strict.Unmarshal(text, &document); err != nil {
		return fmt.Errorf("%s: %v", file, err)
	}
	show, known := extraParts[document.Schema]
	if !known {
		return fmt.Errorf("%s: schema %q, expected the --json output of verify explore or verify tightness", file, document.Schema)
	}
	p, err := show(text)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	b.extras = append(b.extras, p)
	return nil
}

// extraParts make a part of the page out of each kind of document.
var extraParts = map[string]func([]byte) (*part, error){
	"muflow/explore/1":      dialsPart,
	"muflow/explore-pair/1": phasePart,
	"muflow/tightness/1":    tightnessPart,
}

// added makes the parts of the documents that were added.
func (b *Builder) added(context.Context) error {
	for i, p := range b.extras {
		p.ID = fmt.Sprintf("%s-%d", p.ID, i+1)
		b.addPart(*p, p.Heading)
		for _, t := range p.Tables {
			if t.Name != "" {
				t.Name = fmt.Sprintf("%s-%d", t.Name, i+1)
				b.latex = append(b.latex, t)
			}
		}
	}
	return nil
}

type threshold struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// show writes a threshold, or that there is none up to the end of the range.
func (t *threshold) show(end float64) cell {
	if t == nil {
		return cell{Text: fmt.Sprintf("> %g", end), Class: "zero"}
	}
	return cell{Text: fmt.Sprintf("%.3g–%.3g", t.Low, t.High)}
}

// A dialRow is a row of verify explore.
type dialRow struct {
	Key, Assumption, Dial, Theory, Conclusion string
	Range                                     float64
	Settings, Failed, Compared, Agreed        int
	Measured, Earliest, Predicted             *threshold
}

func dialsPart(text []byte) (*part, error) {
	var document struct {
		Settings int       `json:"settings"`
		Rows     []dialRow `json:"rows"`
	}
	if err := strict.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	if len(document.Rows) == 0 {
		return nil, errors.New("no rows")
	}
	t := table{Name: "dials", Keys: 2, Columns: columnsOf("<dial", "<conclusion", "<assumption", "held at 0", "failed", "fails at (training)", "earliest", "fails at (theory)", "agreed"), Command: "verify explore --settings " + strconv.Itoa(document.Settings)}
	for _, r := range document.Rows {
		t.row(r.Key, r.Conclusion, cell{Text: r.Dial, Class: "wide"}, r.Settings, r.Failed,
			r.Measured.show(r.Range), r.Earliest.show(r.Range), r.Predicted.show(r.Range), fmt.Sprintf("%d of %d", r.Agreed, r.Compared))
	}
	return &part{ID: "dials", Heading: "Where assumptions break", Tables: []table{t},
		Text: "One dial for each assumption, from the setting of the theorems at 0 outwards: where a conclusion first fails in the simulated transformer (the median over the settings in which it held at 0, and the earliest) and in the reduced theory. None of this is a proof."}, nil
}

// A pairDocument is the phase diagram of two dials.
type pairDocument struct {
	X, Y        string
	Conclusions []string
	Cells       []struct {
		X, Y                float64
		Settings            int
		Measured, Predicted []int
	}
}

// readPair reads the document and lists the positions of the second dial, which
// vary fastest.
func readPair(text []byte) (*pairDocument, []float64, error) {
	d := &pairDocument{}
	if err := strict.Unmarshal(text, d); err != nil {
		return nil, nil, err
	}
	if len(d.Cells) == 0 {
		return nil, nil, errors.New("no cells")
	}
	var across []float64
	for _, c := range d.Cells {
		if c.X != d.Cells[0].X {
			break
		}
		across = append(across, c.Y)
	}
	if len(d.Cells)%len(across) != 0 {
		return nil, nil, errors.New("the cells are no grid")
	}
	return d, across, nil
}

func phasePart(text []byte) (*part, error) {
	document, across, err := readPair(text)
	if err != nil {
		return nil, err
	}
	p := &part{ID: "phase", Heading: "Two dials at once",
		Text: fmt.Sprintf("Rows: %s; columns: %s. In how many of %d settings a conclusion holds, in the simulated transformer and, after the stroke, in the reduced theory.", document.X, document.Y, document.Cells[0].Settings)}
	for k, name := range document.Conclusions {
		t := table{Columns: []column{{Name: name, Text: true}}, Command: fmt.Sprintf("verify explore --dial %s --against %s", document.X, document.Y)}
		for _, y := range across {
			t.Columns = append(t.Columns, column{Name: fmt.Sprintf("%g", y)})
		}
		for i := 0; i < len(document.Cells); i += len(across) {
			row := []any{fmt.Sprintf("%g", document.Cells[i].X)}
			for _, c := range document.Cells[i : i+len(across)] {
				if k >= len(c.Measured) || k >= len(c.Predicted) {
					return nil, errors.New("a cell without a count for each conclusion")
				}
				class := ""
				switch c.Measured[k] {
				case c.Settings:
					class = "good"
				case 0:
					class = "bad"
				}
				row = append(row, cell{Text: fmt.Sprintf("%d/%d", c.Measured[k], c.Predicted[k]), Class: class})
			}
			t.row(row...)
		}
		p.Tables = append(p.Tables, t)
	}
	return p, nil
}

// A tightnessDocument is the output of verify tightness.
type tightnessDocument struct {
	Inequalities []struct {
		Claim, Inequality, Constant, Time string
		Tried, Undecided, Instance, Step  int
		Loosest, Tightest, Factor         prove.Number
	}
}

func tightnessPart(text []byte) (*part, error) {
	var document tightnessDocument
	if err := strict.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	if len(document.Inequalities) == 0 {
		return nil, errors.New("no inequalities")
	}
	t := table{Name: "tightness", Columns: columnsOf("<claim", "<inequality", "tried", "loosest", "tightest", "<at", "factor left"), Command: "verify tightness"}
	for _, x := range document.Inequalities {
		at := fmt.Sprintf("instance %d, step %d", x.Instance, x.Step)
		if x.Time != "" {
			at += ", t = " + x.Time
		}
		t.row(cell{Text: x.Claim}, cell{Text: x.Inequality, Class: "wide"}, x.Tried, agreed(x.Loosest), agreed(x.Tightest), at, agreed(x.Factor))
	}
	return &part{ID: "attained", Heading: "How tight the inequalities are", Tables: []table{t},
		Text: "The lesser side over the greater one, enclosed, over all instances, steps and times tried: 1 is equality. The last column is the factor by which the constant of the inequality could still be changed there."}, nil
}
