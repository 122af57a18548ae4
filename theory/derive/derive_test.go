package derive

import (
	"context"
	"testing"
	"time"
)

func TestX(t *testing.T) {
	for n := 1; n <= 3; n++ {
		c, err := Cases(n)
		if err != nil {
			t.Fatal(err)
		}
		t0 := time.Now()
		tally, err := Check(context.Background(), c)
		t.Log(n, len(c), tally, err, time.Since(t0), tally.Verdict())
	}
	for n := 4; n <= 8; n++ {
		c, err := Sample(1, n, 10)
		if err != nil {
			t.Fatal(err)
		}
		t0 := time.Now()
		tally, err := Check(context.Background(), c)
		t.Log(n, len(c), tally, err, time.Since(t0), tally.Verdict())
	}
}
