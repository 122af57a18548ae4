package sim

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// A Session is a training of all stages of a preset that can be stopped after
// any step and taken up again. Two sessions of the same settings are in the
// same state, to the last bit, after the same number of steps.
type Session interface {
	// Total returns the steps of the whole preset. A session may go on beyond them.
	Total() int
	// Done returns how many steps have been done since the start of the run.
	Done() int
	// Step does one step. On an error the state is that before the step.
	Step(ctx context.Context) error
	// Due reports whether the series has a point at the present step.
	Due() bool
	// Point describes the present state.
	Point(ctx context.Context) (Point, error)
	// State returns all that is needed to go on from here.
	State() []byte
	// Restore puts a new session of the same settings into a state.
	Restore(state []byte) error
}

// A Point is one entry of the series of a training. Entry c of a list belongs
// to c thoughts, nil if no held-out instance has it. What a preset cannot measure is
// absent.
type Point struct {
	Step       int        `json:"step"`                 // since the start of the run
	Stage      int        `json:"stage"`                // from 1
	Loss       *float64   `json:"mean_loss"`            // over the data set, or its held-out part, nil if none of that is asked anything; nats
	Mu         *float64   `json:"mu,omitempty"`         // mean diagonal of the score matrix
	Nu         *float64   `json:"nu,omitempty"`         // mean beside the diagonal
	Value      *float64   `json:"value_gain,omitempty"` // mean diagonal of a trained value map
	Gap        []*float64 `json:"gap,omitempty"`        // attention logit, newest frontier minus unreached; nil if no instance has both
	GapAll     []*float64 `json:"gap_all,omitempty"`    // the same, newest frontier minus all other edges
	Mass       []*float64 `json:"mass,omitempty"`       // softmax mass on the next frontier N_{c+1}∖N_c
	Cumulative []*float64 `json:"cumulative,omitempty"` // softmax mass on all that the next step reaches, N_{c+1}
	Answer     *float64   `json:"answer,omitempty"`     // part of the instances whose reachable candidate has the largest logit
	*Learned
}

// Learned are the entries that only a learned network has.
type Learned struct {
	Hop       []*float64    `json:"hop_accuracy"`   // the largest logit lies in the next frontier
	Within    []*float64    `json:"reach_accuracy"` // in all that the next step reaches
	Path      []*float64    `json:"path_accuracy"`  // is the next vertex of the demonstrated path
	GapTarget []*float64    `json:"gap_at_target"`  // Gap, read at the token of the target
	GapFirst  []*float64    `json:"gap_in_layer_1"`
	GapHeads  [][]*float64  `json:"gap_by_head"`
	Logits    [][3]*float64 `json:"attention_logit"` // newest frontier, older, unreached
	Spread    []*float64    `json:"logit_spread"`    // standard deviation of this logit, of a sample, among the edges that leave the newest frontier
	Focus     []*float64    `json:"attention_mass"`  // layer 2: attention on these edges, mean over the heads
	Added     []*float64    `json:"added_logit"`     // what its attention adds to the readout, next frontier minus unreached
	Gain      []*float64    `json:"effective_gain"`  // Added·M_c/Focus, with M_c such edges
	Uneven    []*float64    `json:"unevenness"`      // divergence of a uniform choice in the next frontier from the softmax there; nats
	Thought   [][3]*float64 `json:"thought"`         // mean inner product with the embeddings of these classes
	Evenness  []*float64    `json:"evenness"`        // least over largest inner product with the vertices of the newest frontier
	Copy      *[2]float64   `json:"copy,omitempty"`  // layer 1, nil with one position an edge: most attention, over the heads, from <e> to source and target
}

// Advance does steps until so many are done, tells the observer the points
// that are due, the first and the last included, and calls keep, if not nil,
// after every step. It stops at the first error; if that was one of ctx, the
// point that is due may not have been told.
func Advance(ctx context.Context, s Session, steps int, observe func(Point) error, keep func() error) error {
	if steps < s.Done() {
		return fmt.Errorf("%d steps, expected at least %d", steps, s.Done())
	}
	tell := func() error {
		p, err := s.Point(ctx)
		if err != nil {
			return err
		}
		return observe(p)
	}
	if s.Done() == 0 {
		if err := tell(); err != nil {
			return err
		}
	}
	for s.Done() < steps {
		if err := s.Step(ctx); err != nil {
			return err
		}
		if s.Due() || s.Done() == steps {
			if err := tell(); err != nil {
				return err
			}
		}
		if keep != nil {
			if err := keep(); err != nil {
				return err
			}
		}
	}
	return nil
}

// ErrState says that a state is not one of the session that should go on from it.
var ErrState = errors.New("state of another training, or a broken one")

// Pack writes numbers and lists of numbers of fixed sizes, for a state.
func Pack(values ...any) []byte {
	var out bytes.Buffer
	for _, v := range values {
		binary.Write(&out, binary.LittleEndian, v) // fails for other types only
	}
	return out.Bytes()
}

// Unpack reads what Pack wrote into values of the same sizes. It fails if there
// is less or more, on a number that is not finite, and on an integer that counts
// nothing: below −1, which stands for none, or beyond 2³¹−1, the most that every
// int holds.
func Unpack(state []byte, values ...any) error {
	in := bytes.NewReader(state)
	for _, v := range values {
		if binary.Read(in, binary.LittleEndian, v) != nil {
			return ErrState
		}
		bad := false
		counts := func(x int64) bool { return x >= -1 && x <= math.MaxInt32 }
		switch x := v.(type) {
		case *int64:
			bad = !counts(*x)
		case []int64:
			bad = slices.ContainsFunc(x, func(x int64) bool { return !counts(x) })
		case []float64:
			bad = slices.ContainsFunc(x, func(x float64) bool { return !finite(x) })
		case []float32:
			bad = slices.ContainsFunc(x, func(x float32) bool { return !finite(float64(x)) })
		case *float64:
			bad = !finite(*x)
		}
		if bad {
			return ErrState
		}
	}
	if in.Len() > 0 {
		return ErrState
	}
	return nil
}
