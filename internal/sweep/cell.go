package sweep

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strconv"

	"muflow/graph"
	"muflow/internal/runlog"
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

var keyForm = regexp.MustCompile(`^data=([^:]*):step=([^:]*):loss=([^:]*):alpha=([^:]*)(?::seed=([^:]*))?$`)

// ParseKey reads what Key writes.
func ParseKey(key string) (Cell, error) {
	wrong := fmt.Errorf("key %.200q, expected data=NAME:step=c:loss=L:alpha=A, and :seed=S for a training", key)
	words := keyForm.FindStringSubmatch(key)
	if words == nil {
		return Cell{}, wrong
	}
	step, errStep := strconv.Atoi(words[2])
	loss, errLoss := theory.ParseLoss(words[3])
	alpha, errAlpha := rational(words[4])
	out := Cell{Dataset: words[1], Step: step, Loss: loss, Alpha: alpha}
	var errSeed error
	if words[5] != "" {
		seed, err := strconv.ParseUint(words[5], 10, 64)
		out.Seed, errSeed = &seed, err
	}
	if errors.Join(errStep, errLoss, errAlpha, errSeed, runlog.CheckName(words[1])) != nil || out.Key() != key {
		return Cell{}, wrong
	}
	return out, nil
}

// cells lists the cells of the whole sweep, in the order of data sets, steps,
// losses and gains; the claims come before the trainings. A step that a data
// set does not have gives no cell. The trainings of each extension come behind
// all that was there before.
func (s *Sweep) cells() []Cell {
	var out []Cell
	first := 0
	for i := range len(s.config.Extended) + 1 {
		last := len(s.config.Seeds)
		if i < len(s.config.Extended) {
			last = s.config.Extended[i]
		}
		out = s.appendCells(out, i == 0, s.config.Seeds[first:last])
		first = last
	}
	return out
}

// appendCells appends the trainings of some seeds, and the claims if they are
// wanted.
func (s *Sweep) appendCells(out []Cell, claims bool, seeds []uint64) []Cell {
	for _, d := range s.datasets {
		longest := graph.MostSteps(d.Instances)
		for _, step := range s.config.Steps {
			if step >= longest {
				continue
			}
			for _, loss := range s.config.losses {
				for _, alpha := range s.config.alphas {
					cell := Cell{Dataset: d.Name, Step: step, Loss: loss, Alpha: alpha}
					if claims {
						out = append(out, cell)
					}
					for _, seed := range seeds {
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
func (s *Sweep) Cells() []Cell { return ofShard(s.config.Shard, s.cells()) }
