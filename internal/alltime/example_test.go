package alltime_test

import (
	"context"
	"fmt"
	"math/big"

	"muflow/internal/alltime"
	"muflow/ode"
)

// A damped pendulum from a box of starts comes to rest, and its energy falls.
func ExampleDecide() {
	angle, speed := ode.State(0), ode.State(1)
	pendulum := &alltime.Problem{
		System: &ode.System{Dimension: 2, RightHandSide: []*ode.Expr{speed, angle.Sin().Add(speed).Neg()}},
		Names:  []string{"angle", "speed"},
		Start:  []alltime.Start{alltime.Between(big.NewRat(9, 10), big.NewRat(11, 10)), alltime.Point(new(big.Rat))},
	}
	for _, s := range []alltime.Statement{
		alltime.Limit(angle, ode.Integer(0)),
		alltime.Always(alltime.Relation{Left: angle, Comparison: alltime.Less, Right: ode.Rational(big.NewRat(9, 8))}),
		alltime.Always(alltime.Relation{Left: angle, Comparison: alltime.Greater, Right: ode.Integer(0)}),
	} {
		d, err := alltime.Decide(context.Background(), pendulum, s)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(d.Verdict)
	}
	// Output:
	// proved
	// proved
	// refuted
}
