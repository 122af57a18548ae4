package bench

import (
	"context"
	"math/big"
	"strings"
	"testing"

	"muflow/ode"
)

// TestVectorFlow encloses the vector flow and compares it with numbers of
// another program: bench/peers/tvec.c on MPFR 4.2.0, `tvec 60 10`.
func TestVectorFlow(t *testing.T) {
	system, start := vectorSystem()
	until := big.NewRat(10, 1)
	enclosure, err := ode.Enclose(context.Background(), system, start, ode.Request{Times: []*big.Rat{until}, Digits: 30}, ode.FlowSettings{})
	if err != nil {
		t.Fatal(err)
	}
	path, err := ode.Integrate(context.Background(), system, start, until, ode.Settings{Digits: 40})
	if err != nil {
		t.Fatal(err)
	}
	end, err := path.At(until)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]string{0: "-0.54628616908683620207059185560392849638", 9: "0.49616865994310940177319663808360846578"} {
		lo, hi := enclosure.Values[0][i].Decimal(25)
		if lo[:20] != want[:20] || hi[:20] != want[:20] {
			t.Errorf("unknown %d is between %s and %s, expected %s", i, lo, hi, want)
		}
		if got := end[i].Text('f', 36); !strings.HasPrefix(want, got[:30]) {
			t.Errorf("unknown %d is %s on the path, expected %s", i, got, want)
		}
	}
}
