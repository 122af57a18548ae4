package ode

import "math/big"

// An arithmetic is a field with the functions of expressions, in destination style: z is
// written and may be any of the operands. A failed operation (a division by
// zero, an argument outside the domain, an overflow) never panics: it leaves
// some value in z and is remembered by failure.
type arithmetic[T any] interface {
	fresh(precision uint) T // the number 0
	set(z, x T)
	rational(z T, q *big.Rat)
	add(z, x, y T)
	sub(z, x, y T)
	mul(z, x, y T)
	quo(z, x, y T)
	neg(z, x T)
	timesInteger(z, x T, n int64)
	overInteger(z, x T, n int64)
	exp(z, x T)
	log(z, x T)
	sqrt(z, x T)
	sin(z, x T)
	cos(z, x T)
	atan(z, x T)
	abs(z, x T)
	signed(z, x, s T) // x times the sign of s, which must not be 0
	// convolve sets z, which is no element of xs or ys, to Σ_i xs[i]·ys[n−1−i].
	convolve(z T, xs, ys []T)
	// failure returns the first failure since the last call and forgets it.
	failure() error
}

// A jet holds the Taylor coefficients of every node of a program along the
// solution of x' = (the first outputs) through one point or box.
type jet[T any] struct {
	program   *program
	field     arithmetic[T]
	order     int
	precision func(k int) uint // of coefficient k
	scale     *T               // x' = scale·outputs, if not nil
	c         [][]T            // c[node][k]; one entry for constants
	states    [][]T            // the same for the unknowns
	weighted  [][]T            // k·c_k, of arguments of exp, sin and cos, of logarithms and arctangents
	t1, t2    T
}

// newJet prepares coefficients 0…order of the unknowns, and evaluates the
// constants.
func newJet[T any](p *program, field arithmetic[T], order int, precision func(k int) uint) *jet[T] {
	j := &jet[T]{program: p, field: field, order: order, precision: precision}
	j.t1, j.t2 = field.fresh(precision(0)), field.fresh(precision(0))
	j.states = make([][]T, p.dimension)
	for i := range j.states {
		j.states[i] = j.row(order + 1)
	}
	j.c = make([][]T, len(p.nodes))
	j.weighted = make([][]T, len(p.nodes))
	for n, x := range p.nodes {
		switch {
		case x.op == OpState:
			j.c[n] = j.states[x.index]
		case x.op == OpRational:
			j.c[n] = j.row(1)
			field.rational(j.c[n][0], x.value)
		case x.constant:
			j.c[n] = j.row(1)
			j.zeroth(n)
		default:
			j.c[n] = j.row(order + 1)
			if x.op.weighs() {
				j.weighted[n] = j.row(order + 1)
			}
		}
	}
	return j
}

func (j *jet[T]) row(n int) []T {
	out := make([]T, n)
	for k := range out {
		out[k] = j.field.fresh(j.precision(k))
	}
	return out
}

// output returns coefficient k of an output, false if it is 0 because the
// output is constant.
func (j *jet[T]) output(i, k int) (T, bool) {
	row := j.c[j.program.outputs[i]]
	if k >= len(row) {
		var zero T
		return zero, false
	}
	return row[k], true
}

// zeroth computes the value of a node from those of its operands.
func (j *jet[T]) zeroth(n int) {
	x, f := &j.program.nodes[n], j.field
	z, a := j.c[n][0], j.c[x.a][0]
	switch x.op {
	case OpAdd:
		f.add(z, a, j.c[x.b][0])
	case OpSub:
		f.sub(z, a, j.c[x.b][0])
	case OpMul:
		f.mul(z, a, j.c[x.b][0])
	case OpQuo:
		f.quo(z, a, j.c[x.b][0])
	case OpNeg:
		f.neg(z, a)
	case OpExp:
		f.exp(z, a)
	case OpLog:
		f.log(z, a)
	case OpSqrt:
		f.sqrt(z, a)
	case OpSin:
		f.sin(z, a)
	case OpCos:
		f.cos(z, a)
	case OpAtan:
		f.atan(z, a)
	case OpAbs:
		f.abs(z, a)
	}
}

// weighs reports whether the recurrence of an operation needs a weighted row.
func (op Operation) weighs() bool {
	switch op {
	case OpExp, OpLog, OpSin, OpCos, OpAtan:
		return true
	}
	return false
}

// start sets the unknowns and evaluates every node there.
func (j *jet[T]) start(at []T) {
	for i, x := range at {
		j.field.set(j.states[i][0], x)
	}
	j.evaluate()
}

// evaluate computes coefficient 0 of every node from those of the unknowns.
func (j *jet[T]) evaluate() {
	for n := range j.program.nodes {
		if x := &j.program.nodes[n]; !x.constant && x.op != OpState {
			j.zeroth(n)
		}
	}
}

