package derive

import (
	"fmt"
	"slices"

	"muflow/internal/sym"
	"muflow/theory"
)

// A point is where the gradient of a loss is evaluated.
type point struct {
	name        string
	diagonal    sym.Multivariate // value of every W_uu
	offDiagonal sym.Multivariate // value of every W_wu, w ≠ u
}

var (
	onDiagonal = point{"μI", sym.Variable("μ"), sym.Multivariate{}}
	onPlane    = point{"μI + ν(11ᵀ−I)", sym.Variable("μ"), sym.Variable("ν")}
)

// values assigns the entries of the score matrix.
func (p point) values(n int) map[string]sym.Multivariate {
	out := make(map[string]sym.Multivariate, n*n)
	for w := range n {
		for u := range n {
			if w == u {
				out[scoreEntry(w, u)] = p.diagonal
			} else {
				out[scoreEntry(w, u)] = p.offDiagonal
			}
		}
	}
	return out
}

// components lists the entries of the score matrix that share a logit: the
// diagonal, and at a point with ν all others.
func (p point) components(n int) ([][][2]int, error) {
	diagonal := make([][2]int, n)
	var others [][2]int
	for w := range n {
		diagonal[w] = [2]int{w, w}
		for u := range n {
			if w != u {
				others = append(others, [2]int{w, u})
			}
		}
	}
	if p.offDiagonal.IsZero() {
		return [][][2]int{diagonal}, nil
	}
	if n < 2 {
		return nil, fmt.Errorf("a score matrix of one vertex has no off-diagonal entry")
	}
	return [][][2]int{diagonal, others}, nil
}

// A run is one pass of the model: its loss, and what the drift needs of the
// current thought.
type run struct {
	n    int
	loss loss
	unit sym.Multivariate // αλ, λ the weight of the thought
	k    int              // 1/λ² for a thought of unit norm

	grids map[string]*grid // of the model, by point
}

// A grid is a point on the entries of a score matrix.
type grid struct {
	components [][][2]int // entries that share a logit
	names      []string   // of all entries, by component
	values     map[string]sym.Multivariate
}

// grid returns the point on the entries, made once for a model.
func (r *run) grid(at point) (*grid, error) {
	if g := r.grids[at.name]; g != nil {
		return g, nil
	}
	components, err := at.components(r.n)
	if err != nil {
		return nil, err
	}
	g := &grid{components: components, values: at.values(r.n)}
	for _, e := range slices.Concat(components...) {
		g.names = append(g.names, scoreEntry(e[0], e[1]))
	}
	r.grids[at.name] = g
	return g, nil
}

// run passes a step through the model.
func (m *model) run(step Step) (*run, error) {
	x := m.tokens(step)
	thought, lambda := x[len(x)-1], weight(step.C)
	square, ok := dot(thought, thought).QuoMonomial(lambda.Mul(lambda))
	if !ok {
		return nil, fmt.Errorf("the weight %v is not in the norm of the thought", lambda)
	}
	k, err := square.Eval(nil)
	if err != nil {
		return nil, err
	}
	if !k.IsInt() || !k.Num().IsInt64() {
		return nil, fmt.Errorf("the thought has squared norm %s·λ², expected an integer", k.RatString())
	}
	return &run{step.order(), newLoss(step, m.logits(step)), gain.Mul(lambda), int(k.Num().Int64()), m.grids}, nil
}

// A loss is log all − log target, two sums of formal exponentials:
//
//	ℓ = log Σ_{v∈V} e^{ξ_v} − log Σ_{v∈S} e^{ξ_v}
//
// with S = {p} under Coconut and S = N_{c+1} under Coconut-BFS.
type loss struct{ all, target sym.ExponentialSum }

func newLoss(step Step, logits []sym.Multivariate) loss {
	var l loss
	next := step.Next()
	for v, logit := range logits {
		e := sym.Exp(sym.Integer(1), logit)
		l.all = l.all.Add(e)
		if step.Loss == theory.CoconutBFS && next[v] || step.Loss == theory.Coconut && v == step.Target() {
			l.target = l.target.Add(e)
		}
	}
	return l
}

// A slope is −∂ℓ/∂W_wu in two parts, whose denominators relabelling keeps:
//
//	−∂ℓ/∂W_wu = (∂Z_S/∂W_wu)/Z_S − (∂Z_V/∂W_wu)/Z_V
type slope struct {
	all, target sym.Fraction[sym.Multivariate]
}

func (s slope) add(t slope) slope { return slope{s.all.Add(t.all), s.target.Add(t.target)} }

func (s slope) value() sym.Fraction[sym.Multivariate] { return s.target.Sub(s.all) }

// descent returns −∂ℓ/∂W_wu at a point, by component and entry (w,u), in units
// of αs, as fractions in e = e^{αs}, y = e^{αsμ} and z = e^{αsν}. An exponential that
// is not a monomial in e, y and z, or a derivative that αs does not divide, is
// an error.
func (r *run) descent(at point) ([][]slope, error) {
	generators := []sym.Generator{
		{Name: "e", Exponent: r.unit},
		{Name: "y", Exponent: r.unit.Mul(sym.Variable("μ"))},
		{Name: "z", Exponent: r.unit.Mul(sym.Variable("ν"))},
	}
	grid, err := r.grid(at)
	if err != nil {
		return nil, err
	}
	var sums [2]sym.Multivariate // over V, over S
	var gradients [2][]sym.Multivariate
	for i, z := range []sym.ExponentialSum{r.loss.all, r.loss.target} {
		here, derivatives := z.Gradient(grid.names, grid.values)
		if sums[i], err = here.Named(generators); err != nil {
			return nil, err
		}
		if sums[i].IsZero() {
			return nil, fmt.Errorf("a loss over no vertex")
		}
		for j, derivative := range derivatives {
			g, err := derivative.Named(generators)
			if err != nil {
				return nil, err
			}
			g, ok := g.QuoMonomial(r.unit)
			if !ok {
				return nil, fmt.Errorf("derivative %v in %s, expected a multiple of %v", derivative, grid.names[j], r.unit)
			}
			gradients[i] = append(gradients[i], g)
		}
	}
	out := make([][]slope, len(grid.components))
	j := 0
	for c, entries := range grid.components {
		for range entries {
			part := func(i int) sym.Fraction[sym.Multivariate] {
				return sym.Fraction[sym.Multivariate]{Numerator: gradients[i][j], Denominator: sums[i]}
			}
			out[c] = append(out[c], slope{part(0), part(1)})
			j++
		}
	}
	return out, nil
}
