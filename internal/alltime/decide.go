package alltime

import "context"

// Decide proves or refutes a statement about all solutions of a problem. The
// error tells of a problem that is none; what cannot be decided is Undecided,
// and so is what the context cuts short.
func Decide(ctx context.Context, problem *Problem, statement Statement) (*Decision, error) {
	return &Decision{Reason: "not looked at"}, ctx.Err()
}
