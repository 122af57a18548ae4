package check

import (
	"muflow/internal/script"
	"muflow/theory"
	"muflow/theory/cert/scalar"
)

// A Subject is what a certificate must be about. It need not be there if the
// start is no rational number, which the certificate can only enclose.
type Subject struct {
	*scalar.Certificate
	Required bool
}

// Subjects returns, by the name of a claim that is not expected to be refuted,
// what a certificate of it must be about. Those are the claims about one unknown
// with a rational flow for which package scalar has words, where the premise is
// not seen to fail. No claim is decided.
func Subjects(th *script.Theory) map[string]Subject {
	c := newChecker(th, Options{})
	out := map[string]Subject{}
	for _, claim := range th.Claims {
		s := claim.Statement
		for s.Kind == script.When {
			if holds, open := c.holds(s); !holds || open != "" {
				break
			}
			s = s.Then
		}
		if claim.Expect == theory.Refuted.String() || !certifiable[s.Kind] {
			continue
		}
		if problem, statement := c.problem(s, &Result{}); problem != nil {
			if subject, exact := problem.Subject(statement); subject != nil {
				out[claim.ID] = Subject{subject, exact}
			}
		}
	}
	return out
}

// certifiable are the words of statements that alltime decides.
var certifiable = map[string]bool{script.Always: true, script.Limit: true, script.Converges: true, script.Increases: true,
	script.Decreases: true, script.UniqueEquilibrium: true, script.Invariant: true}
