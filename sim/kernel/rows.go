package kernel

import "math"

// A unit does on a vector unit what stands in Go below, with the same bits; the
// assembly is that of tools/kernel, which says what each function does. Counts
// of elements are multiples of 8, of wide of 16, of sums along rows of 4.
type unit struct {
	wide            func(count int, y, slope, x *float32) // gelu on sixteens, nil: none
	gelu            func(count int, y, slope, x *float32)
	softmax         func(count int, x *float32)
	add, times      func(count int, y, x *float32)
	scale           func(count int, y *float32, a float32)
	weigh           func(count int, y, a *float32, mean float32)
	norm            func(count int, unit, y, x, gain, shift *float32, mean, inverse float32)
	backNorm        func(count int, dx, dgain, dshift, dy, unit, gain *float32, mean, along, inverse float32)
	adam            func(count int, x, m, v, g, constants *float32)
	finite          func(count int, x *float32) bool
	sumRows         func(count int, x *float32, stride int, sum *float32)
	squareRows      func(count int, x *float32, stride int, mean, sum *float32)
	dotRows         func(count int, x, y *float32, stride int, sum *float32)
	slopeRows       func(count int, dy, unit, gain *float32, stride int, sum, along *float32)
	dots            func(terms, heads, count int, x, rows *float32, stride int, y *float32, step int)
	combine, spread func(terms, heads, count int, y, a *float32, step int, rows *float32, stride int)
	touch           func(lines int, x *float32)
	strips          func(rows, panels, pieces int, x *float32, stride, advance int, to *float32, step, panelStep int)
	stripsSum       func(rows, panels, pieces int, x *float32, stride, advance int, to *float32, step, panelStep int, sum *float32)
	turn            func(count int, x *float32, stride int, to *float32, step int)
}

// floats is x where a unit is there.
func floats[F Float](x []F) []float32 { return any(x).([]float32) }

// zeroRow is added to nothing.
var zeroRow [1 << 10]float32

// zeros returns zeros that are not written to.
func zeros[F Float](count int) []F {
	if x, single := any(zeroRow[:]).([]F); single && count <= len(x) {
		return x[:count]
	}
	return make([]F, count)
}

// eights returns how many numbers of a row the unit does.
func (w *Workspace[F]) eights(count int) int {
	if w.unit == nil {
		return 0
	}
	return count &^ 7
}

// Add adds a row to another: y_i += x_i.
func Add[F Float](w *Workspace[F], y, x []F) {
	x = x[:len(y)]
	done := w.eights(len(y))
	if done > 0 {
		w.unit.add(done, &floats(y)[0], &floats(x)[0])
	}
	for i := done; i < len(y); i++ {
		y[i] += x[i]
	}
}

// Times multiplies a row by another: y_i ← y_i x_i.
func Times[F Float](w *Workspace[F], y, x []F) {
	x = x[:len(y)]
	done := w.eights(len(y))
	if done > 0 {
		w.unit.times(done, &floats(y)[0], &floats(x)[0])
	}
	for i := done; i < len(y); i++ {
		y[i] *= x[i]
	}
}

// Scale multiplies a row by a number: y_i ← a y_i.
func Scale[F Float](w *Workspace[F], y []F, a F) {
	done := w.eights(len(y))
	if done > 0 {
		w.unit.scale(done, &floats(y)[0], float32(a))
	}
	for i := done; i < len(y); i++ {
		y[i] *= a
	}
}

// Finite reports whether all numbers are finite.
func Finite[F Float](w *Workspace[F], x []F) bool {
	done := w.eights(len(x))
	if done > 0 && !w.unit.finite(done, &floats(x)[0]) {
		return false
	}
	for _, v := range x[done:] {
		if d := v - v; d != 0 {
			return false
		}
	}
	return true
}

// group is how many rows are added up at once.
const group = 16

// groups calls visit with the first of every sixteen rows that the unit adds up,
// or with the last sixteen, and returns how many rows that are.
func (w *Workspace[F]) groups(rows, columns int, visit func(first int)) int {
	if w.unit == nil || rows < group || columns == 0 || columns%4 != 0 {
		return 0
	}
	for i := 0; i < rows; i += group {
		visit(min(i, rows-group))
	}
	return rows
}

// Moments writes means of rows of d numbers and the sums of squares of what
// they differ by from these.
//
//	mean_i = Σ_j x_ij/d,   squares_i = Σ_j (x_ij − mean_i)²
//
// In rising order of j. Approximate: no error bound.
func Moments[F Float](w *Workspace[F], x []F, d int, mean, squares []F) {
	done := w.groups(len(mean), d, func(i int) {
		w.unit.sumRows(d, &floats(x)[i*d], d, &floats(mean)[i])
	})
	for i := done; i < len(mean); i++ {
		mean[i] = 0
		for _, v := range x[i*d:][:d] {
			mean[i] += v
		}
	}
	for i := range mean {
		mean[i] /= F(d)
	}
	w.groups(len(mean), d, func(i int) {
		w.unit.squareRows(d, &floats(x)[i*d], d, &floats(mean)[i], &floats(squares)[i])
	})
	for i := done; i < len(mean); i++ {
		squares[i] = 0
		for _, v := range x[i*d:][:d] {
			squares[i] += F((v - mean[i]) * (v - mean[i]))
		}
	}
}

