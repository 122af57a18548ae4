package learned

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"

	"muflow/graph"
	"muflow/sim"
	"muflow/sim/kernel"
)

// tiny is a preset that goes through all that a preset can ask for.
func tiny(base Preset) Preset {
	base.Config.Width, base.Config.Heads = 8, 2
	base.Pool, base.HeldOut, base.Batch, base.Every = 30, 30, 10, 4
	if base.Published {
		base.Config.Length = 0
		base.Stages = []Stage{{Hop: 0, Epochs: 2}, {Hop: 1, Epochs: 3}, {Hop: 3, Epochs: 1}, {Hop: 4, Epochs: 2}}
		return base
	}
	base.Stages = []Stage{{Hop: 0, Steps: 6}, {Hop: 1, Steps: 8, Gate: 0.01}, {Hop: 2, Steps: 5}, {Hop: -1, Steps: 5}}
	return base
}

func openTiny(t testing.TB, p Preset, workers int) *Session {
	t.Helper()
	s, err := NewSession(p, sim.CoconutBFS, 3, workers, kernel.Best(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A session taken up from its state goes on to the last bit, for any number of
// workers, through gated stages and mixed ones.
func TestSessionsGoOnFromTheirStates(t *testing.T) {
	reset := tiny(Fast)
	reset.Reset = true
	for name, preset := range map[string]Preset{"fast": reset, "pair": tiny(Pair), "gpt": tiny(GPT), "paper": tiny(Paper)} {
		var whole, parts []sim.Point
		note := func(to *[]sim.Point) func(sim.Point) error {
			return func(p sim.Point) error { *to = append(*to, p); return nil }
		}
		all := openTiny(t, preset, 1)
		if err := sim.Advance(context.Background(), all, all.Total(), note(&whole), nil); err != nil {
			t.Fatal(err)
		}
		var state []byte
		for i, stop := range []int{3, 6, 8, 9, 10, 17, all.Total()} {
			s := openTiny(t, preset, 1+i%3)
			if state != nil {
				if err := s.Restore(state); err != nil {
					t.Fatal(err)
				}
			}
			if err := sim.Advance(context.Background(), s, stop, note(&parts), nil); err != nil {
				t.Fatal(err)
			}
			if !s.Due() {
				parts = parts[:len(parts)-1] // the last point of a part
			}
			state = s.State()
		}
		if !reflect.DeepEqual(parts, whole) || len(whole) < 8 || !reflect.DeepEqual(state, all.State()) {
			t.Errorf("%s: %d points in parts, %d at once", name, len(parts), len(whole))
		}
		if whole[len(whole)-1].Stage != 4 {
			t.Errorf("%s: ended in stage %d", name, whole[len(whole)-1].Stage)
		}
		broken := [][]byte{nil, state[:50], state[:len(state)-1], append(slices.Clone(state), 0), // the last number is a second moment
			slices.Concat(state[:len(state)-4], sim.Pack(float32(-1)))}
		done := int64(all.Done())
		for i, most := range []int64{math.MaxInt32, done, int64(len(preset.Stages)) - 1, done, done} { // of where
			for _, x := range []int64{-2, math.MinInt64, most + 1, math.MaxInt32 + 1, math.MaxInt64} {
				broken = append(broken, slices.Concat(state[:8*i], sim.Pack(x), state[8*i+8:]))
			}
		}
		again := openTiny(t, preset, 1)
		for i, broken := range broken {
			if again.Restore(broken) == nil {
				t.Errorf("%s: restored from broken state %d of %d bytes", name, i, len(broken))
			}
		}
	}
}

// Samples are the instance under other names: read back they give its edges,
// its candidates and the right targets.
func TestSamplesReadBack(t *testing.T) {
	checks := 0
	for _, f := range []Format{{}, {Pair: true}, {Early: true}, {Pair: true, Early: true}, {Published: true}, {Published: true, Open: true}, {Published: true, Names: FileNames}} {
		instances, err := graph.Suite(5, 20, graph.Shape{MinVertices: 12, MaxVertices: 16, MinHops: 3, MaxHops: 3}, graph.Generate)
		if err != nil {
			t.Fatal(err)
		}
		for i := range instances {
			law := graph.Laws[2*(1-i%2)]
			e := examplesOf(instances[i:i+1], law)[0]
			rng := rand.New(rand.NewPCG(1, uint64(i)))
			const symbols = 18
			var s Sample
			var n Writing
			search := i%2 == 0
			task := Task{Hop: i%4 - 1, Search: search, Cumulative: i%3 == 0, Thoughts: 3}
			f.sample(&s, &e, task, symbols, rng, &n)
			back := map[int32]int{}
			for v, l := range n.Label {
				back[int32(l)] = v
			}
			var edges [][2]int
			for j := range e.Graph.Size() {
				if f.Pair {
					edges = append(edges, [2]int{back[s.Prompt[j][0]-symbols], back[s.Prompt[j][1]-2*symbols]})
				} else {
					source, target := f.edgeAt(j)
					edges = append(edges, [2]int{back[s.Prompt[source][0]], back[s.Prompt[target][0]]})
					if separator := (Position{f.layout(symbols).Separator, -1}); (s.Prompt[source+2] == separator) != (j < f.separated(e.Graph.Size())) {
						t.Fatalf("%+v: after edge %d stands %v", f, j, s.Prompt[source+2])
					}
				}
			}
			want := slices.Clone(e.Graph.Edges())
			order := func(a, b [2]int) int { return slices.Compare(a[:], b[:]) }
			slices.SortFunc(edges, order)
			slices.SortFunc(want, order)
			last := s.Prompt[len(s.Prompt)-1][0]
			if !slices.Equal(edges, want) || back[last] != e.Root || len(back) != e.Graph.Order() || f.Names == FileNames && back[7] != 7 || f.Published && slices.Max(n.Label) != e.Graph.Order()-1 {
				t.Fatalf("%+v: edges %v, want %v, root %d", f, edges, want, back[last])
			}
			both := s.Suffix
			if f.Early || f.Published {
				both = s.Prompt[len(s.Prompt)-5:]
			}
			if task.Hop < 0 || f.Early || f.Published {
				candidates := []int{back[both[1][0]], back[both[2][0]]}
				if !slices.Contains(candidates, e.Target) || !slices.Contains(candidates, e.Other) {
					t.Fatalf("candidates %v", candidates)
				}
			}
			thoughts := task.Hop
			if task.Hop < 0 {
				thoughts = 3
			}
			if s.Thoughts != thoughts || task.Hop >= 0 && len(s.Suffix) > 0 {
				t.Fatalf("%d thoughts, suffix of %d", s.Thoughts, len(s.Suffix))
			}
			now, next := e.Reached(max(task.Hop, 0)), e.Reached(task.Hop+1)
			got := map[int]bool{}
			for _, v := range s.Targets {
				got[back[v]] = true
			}
			for v := range next {
				var in bool
				switch {
				case task.Hop < 0:
					in = v == e.Target
				case search && task.Cumulative:
					in = next[v]
				case search:
					in = next[v] && !now[v]
				case law == graph.PathLaw:
					in = v == e.Path[task.Hop+1]
				default: // one of the frontier
					if got[v] && (!next[v] || now[v] || len(got) != 1) {
						t.Fatalf("label %v", got)
					}
					continue
				}
				if in != got[v] {
					t.Fatalf("%+v: targets %v", task, got)
				}
			}
			checks++
		}
	}
	if checks != 140 {
		t.Errorf("%d samples", checks)
	}
}

// The kernels train the same model up to rounding, the vector ones to the bit.
func TestKernelsTrainAlike(t *testing.T) {
	var thetas [][]float32
	for _, name := range kernel.Names() {
		k, err := kernel.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := NewSession(tiny(Fast), sim.Coconut, 3, 2, k, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			if err := s.Step(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		thetas = append(thetas, s.model.Theta)
	}
	for _, theta := range thetas[1:] {
		worst := 0.0
		for i, x := range theta {
			worst = max(worst, math.Abs(float64(x-thetas[0][i])))
		}
		if worst > 1e-4 {
			t.Errorf("parameters differ by %g after 5 steps", worst)
		}
	}
}

func TestTrainingLowersTheLoss(t *testing.T) {
	preset := tiny(Pair)
	preset.Optimiser, preset.Every = Optimiser{Rate: 1e-2}, 50
	preset.Stages = []Stage{{Hop: 0, Steps: 150}}
	for _, plain := range []bool{false, true} {
		if preset.Optimiser.Plain = plain; plain {
			preset.Optimiser.Rate = 0.3
		}
		s := openTiny(t, preset, 0)
		var points []sim.Point
		if err := sim.Advance(context.Background(), s, 150, func(p sim.Point) error { points = append(points, p); return nil }, nil); err != nil {
			t.Fatal(err)
		}
		if first, last := *points[0].Loss, *points[len(points)-1].Loss; !(last < 0.97*first) {
			t.Errorf("plain %v: loss %g, then %g", plain, first, last)
		}
	}
}

func TestNonFiniteNumbersAreNamed(t *testing.T) {
	s := openTiny(t, tiny(Fast), 1)
	s.model.tensor(s.model.Theta, s.model.layers[1].up)[3] = float32(math.NaN())
	err := s.Step(context.Background())
	var overflow *sim.NonFiniteError
	if !errors.As(err, &overflow) || overflow.Step != 0 || overflow.Tensor == "" || s.Done() != 0 {
		t.Errorf("%v", err)
	}
}

func TestSessionRefuses(t *testing.T) {
	long := graph.Instance{Root: 0, Target: 2, Other: 3, Path: []int{0, 1, 2}}
	var err error
	if long.Graph, err = graph.New(4, [][2]int{{0, 1}, {1, 2}, {0, 2}}); err != nil {
		t.Fatal(err)
	}
	broken := func(change func(*Preset)) Preset {
		p := tiny(Fast)
		change(&p)
		return p
	}
	for name, try := range map[string]func() error{
		"prediction": func() error { _, err := NewSession(tiny(Fast), sim.Prediction, 1, 1, kernel.Best(), nil); return err },
		"a longer path": func() error {
			_, err := NewSession(tiny(Fast), sim.Coconut, 1, 1, kernel.Best(), []graph.Instance{long})
			return err
		},
		"negative workers": func() error { _, err := NewSession(tiny(Fast), sim.Coconut, 1, -1, kernel.Best(), nil); return err },
		"no stage": func() error {
			_, err := NewSession(broken(func(p *Preset) { p.Stages = nil }), sim.Coconut, 1, 1, kernel.Best(), nil)
			return err
		},
		"heads": func() error {
			_, err := NewSession(broken(func(p *Preset) { p.Config.Heads = 3 }), sim.Coconut, 1, 1, kernel.Best(), nil)
			return err
		},
		"rate": func() error {
			_, err := NewSession(broken(func(p *Preset) { p.Optimiser.Rate = -1 }), sim.Coconut, 1, 1, kernel.Best(), nil)
			return err
		},
		"stages in steps and in epochs": func() error {
			_, err := NewSession(broken(func(p *Preset) { p.Stages[0].Epochs = 1 }), sim.Coconut, 1, 1, kernel.Best(), nil)
			return err
		},
		"dropout of everything": func() error {
			_, err := NewSession(broken(func(p *Preset) { p.Config.Dropout = 1 }), sim.Coconut, 1, 1, kernel.Best(), nil)
			return err
		},
		"more vertices than published names": func() error {
			p := tiny(Paper)
			p.Shape.MaxVertices = 40
			_, err := NewSession(p, sim.Coconut, 1, 1, kernel.Best(), nil)
			return err
		},
	} {
		if try() == nil {
			t.Errorf("accepted: %s", name)
		}
	}
}

// endingContext ends after it was asked so often whether it has.
type endingContext struct {
	context.Context
	asked, last atomic.Int64
}

func (c *endingContext) Err() error {
	if c.asked.Add(1) > c.last.Load() {
		return context.Canceled
	}
	return nil
}

// A step and a point end wherever in them their context does, not between
// chunks only, and leave the session as it was.
func TestSessionsEndWithinAStep(t *testing.T) {
	for name, preset := range map[string]Preset{"pair": tiny(Pair), "paper": tiny(Paper)} {
		s := openTiny(t, preset, 1)
		for part, work := range map[string]func(*Session, context.Context) error{"step": (*Session).Step, "point": func(s *Session, ctx context.Context) error { _, err := s.Point(ctx); return err }} {
			whole := &endingContext{Context: context.Background()}
			whole.last.Store(math.MaxInt64)
			if err := work(openTiny(t, preset, 1), whole); err != nil {
				t.Fatal(err)
			}
			places := whole.asked.Load()
			if places < 20*Chunks {
				t.Errorf("%s: a %s asks its context %d times", name, part, places)
			}
			before := s.State()
			for _, at := range []int64{0, 1, places / 3, places / 2, places - 2} {
				ctx := &endingContext{Context: context.Background()}
				ctx.last.Store(at)
				if err := work(s, ctx); !errors.Is(err, context.Canceled) {
					t.Errorf("%s: a %s ended at %d of %d: %v", name, part, at, places, err)
				}
				if !slices.Equal(s.State(), before) {
					t.Errorf("%s: a %s ended at %d of %d has changed the session", name, part, at, places)
				}
			}
		}
		fresh := openTiny(t, preset, 1)
		for range 2 {
			if err := errors.Join(s.Step(context.Background()), fresh.Step(context.Background())); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(s.State(), fresh.State()) {
			t.Errorf("%s: another state after steps that were given up", name)
		}
	}
}
