package prove

import (
	"context"
	"errors"
	"math/big"
)

// A span is an interval that settle goes through.
type span[T any] struct{ low, high T }

// errStop ends settle early.
var errStop = errors.New("stop")

// settle goes through intervals, the last one first, and cuts those that are
// not settled in two at the point that settled returns.
func settle[T any](ctx context.Context, spans []span[T], settled func(span[T]) (middle T, done bool, err error)) error {
	for n := 0; len(spans) > 0; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if n > 100_000 {
			return errors.New("not proved with 100,000 pieces")
		}
		part := spans[len(spans)-1]
		spans = spans[:len(spans)-1]
		middle, done, err := settled(part)
		if err != nil {
			return err
		}
		if !done {
			spans = append(spans, span[T]{part.low, middle}, span[T]{middle, part.high})
		}
	}
	return nil
}

// halfway returns (x + y)/2, rounded.
func halfway(x, y *big.Float, precision uint) *big.Float {
	middle := new(big.Float).SetPrec(precision).Add(x, y)
	return middle.SetMantExp(middle, -1)
}
