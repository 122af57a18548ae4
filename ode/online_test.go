package ode

import (
	"math/big"
	"reflect"
	"testing"

	"muflow/internal/fixed"
)

// TestExpansionByBlocks compares an expansion whose sums of products come from
// products of blocks with one that adds up single products: every coefficient
// and every count of roundings.
func TestExpansionByBlocks(t *testing.T) {
	x, y := State(0), State(1)
	system := &System{Dimension: 2, RightHandSide: []*Expr{
		x.Mul(y).Sub(x.Mul(x)).Add(y.Mul(Rational(big.NewRat(1, 3))).Exp()),
		y.Quo(x.Add(Integer(3))).Add(x.Add(Integer(2)).Log()).Sub(x.Mul(x).Add(y).Add(Integer(5)).Sqrt()),
	}}
	program, err := system.compile()
	if err != nil {
		t.Fatal(err)
	}
	const precision = 96*64 + 100
	at := []*big.Float{new(big.Float).SetPrec(precision).SetRat(big.NewRat(2, 3)), new(big.Float).SetPrec(precision).SetRat(big.NewRat(-1, 7))}
	step := big.NewRat(1, 40)
	var expansions [2]*expansion
	for i := range expansions {
		w, err := newStride(program, 150, precision, -precision, true)
		if err != nil {
			t.Fatal(err)
		}
		e := w.expansion
		blocks := 0
		for n := range e.cells {
			if c := &e.cells[n]; c.online != nil {
				blocks++
				if i == 1 {
					c.online = nil
				}
			}
		}
		if blocks != 6 {
			t.Fatalf("%d nodes with products of blocks, expected 6", blocks)
		}
		for _, point := range [][]*big.Float{{at[0], at[0]}, at} { // the second with what the first left behind
			if !w.survey(point) || !e.expand(point, step, w.scout) {
				t.Fatal("no expansion")
			}
		}
		expansions[i] = e
	}
	fast, slow := expansions[0], expansions[1]
	if !reflect.DeepEqual(fast.polynomials(), slow.polynomials()) || !reflect.DeepEqual(fast.motion, slow.motion) {
		t.Error("the solutions differ")
	}
	for n := range fast.cells {
		a, b := fast.cells[n], slow.cells[n]
		for _, rows := range [][2]*fixed.Series{{a.row, b.row}, {a.weighted, b.weighted}} {
			if rows[0] != nil && !reflect.DeepEqual(rows[0].Polynomial(fast.order-1), rows[1].Polynomial(fast.order-1)) {
				t.Errorf("node %d, %v, has other coefficients", n, program.nodes[n].op)
			}
		}
		for _, c := range []*cell{&a, &b} {
			c.row, c.weighted, c.online = nil, nil, nil
		}
		if !reflect.DeepEqual(a, b) {
			t.Errorf("node %d, %v, differs", n, program.nodes[n].op)
		}
	}
}