// expand computes the Taylor coefficients 1…order of the unknowns, and
// 1…order−1 of all nodes, after start:
//
//	x_{k+1} = scale·f_k/(k+1)
func (j *jet[T]) expand() {
	for k := range j.order {
		if k > 0 {
			j.level(k)
		}
		for i := range j.states {
			z := j.states[i][k+1]
			f, ok := j.output(i, k)
			if !ok {
				j.field.rational(z, new(big.Rat))
				continue
			}
			j.field.overInteger(z, f, int64(k+1))
			if j.scale != nil {
				j.field.mul(z, z, *j.scale)
			}
		}
	}
}

// level computes coefficient k ≥ 1 of every node.
func (j *jet[T]) level(k int) {
	for n := range j.program.nodes {
		if x := &j.program.nodes[n]; !x.constant && x.op != OpState {
			j.coefficient(n, k)
		}
	}
}

// coefficient computes coefficient k ≥ 1 of a node from lower ones by the
// standard recurrences (A. Griewank and A. Walther, Evaluating Derivatives,
// 2nd edition 2008, chapter 13).
func (j *jet[T]) coefficient(n, k int) {
	x, f := &j.program.nodes[n], j.field
	own, a := j.c[n], j.c[x.a]
	z := own[k]
	switch x.op {
	case OpAdd, OpSub:
		b := j.c[x.b]
		switch {
		case len(b) == 1:
			f.set(z, a[k])
		case len(a) > 1 && x.op == OpAdd:
			f.add(z, a[k], b[k])
		case len(a) > 1:
			f.sub(z, a[k], b[k])
		case x.op == OpAdd:
			f.set(z, b[k])
		default:
			f.neg(z, b[k])
		}
	case OpNeg:
		f.neg(z, a[k])
	case OpMul:
		b := j.c[x.b]
		switch {
		case len(a) == 1:
			f.mul(z, a[0], b[k])
		case len(b) == 1:
			f.mul(z, a[k], b[0])
		case x.a == x.b:
			j.square(z, a[:k+1])
		default:
			f.convolve(z, a[:k+1], b[:k+1])
		}
	case OpQuo: // b_0 c_k = a_k − Σ_{i=1..k} b_i c_{k−i}
		b := j.c[x.b]
		if len(b) == 1 {
			f.quo(z, a[k], b[0])
			return
		}
		f.convolve(z, b[1:k+1], own[:k])
		if len(a) == 1 {
			f.neg(z, z)
		} else {
			f.sub(z, a[k], z)
		}
		f.quo(z, z, b[0])
	case OpExp, OpSin, OpCos: // k c_k = ±Σ_{i=1..k} i a_i b_{k−i}, b = e^a, cos a, −sin a
		w, b := j.weighted[n], own
		if x.op != OpExp {
			b = j.c[x.b]
		}
		f.timesInteger(w[k], a[k], int64(k))
		f.convolve(z, w[1:k+1], b[:k])
		if x.op == OpCos {
			f.neg(z, z)
		}
		f.overInteger(z, z, int64(k))
	case OpLog, OpAtan: // b_0 k c_k = k a_k − Σ_{i=1..k−1} i c_i b_{k−i}, b = a, 1 + a²
		w, b := j.weighted[n], a
		if x.op == OpAtan {
			b = j.c[x.b]
		}
		f.convolve(z, w[1:k], b[1:k])
		f.timesInteger(j.t1, a[k], int64(k))
		f.sub(z, j.t1, z)
		f.quo(w[k], z, b[0])
		f.overInteger(z, w[k], int64(k))
	case OpAbs: // a_k times the sign of a_0
		f.signed(z, a[k], a[0])
	case OpSqrt: // 2 c_0 c_k = a_k − Σ_{i=1..k−1} c_i c_{k−i}
		j.square(z, own[1:k])
		f.sub(z, a[k], z)
		f.quo(z, z, own[0])
		f.overInteger(z, z, 2)
	}
}

// square sets z to Σ_i xs[i]·xs[n−1−i] with half the products.
func (j *jet[T]) square(z T, xs []T) {
	n, f := len(xs), j.field
	f.convolve(z, xs[:n/2], xs[n-n/2:])
	f.timesInteger(z, z, 2)
	if n%2 == 1 {
		f.mul(j.t2, xs[n/2], xs[n/2])
		f.add(z, z, j.t2)
	}
}

// evaluate sets z to Σ_k row[k]·h^k by Horner's rule.
func evaluate[T any](field arithmetic[T], z, h T, row []T) {
	field.set(z, row[len(row)-1])
	for k := len(row) - 2; k >= 0; k-- {
		field.mul(z, z, h)
		field.add(z, z, row[k])
	}
}
