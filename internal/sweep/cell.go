package sweep

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"muflow/theory"
)

// A Cell is one unit of a sweep: either the claims about one loss on one step
// of all instances of a data set, or, if Seed is set, one training on that
// step of all of them.
type Cell struct {
	Dataset string
	Step    int // c
	Loss    theory.Loss
	Alpha   *big.Rat
	Seed    *uint64
}

// Key returns the name of the cell, from which it can be made again:
//
//	data=NAME:step=c:loss=coconut:alpha=1/2:seed=3
func (c Cell) Key() string {
	key := fmt.Sprintf("data=%s:step=%d:loss=%v:alpha=%s", c.Dataset, c.Step, c.Loss, c.Alpha.RatString())
	if c.Seed != nil {
		key += fmt.Sprintf(":seed=%d", *c.Seed)
	}
	return key
}

// ParseKey reads what Key writes.
func ParseKey(key string) (Cell, error) {
	fail := func() (Cell, error) {
		return Cell{}, fmt.Errorf("key %q, expected data=NAME:step=c:loss=L:alpha=A, and :seed=S for a training", key)
	}
	parts := strings.Split(key, ":")
	names := []string{"data", "step", "loss", "alpha", "seed"}
	if len(parts) < 4 || len(parts) > 5 {
		return fail()
	}
	values := make([]string, len(parts))
	for i, part := range parts {
		name, value, ok := strings.Cut(part, "=")
		if !ok || name != names[i] {
			return fail()
		}
		values[i] = value
	}
	out := Cell{Dataset: values[0]}
	var err error
	if out.Step, err = strconv.Atoi(values[1]); err != nil {
		return fail()
	}
	if out.Loss, err = theory.ParseLoss(values[2]); err != nil {
		return fail()
	}
	if out.Alpha, err = rational(values[3]); err != nil {
		return fail()
	}
	if len(values) == 5 {
		seed, err := strconv.ParseUint(values[4], 10, 64)
		if err != nil {
			return fail()
		}
		out.Seed = &seed
	}
	if out.Key() != key {
		return fail()
	}
	return out, nil
}

// steps returns how many steps the longest demonstrated path has.
func (d Dataset) steps() int {
	longest := 0
	for i := range d.Instances {
		longest = max(longest, d.Instances[i].Steps())
	}
	return longest
}

// cells lists the cells of the whole sweep, in the order of data sets, steps,
// losses and gains; the claims come before the trainings. A step that a data
// set does not have gives no cell.
func (s *Sweep) cells() []Cell {
	var out []Cell
	for _, d := range s.datasets {
		longest := d.steps()
		for _, step := range s.config.Steps {
			if step >= longest {
				continue
			}
			for _, loss := range s.config.losses {
				for _, alpha := range s.config.alphas {
					cell := Cell{Dataset: d.Name, Step: step, Loss: loss, Alpha: alpha}
					out = append(out, cell)
					for _, seed := range s.config.Seeds {
						cell.Seed = &seed
						out = append(out, cell)
					}
				}
			}
		}
	}
	return out
}

// Cells lists the cells of the shard.
func (s *Sweep) Cells() []Cell {
	var out []Cell
	for i, c := range s.cells() {
		if i%s.config.Shard.Count == s.config.Shard.Index {
			out = append(out, c)
		}
	}
	return out
}