// Norm writes a normalised row and what a LayerNorm makes of it.
//
//	unit_j = (x_j − mean)·inverse,   y_j = gain_j·unit_j + shift_j
//
// Approximate: no error bound.
func Norm[F Float](w *Workspace[F], unit, y, x, gain, shift []F, mean, inverse F) {
	unit, y, gain, shift = unit[:len(x)], y[:len(x)], gain[:len(x)], shift[:len(x)]
	done := w.eights(len(x))
	if done > 0 {
		w.unit.norm(done, &floats(unit)[0], &floats(y)[0], &floats(x)[0], &floats(gain)[0], &floats(shift)[0], float32(mean), float32(inverse))
	}
	for j := done; j < len(x); j++ {
		u := (x[j] - mean) * inverse
		unit[j] = u
		y[j] = F(gain[j]*u) + shift[j]
	}
}

// BackMoments writes, for rows of as many numbers as gain has, the means that
// the derivative of a LayerNorm needs.
//
//	mean_i = Σ_j g_ij/d,   along_i = Σ_j g_ij unit_ij/d,   g_ij = dy_ij gain_j
//
// In rising order of j. Approximate: no error bound.
func BackMoments[F Float](w *Workspace[F], dy, unit, gain, mean, along []F) {
	d := len(gain)
	done := w.groups(len(mean), d, func(i int) {
		w.unit.slopeRows(d, &floats(dy)[i*d], &floats(unit)[i*d], &floats(gain)[0], d, &floats(mean)[i], &floats(along)[i])
	})
	for i := done; i < len(mean); i++ {
		mean[i], along[i] = 0, 0
		for j, v := range dy[i*d:][:d] {
			g := F(v * gain[j])
			mean[i] += g
			along[i] += F(g * unit[i*d+j])
		}
	}
	for i := range mean {
		mean[i] /= F(d)
		along[i] /= F(d)
	}
}

// BackNorm adds the derivatives of a row of a LayerNorm.
//
//	dgain_j += dy_j unit_j,   dshift_j += dy_j,   dx_j += (dy_j gain_j − mean − unit_j along)·inverse
//
// Approximate: no error bound.
func BackNorm[F Float](w *Workspace[F], dx, dgain, dshift, dy, unit, gain []F, mean, along, inverse F) {
	n := len(dy)
	dx, dgain, dshift, unit, gain = dx[:n], dgain[:n], dshift[:n], unit[:n], gain[:n]
	done := w.eights(n)
	if done > 0 {
		w.unit.backNorm(done, &floats(dx)[0], &floats(dgain)[0], &floats(dshift)[0], &floats(dy)[0], &floats(unit)[0], &floats(gain)[0], float32(mean), float32(along), float32(inverse))
	}
	for j := done; j < n; j++ {
		v := dy[j]
		dgain[j] += F(v * unit[j])
		dshift[j] += v
		dx[j] += F((F(v*gain[j]) - mean - F(unit[j]*along)) * inverse)
	}
}

// BackSoftmax turns the derivative by weights into that by logits, row by row.
//
//	da_ij ← a_ij·(da_ij − Σ_k a_ik da_ik)
//
// The rows of both are equally far apart. Approximate: no error bound.
func BackSoftmax[F Float](w *Workspace[F], a, da View[F]) {
	var means [2 * group]F
	for first := 0; first < a.Rows; first += len(means) {
		mean := means[:min(len(means), a.Rows-first)]
		done := w.groups(len(mean), a.Cols, func(i int) {
			at := (first + i) * a.RowStep
			w.unit.dotRows(a.Cols, &floats(a.Data)[at], &floats(da.Data)[at], a.RowStep, &floats(mean)[i])
		})
		for i := range mean {
			weight, slope := a.Data[(first+i)*a.RowStep:][:a.Cols], da.Data[(first+i)*a.RowStep:][:a.Cols]
			if i >= done {
				mean[i] = 0
				for j, x := range weight {
					mean[i] += F(x * slope[j])
				}
			}
			eights := w.eights(a.Cols)
			if eights > 0 {
				w.unit.weigh(eights, &floats(slope)[0], &floats(weight)[0], float32(mean[i]))
			}
			for j := eights; j < a.Cols; j++ {
				slope[j] = weight[j] * (slope[j] - mean[i])
			}
		}
	}
}

// A Heads is a matrix whose columns are cut into so many equal parts, each with
// its own numbers y or a, which lie Step apart.
type Heads[F Float] struct {
	View[F]
	Count, Step int
}

