package descend

import (
	"context"
	"math"
	"slices"
)

// maxSecond bounds the operations that the spread of second order may take; beyond
// it there is none.
const maxSecond = 20_000_000_000

// An adjoint follows what is compared at one look back to the start: the deviation
// at the look that is due to x, the one of first order, and y, that of second
// order, of the weights at a step is
//
//	λᵀ(x + y) + ½xᵀMx
type adjoint struct {
	slope []float64   // λ
	curve [][]float64 // M, symmetric
	sum   *float64
}

// local are derivatives of one step G(w) = w − hR∇L(w) at the mean.
type local struct {
	step   [][]float64   // G'
	second [][][]float64 // G” of each unknown
	noise  [][]float64   // ξ_t, of each term: what a draw of it alone adds to the step
	slopes [][][]float64 // ξ_t'
}

// derivatives evaluates them.
type derivatives struct {
	t       *task
	hessian [][]*tape // rows of the Hessian of each term are gradients of these
	third   [][]*tape // of the loss, the lower triangle
	length  int
}

func newDerivatives(t *task) *derivatives {
	n := len(t.names)
	d := &derivatives{t: t}
	add := func(x *tape) *tape {
		d.length += x.Len()
		return x
	}
	for _, term := range t.drawn {
		var rows []*tape
		for i := range n {
			rows = append(rows, add(newTape(term.Derivative(i), n)))
		}
		d.hessian = append(d.hessian, rows)
	}
	for i := range n {
		var rows []*tape
		for j := range i + 1 {
			rows = append(rows, add(newTape(t.loss.Derivative(i).Derivative(j), n)))
		}
		d.third = append(d.third, rows)
	}
	return d
}

// at evaluates the derivatives of a step from w.
func (d *derivatives) at(w []float64, s []*scratch) *local {
	n, terms := len(w), float64(len(d.hessian))
	out := &local{step: square(n), noise: d.t.deviations(w, s)}
	mean := square(n)
	for _, rows := range d.hessian {
		h := square(n)
		for i, row := range rows {
			row.gradient(h[i], 1, w, row.scratch())
			for j, x := range h[i] {
				mean[i][j] += x / terms
			}
		}
		out.slopes = append(out.slopes, h)
	}
	for i := range n {
		for _, h := range out.slopes {
			for j := range n {
				h[i][j] = -float64(d.t.factors[i] * (h[i][j] - mean[i][j]))
			}
		}
		for j := range n {
			out.step[i][j] = -float64(d.t.factors[i] * mean[i][j])
		}
		out.step[i][i]++
		out.second = append(out.second, square(n))
	}
	for i, rows := range d.third {
		for j, row := range rows {
			sum := make([]float64, n)
			row.gradient(sum, 1, w, row.scratch())
			for l, x := range sum {
				out.second[i][j][l] = -float64(d.t.factors[i] * x)
				out.second[j][i][l] = -float64(d.t.factors[j] * x)
			}
		}
	}
	return out
}

