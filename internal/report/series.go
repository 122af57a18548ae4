package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
)

// A sample is one row of the data behind a figure.
type sample struct {
	Curve    string   `json:"curve"`
	X        float64  `json:"x"`
	Y        *float64 `json:"y,omitempty"`
	Low      string   `json:"low,omitempty"`
	High     string   `json:"high,omitempty"`
	Evidence string   `json:"evidence"`
}

// samples lists the points of all curves. A curve without a name goes by that
// of the last named curve before it and its place after that.
func (f *Figure) samples() ([]sample, error) {
	var out []sample
	name, after := "curve", 0
	for _, c := range f.Curves {
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("curve %q: %w", c.Name, err)
		}
		after++
		label := fmt.Sprintf("%s, %d", name, after)
		if c.Name != "" {
			name, after, label = c.Name, 1, c.Name
		}
		for i, x := range c.X {
			s := sample{Curve: label, X: x, Evidence: "approximate"}
			if c.Y != nil {
				s.Y = &c.Y[i]
			}
			if c.Bounds != nil {
				s.Low, s.High, s.Evidence = c.Bounds[i].Lo, c.Bounds[i].Hi, c.Bounds[i].Evidence.String()
			}
			out = append(out, s)
		}
	}
	return out, nil
}

// A Series is a drawing with data behind it.
type Series interface {
	Drawing
	WriteSeries(w io.Writer, format string) error
}

// SeriesFormats lists what WriteSeries writes.
var SeriesFormats = []string{"csv", "jsonl"}

// WriteSeries writes the data behind the figure, one row for each point, as
// csv (with a header) or jsonl. Bounds are exact decimals, rounded outward.
func (f *Figure) WriteSeries(w io.Writer, format string) error {
	rows, err := f.samples()
	if err != nil {
		return err
	}
	switch format {
	case "jsonl":
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		for _, r := range rows {
			if err := encoder.Encode(r); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		lines := [][]string{{"curve", "x", "y", "low", "high", "evidence"}}
		for _, r := range rows {
			y := ""
			if r.Y != nil {
				y = strconv.FormatFloat(*r.Y, 'g', -1, 64)
			}
			lines = append(lines, []string{r.Curve, strconv.FormatFloat(r.X, 'g', -1, 64), y, r.Low, r.High, r.Evidence})
		}
		return csv.NewWriter(w).WriteAll(lines)
	}
	return fmt.Errorf("unknown format %q, expected csv or jsonl", format)
}
