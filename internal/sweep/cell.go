package sweep

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
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

// cells returns how many cells the shard has, and each: of a sweep of millions none
// is kept. The whole sweep has them in the order of data sets, steps, losses and
// gains; the claims come before the trainings. A step that a data set does not have
// gives no cell. The trainings of each extension come behind all that was there before.
func (s *Sweep) cells() (count int, at func(i int) Cell) {
	c := &s.config
	var steps []Cell // of the data sets
	for _, d := range s.datasets {
		longest := graph.MostSteps(d.Instances)
		for _, step := range c.Steps {
			if step < longest {
				steps = append(steps, Cell{Dataset: d.Name, Step: step})
			}
		}
	}
	gains := len(c.losses) * len(c.alphas)
	type block struct { // claims, if it has them, and the trainings of some seeds
		first  int // cell
		claims int // 0 or 1
		seeds  []uint64
	}
	var blocks []block
	all, from := 0, 0
	for i, to := range append(slices.Clone(c.Extended), len(c.Seeds)) {
		b := block{all, map[bool]int{true: 1}[i == 0], c.Seeds[from:to]}
		blocks, from = append(blocks, b), to
		all += len(steps) * gains * (b.claims + len(b.seeds))
	}
	return c.Shard.size(all), func(i int) Cell {
		i = c.Shard.place(i)
		k := len(blocks) - 1
		for blocks[k].first > i {
			k--
		}
		b := blocks[k]
		i -= b.first
		each := b.claims + len(b.seeds)
		i, seed := i/each, i%each-b.claims
		out := steps[i/gains]
		out.Loss, out.Alpha = c.losses[i%gains/len(c.alphas)], c.alphas[i%len(c.alphas)]
		if seed >= 0 {
			out.Seed = &b.seeds[seed]
		}
		return out
	}
}
