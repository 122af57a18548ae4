package theory

import (
	"errors"
	"math/big"
)

// A cone is the search for a non-negative combination of columns with integer
// entries
//
//	Σ_v e_v x_v = b,  e_v ≥ 0
//
// or for a θ that excludes it: ⟨θ,x_v⟩ ≥ 0 for all v and ⟨θ,b⟩ < 0 (Farkas). It
// is phase one of the revised simplex method in exact integers: a basis B, which
// begins with one artificial column ±1 for each equation, is kept as
// det(B)·B⁻¹, whose entries are minors of B, so that every division is exact
// (J. Edmonds, J. Res. Nat. Bur. Standards 71B, 1967). The column that lowers
// the sum of the artificial parts fastest enters; after a step without progress
// Bland's rule chooses until there is some, which cannot cycle (R. G. Bland,
// Math. Oper. Res. 2, 1977).
type cone struct {
	columns []column
	basis   []int        // the column of each row, −1 for an artificial one
	basic   []bool       // columns in the basis
	inverse [][]*big.Int // det·B⁻¹
	value   []*big.Int   // det·B⁻¹b ≥ 0
	det     *big.Int     // > 0
}

// A column lists the entries of a vector that are not 0.
type column []entry

type entry struct {
	row   int
	value *big.Int
}

func columnOf(x []*big.Int) (out column) {
	for i, n := range x {
		if n.Sign() != 0 {
			out = append(out, entry{i, n})
		}
	}
	return out
}

// dot returns ⟨x, y⟩ for a column x.
func (x column) dot(y []*big.Int) *big.Int {
	sum, term := new(big.Int), new(big.Int)
	for _, e := range x {
		sum.Add(sum, term.Mul(e.value, y[e.row]))
	}
	return sum
}

func newCone(columns []column, b []*big.Int) *cone {
	c := &cone{columns: columns, basic: make([]bool, len(columns)), det: big.NewInt(1)}
	for i := range b {
		row := integerZeros(len(b))
		row[i].SetInt64(1)
		if b[i].Sign() < 0 {
			row[i].SetInt64(-1)
		}
		c.inverse = append(c.inverse, row)
		c.basis = append(c.basis, -1)
		c.value = append(c.value, new(big.Int).Abs(b[i]))
	}
	return c
}

// maxPivots bounds the work; Bland's rule ends without it.
const maxPivots = 1_000_000

var errPivots = errors.New("the linear programme took more than a million steps")

// solve returns e as det·e_v and det, or θ if there is no combination.
func (c *cone) solve() (parts []*big.Int, det *big.Int, theta []*big.Int, err error) {
	progress := true
	for range maxPivots {
		price := c.price()
		entering := c.entering(price, progress)
		if entering < 0 {
			for r, v := range c.basis {
				if v < 0 && c.value[r].Sign() > 0 {
					for _, x := range price {
						x.Neg(x)
					}
					return nil, nil, price, nil
				}
			}
			return c.parts(), c.det, nil, nil
		}
		if progress, err = c.pivot(entering); err != nil {
			return nil, nil, nil, err
		}
	}
	return nil, nil, nil, errPivots
}

// price returns det·y, where ⟨y,x_v⟩ is by how much the sum of the artificial
// parts falls with e_v.
func (c *cone) price() []*big.Int {
	out := integerZeros(len(c.basis))
	for i := range out {
		for r, v := range c.basis {
			if v < 0 {
				out[i].Add(out[i], c.inverse[r][i])
			}
		}
	}
	return out
}

// entering returns the column of the largest product with the price, or the
// first with a positive one; −1 if there is none.
func (c *cone) entering(price []*big.Int, largest bool) int {
	best, most := -1, new(big.Int)
	for v, x := range c.columns {
		if c.basic[v] {
			continue
		}
		if d := x.dot(price); d.Cmp(most) > 0 {
			if best, most = v, d; !largest {
				break
			}
		}
	}
	return best
}

// pivot takes a column into the basis, and reports whether the artificial parts
// changed.
func (c *cone) pivot(entering int) (progress bool, err error) {
	along := make([]*big.Int, len(c.basis)) // det·B⁻¹x
	leaving := -1
	left, right := new(big.Int), new(big.Int)
	for r, row := range c.inverse {
		if along[r] = c.columns[entering].dot(row); along[r].Sign() <= 0 {
			continue
		}
		if leaving >= 0 { // value/along against that of the row to leave; artificial columns, of number −1, go first
			order := left.Mul(c.value[r], along[leaving]).Cmp(right.Mul(c.value[leaving], along[r]))
			if order > 0 || order == 0 && c.basis[r] >= c.basis[leaving] {
				continue
			}
		}
		leaving = r
	}
	if leaving < 0 {
		return false, errors.New("the linear programme has no least value, although it is bounded below by 0")
	}
	progress = c.value[leaving].Sign() > 0
	scale := along[leaving]
	update := func(x, pivot, factor *big.Int) {
		x.Mul(x, scale)
		x.Sub(x, left.Mul(pivot, factor))
		x.Quo(x, c.det) // exact
	}
	for r, row := range c.inverse {
		if r == leaving {
			continue
		}
		for j := range row {
			update(row[j], c.inverse[leaving][j], along[r])
		}
		update(c.value[r], c.value[leaving], along[r])
	}
	c.det = new(big.Int).Set(scale)
	if old := c.basis[leaving]; old >= 0 {
		c.basic[old] = false
	}
	c.basis[leaving], c.basic[entering] = entering, true
	return progress, nil
}

// parts returns det·e_v.
func (c *cone) parts() []*big.Int {
	out := integerZeros(len(c.columns))
	for r, v := range c.basis {
		if v >= 0 {
			out[v].Set(c.value[r])
		}
	}
	return out
}
