package explore

import (
	"context"
	"fmt"
)

// A Cell is one point of a phase diagram: in how many settings each conclusion
// holds, in the simulation and in the reduced theory.
type Cell struct {
	X         float64          `json:"x"`
	Y         float64          `json:"y"`
	Settings  int              `json:"settings"`
	Measured  [conclusions]int `json:"measured"`
	Predicted [conclusions]int `json:"predicted"`
	Compared  int              `json:"compared"`
	Agreed    int              `json:"agreed"`
}

// Phase turns two dials of the model at once, over the grid of their positions.
func Phase(ctx context.Context, x, y *Dial, settings []Setting) ([]Cell, error) {
	if x.model == nil || y.model == nil || x.Name == y.Name {
		return nil, fmt.Errorf("dials %s and %s, expected two different ones of the model", x.Key(), y.Key())
	}
	if x.ID == "A15" && y.ID == "A15" {
		return nil, fmt.Errorf("dials %s and %s, expected different assumptions", x.Key(), y.Key())
	}
	var out []Cell
	for _, a := range x.Positions {
		for _, b := range y.Positions {
			c := Cell{X: a, Y: b}
			for i := range settings {
				t, err := x.trial(&settings[i], a)
				if err != nil {
					return nil, err
				}
				y.model(&t.dials, b)
				predicted, err := t.reduce()
				if err != nil {
					return nil, err
				}
				measured, err := t.simulate(ctx)
				if err != nil {
					return nil, err
				}
				c.Settings++
				for k := range conclusions {
					if measured[k] == 1 {
						c.Measured[k]++
					}
					if predicted[k] == 1 {
						c.Predicted[k]++
					}
					if measured[k] != 0 && predicted[k] != 0 {
						c.Compared++
						if measured[k] == predicted[k] {
							c.Agreed++
						}
					}
				}
			}
			out = append(out, c)
		}
	}
	return out, nil
}
