package theory

import (
	"math/big"
	"slices"
)

// Vectors returns integer vectors as rational ones.
func Vectors(integers [][]int) [][]*big.Rat {
	out := make([][]*big.Rat, len(integers))
	for i, row := range integers {
		out[i] = make([]*big.Rat, len(row))
		for j, x := range row {
			out[i][j] = new(big.Rat).SetInt64(int64(x))
		}
	}
	return out
}

// scale multiplies x by a factor.
func scale(x []*big.Rat, factor *big.Rat) {
	for _, q := range x {
		q.Mul(q, factor)
	}
}

// dot returns ⟨x, y⟩.
func dot(x, y []*big.Rat) *big.Rat {
	sum, term := new(big.Rat), new(big.Rat)
	for i := range x {
		sum.Add(sum, term.Mul(x[i], y[i]))
	}
	return sum
}

// zeros returns the zero vector.
func zeros(length int) []*big.Rat {
	out := make([]*big.Rat, length)
	for i := range out {
		out[i] = new(big.Rat)
	}
	return out
}

func integerZeros(length int) []*big.Int {
	out := make([]*big.Int, length)
	for i := range out {
		out[i] = new(big.Int)
	}
	return out
}

// Primitive returns the positive multiple of a vector that has integer entries
// without a common factor; the zero vector stays.
func Primitive(x []*big.Rat) []*big.Int {
	multiple := big.NewInt(1)
	for _, q := range x {
		if q.IsInt() {
			continue
		}
		common := new(big.Int).GCD(nil, nil, multiple, q.Denom())
		multiple.Mul(multiple, new(big.Int).Quo(q.Denom(), common))
	}
	out := make([]*big.Int, len(x))
	content := new(big.Int)
	for i, q := range x {
		out[i] = new(big.Int).Mul(q.Num(), multiple)
		if !q.IsInt() {
			out[i].Quo(out[i], q.Denom())
		}
		content.GCD(nil, nil, content, out[i])
	}
	if content.BitLen() > 1 {
		for _, n := range out {
			n.Quo(n, content)
		}
	}
	return out
}

func rationals(x []*big.Int) []*big.Rat {
	out := make([]*big.Rat, len(x))
	for i, n := range x {
		out[i] = new(big.Rat).SetInt(n)
	}
	return out
}

// reduce brings rows to reduced echelon form, in place, and returns the rows
// that are not zero, with the column of the leading 1 of each.
func reduce(rows [][]*big.Rat) (reduced [][]*big.Rat, pivots []int) {
	if len(rows) == 0 {
		return nil, nil
	}
	rank := 0
	for c := 0; c < len(rows[0]) && rank < len(rows); c++ {
		at := slices.IndexFunc(rows[rank:], func(r []*big.Rat) bool { return r[c].Sign() != 0 })
		if at < 0 {
			continue
		}
		rows[rank], rows[rank+at] = rows[rank+at], rows[rank]
		eliminate(rows, rank, c)
		pivots = append(pivots, c)
		rank++
	}
	return rows[:rank], pivots
}

// eliminate scales a row to have 1 in a column, and clears that column in all
// other rows.
func eliminate(rows [][]*big.Rat, row, column int) {
	inverse := new(big.Rat).Inv(rows[row][column])
	for _, x := range rows[row] {
		if x.Sign() != 0 {
			x.Mul(x, inverse)
		}
	}
	term, factor := new(big.Rat), new(big.Rat)
	for r := range rows {
		if r == row || rows[r][column].Sign() == 0 {
			continue
		}
		factor.Set(rows[r][column])
		for j, x := range rows[row] {
			if x.Sign() != 0 {
				rows[r][j].Sub(rows[r][j], term.Mul(factor, x))
			}
		}
	}
}

// clone copies rows, so that reduce can work on them.
func clone(rows [][]*big.Rat) [][]*big.Rat {
	out := make([][]*big.Rat, len(rows))
	for i, row := range rows {
		out[i] = make([]*big.Rat, len(row))
		for j, x := range row {
			out[i][j] = new(big.Rat).Set(x)
		}
	}
	return out
}

// span returns a basis of the space that vectors span, as primitive integers.
func span(vectors [][]*big.Rat) [][]*big.Int {
	rows, _ := reduce(clone(vectors))
	var out [][]*big.Int
	for _, r := range rows {
		out = append(out, Primitive(r))
	}
	return out
}

// orthogonal returns a basis of the vectors of the given dimension that are
// orthogonal to all given ones, as primitive integers.
func orthogonal(vectors [][]*big.Rat, dimension int) [][]*big.Int {
	rows, pivots := reduce(clone(vectors))
	var out [][]*big.Int
	for free := range dimension {
		if slices.Contains(pivots, free) {
			continue
		}
		x := zeros(dimension)
		x[free].SetInt64(1)
		for i, p := range pivots {
			x[p].Neg(rows[i][free])
		}
		out = append(out, Primitive(x))
	}
	return out
}

// solve returns a solution of A x = b, or false if there is none. Entries that
// the equations leave open are 0.
func solve(a [][]*big.Rat, b []*big.Rat) ([]*big.Rat, bool) {
	rows := clone(a)
	width := 0
	for i := range rows {
		width = len(rows[i])
		rows[i] = append(rows[i], new(big.Rat).Set(b[i]))
	}
	rows, pivots := reduce(rows)
	x := zeros(width)
	for i, p := range pivots {
		if p == width {
			return nil, false
		}
		x[p].Set(rows[i][width])
	}
	return x, true
}