// whole reports whether the unit works on heads of a multiple of so many columns.
func (w *Workspace[F]) whole(rows Heads[F], of int) (width int, yes bool) {
	width = rows.Cols / rows.Count
	return width, w.unit != nil && rows.Rows > 0 && width > 0 && width%of == 0
}

// Dots adds inner products of a row with those of a matrix, in four sums each.
//
//	y_hj += Σ_{k in head h} x_k R_jk
//
// Approximate: no error bound.
func Dots[F Float](w *Workspace[F], y, x []F, rows Heads[F]) {
	width, yes := w.whole(rows, 4)
	if yes {
		w.unit.dots(rows.Rows, rows.Count, width, &floats(x)[0], &floats(rows.Data)[0], rows.RowStep, &floats(y)[0], rows.Step)
		return
	}
	for h := range rows.Count {
		for j := range rows.Rows {
			y[h*rows.Step+j] += Dot(x[h*width:][:width], rows.Data[j*rows.RowStep+h*width:])
		}
	}
}

// Dot is an inner product in four sums. Approximate: no error bound.
func Dot[F Float](x, y []F) F {
	y = y[:len(x)]
	var a, b, c, d F
	for len(x) >= 4 && len(y) >= 4 {
		a += F(x[0] * y[0])
		b += F(x[1] * y[1])
		c += F(x[2] * y[2])
		d += F(x[3] * y[3])
		x, y = x[4:], y[4:]
	}
	for i, v := range x {
		a += F(v * y[i])
	}
	return (a + b) + (c + d)
}

// Combine adds a sum of rows of a matrix, in their order.
//
//	y_k += Σ_j a_hj R_jk     k in head h
//
// Approximate: no error bound.
func Combine[F Float](w *Workspace[F], y, a []F, rows Heads[F]) {
	width, yes := w.whole(rows, 8)
	if yes {
		w.unit.combine(rows.Rows, rows.Count, width, &floats(y)[0], &floats(a)[0], rows.Step, &floats(rows.Data)[0], rows.RowStep)
		return
	}
	for h := range rows.Count {
		for j, v := range a[h*rows.Step:][:rows.Rows] {
			to, row := y[h*width:][:width], rows.Data[j*rows.RowStep+h*width:]
			for k := range to {
				to[k] += F(v * row[k])
			}
		}
	}
}

// Spread adds multiples of a row to those of a matrix.
//
//	R_jk += a_hj x_k     k in head h
//
// Approximate: no error bound.
func Spread[F Float](w *Workspace[F], rows Heads[F], a, x []F) {
	width, yes := w.whole(rows, 8)
	if yes {
		w.unit.spread(rows.Rows, rows.Count, width, &floats(x)[0], &floats(a)[0], rows.Step, &floats(rows.Data)[0], rows.RowStep)
		return
	}
	for h := range rows.Count {
		for j, v := range a[h*rows.Step:][:rows.Rows] {
			from, row := x[h*width:][:width], rows.Data[j*rows.RowStep+h*width:]
			for k, z := range from {
				row[k] += F(v * z)
			}
		}
	}
}

// Touch has memory brought near that is read in another order soon.
func Touch[F Float](w *Workspace[F], x []F) {
	if lines := len(x) / 16; w.unit != nil && lines > 0 {
		w.unit.touch(lines, &floats(x)[0])
	}
}

// An Adam holds the constants of one update by AdamW.
type Adam[F Float] struct {
	First, FirstNew   F // β₁, 1−β₁
	Second, SecondNew F // β₂, 1−β₂
	Keep, Rate        F // 1−ηλ, η
	FirstScale        F // 1/(1−β₁^k)
	SecondScale       F // 1/(1−β₂^k)
	Epsilon           F
}

// Update moves parameters x with the moments m and v along the gradient g.
//
//	m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²,  x ← (1−ηλ)x − ηm·s₁/(√(v·s₂) + ε)
//
// Approximate: no error bound.
func (c *Adam[F]) Update(w *Workspace[F], x, m, v, g []F) {
	m, v, g = m[:len(x)], v[:len(x)], g[:len(x)]
	done := w.eights(len(x))
	if done > 0 {
		constants := [...]float32{float32(c.First), float32(c.FirstNew), float32(c.Second), float32(c.SecondNew), float32(c.Keep),
			float32(c.Rate), float32(c.FirstScale), float32(c.SecondScale), float32(c.Epsilon)}
		w.unit.adam(done, &floats(x)[0], &floats(m)[0], &floats(v)[0], &floats(g)[0], &constants[0])
	}
	for i := done; i < len(x); i++ {
		m[i] = F(c.First*m[i]) + F(c.FirstNew*g[i])
		v[i] = F(c.Second*v[i]) + F(c.SecondNew*g[i]*g[i])
		x[i] = F(c.Keep*x[i]) - c.Rate*m[i]*c.FirstScale/(F(math.Sqrt(float64(v[i]*c.SecondScale)))+c.Epsilon)
	}
}