// second adds the variances of second order to what is expected at the looks. With
// x and y as in adjoint, A = G', B = G”, ξ_k the noise of step k and ξ' its
// derivative,
//
//	x_{k+1} = Ax_k + ξ_k,   y_{k+1} = Ay_k + ½(B[x_k, x_k] − E) + ξ'_k x_k
//	λ_k = Aᵀλ_{k+1},   M_k = AᵀM_{k+1}A + Σ_i λ_{k+1,i}B_i
//
// and what is compared is a sum of the uncorrelated parts of all steps
//
//	λᵀξ + (ξ'ᵀλ + AᵀMξ)ᵀx + ½(ξᵀMξ − E),   λ, M at k + 1, ξ, x at k
//
// The first is that of the linear noise; the others have the variance E gᵀCg of
// g = ξ'ᵀλ + AᵀMξ, and a quarter of that of ξᵀMξ. Third cumulants, which correlate
// the first and the last, are left out: relative to the sum they are of the order √h.
// Where a formula has no spread of first order this is its spread.
// Approximate: no error bound.
func (t *task) second(ctx context.Context, steps []int, expected []expectation) error {
	d, tapes := newDerivatives(t), t.tapes()
	n, last := len(t.names), steps[len(steps)-1]
	adjoints := float64(len(tapes) * (len(steps) - 1))
	if len(t.terms) == t.training.Batch {
		return nil
	}
	if float64(last)*(float64(3*d.length)+float64(adjoints*float64(3*n*n*(n+len(t.terms))))) > maxSecond {
		for _, e := range expected[1:] {
			for i := range e.second {
				e.second[i] = math.NaN()
			}
		}
		return nil
	}
	stride, s := int(math.Sqrt(float64(last)))+1, t.scratches()
	marks := []moment{t.origin()} // after each stride of steps
	for at, k := marks[0], 1; k+1 < last; k++ {
		if at, _ = t.advance(at, s); k%stride == 0 {
			marks = append(marks, at)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	draws, active, end := newDraws(len(t.terms), t.training.Batch), []*adjoint(nil), last
	for i := len(marks) - 1; i >= 0; i-- {
		path := marks[i : i+1 : i+1]
		for range end - i*stride {
			next, _ := t.advance(path[len(path)-1], s)
			path = append(path, next)
		}
		for k := end - i*stride; k > 0; k-- {
			if look, ok := slices.BinarySearch(steps, i*stride+k); ok {
				active = append(active, t.adjoints(path[k].mean, &expected[look])...)
			}
			l, columns := d.at(path[k-1].mean, s), root(path[k-1].covariance)
			for _, a := range active {
				a.back(l, columns, draws)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		end = i * stride
	}
	for _, e := range expected {
		for i, v := range e.second {
			if math.IsInf(v, 0) {
				e.second[i] = math.NaN()
			}
		}
	}
	return nil
}

// adjoints begin at what is compared at a look.
func (t *task) adjoints(w []float64, e *expectation) []*adjoint {
	n := len(w)
	out := make([]*adjoint, len(t.compared))
	for c, one := range t.compared {
		a := &adjoint{slope: make([]float64, n), curve: square(n), sum: &e.second[c]}
		x := newTape(one.trained, n)
		x.gradient(a.slope, 1, w, x.scratch())
		for i := range n {
			row := newTape(one.trained.Derivative(i), n)
			row.gradient(a.curve[i], 1, w, row.scratch())
		}
		out[c] = a
	}
	return out
}

// back goes from after a step to before it, where C = Σ_j c_j c_jᵀ has these columns.
func (a *adjoint) back(l *local, columns [][]float64, draws *draws) {
	n := len(a.slope)
	pulled := square(n) // AᵀM
	for i := range n {
		for j := range n {
			for k := range n {
				pulled[i][j] += float64(l.step[k][i] * a.curve[k][j])
			}
		}
	}
	linear, trace, squares, scatter := 0.0, 0.0, 0.0, square(n)
	for t, noise := range l.noise {
		g, own := make([]float64, n), 0.0
		for i := range n {
			for j := range n {
				g[i] += float64(l.slopes[t][j][i]*a.slope[j]) + float64(pulled[i][j]*noise[j])
				own += float64(float64(noise[i]*a.curve[i][j]) * noise[j])
				scatter[i][j] += float64(noise[i] * noise[j])
			}
		}
		for _, c := range columns {
			x := dot(g, c)
			linear += float64(x * x)
		}
		trace, squares = trace+own, squares+float64(own*own)
	}
	*a.sum += float64(draws.share*linear) + float64(draws.quadratic(trace, squares, traceOfSquare(a.curve, scatter))/4)
	slope, curve := make([]float64, n), square(n)
	for i := range n {
		for j := range n {
			slope[i] += float64(l.step[j][i] * a.slope[j])
			for k := range n {
				curve[i][j] += float64(pulled[i][k]*l.step[k][j]) + float64(a.slope[k]*l.second[k][i][j])
			}
		}
	}
	a.slope, a.curve = slope, curve
}

func dot(x, y []float64) float64 {
	sum := 0.0
	for i := range x {
		sum += float64(x[i] * y[i])
	}
	return sum
}

// traceOfSquare is the trace of (xy)².
func traceOfSquare(x, y [][]float64) float64 {
	n := len(x)
	product, sum := square(n), 0.0
	for i := range n {
		for j := range n {
			for k := range n {
				product[i][j] += float64(x[i][k] * y[k][j])
			}
		}
	}
	for i := range n {
		for j := range n {
			sum += float64(product[i][j] * product[j][i])
		}
	}
	return sum
}

// draws are means of batches of B of M vectors that add up to 0.
type draws struct {
	batch float64
	share float64    // the variance of the mean, of the sum of all squares
	in    [4]float64 // the probability that 1 to 4 given ones are drawn
}

func newDraws(terms, batch int) *draws {
	m, b := float64(terms), float64(batch)
	d := &draws{batch: b, share: (m - b) / (b * (m - 1)) / m}
	p := 1.0
	for i := range min(batch, len(d.in)) {
		p *= (b - float64(i)) / (m - float64(i))
		d.in[i] = p
	}
	return d
}

// quadratic is the variance of ξᵀMξ, ξ the mean of a batch of vectors g_s: of
// K_st = g_sᵀMg_t it takes the trace, the sum of the squares on the diagonal, and
// that of all squares. Rows of K add up to 0, so that the sum of K_st·K_uv over
// (s, t, u, v) with these or those of them equal is a sum of these three.
func (d *draws) quadratic(trace, diagonal, all float64) float64 {
	in, c, b := d.in, float64(trace*trace), float64(d.batch*d.batch)
	d7, d12, d6 := float64(7*diagonal), float64(12*diagonal), float64(6*diagonal)
	sum := float64(in[0]*diagonal) + float64(in[1]*(c+float64(2*all)-d7)) +
		float64(in[2]*(d12-float64(2*c)-float64(4*all))) - float64(in[3]*(d6-c-float64(2*all)))
	mean := float64((in[0] - in[1]) * trace)
	return max(0, (sum-float64(mean*mean))/float64(b*b))
}
