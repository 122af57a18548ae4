package sweep

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"muflow/graph"
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
	var values []string
	for part := range strings.SplitSeq(key, ":") {
		_, value, _ := strings.Cut(part, "=") // the names are compared below
		values = append(values, value)
	}
	if len(values) < 4 || len(values) > 5 {
		return fail()
	}
	out := Cell{Dataset: values[0]}
	var failures [4]error
	out.Step, failures[0] = strconv.Atoi(values[1])
	out.Loss, failures[1] = theory.ParseLoss(values[2])
	out.Alpha, failures[2] = rational(values[3])
	if len(values) == 5 {
		out.Seed = new(uint64)
		*out.Seed, failures[3] = strconv.ParseUint(values[4], 10, 64)
	}
	if errors.Join(failures[:]...) != nil || out.Key() != key {
		return fail()
	}
	return out, nil
}

// cells lists the cells of the whole sweep, in the order of data sets, steps,
// losses and gains; the claims come before the trainings. A step that a data
// set does not have gives no cell.
func (s *Sweep) cells() []Cell {
	var out []Cell
	for _, d := range s.datasets {
		longest := graph.MostSteps(d.Instances)
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
