package prove

import (
	"encoding/json"
	"reflect"
	"testing"

	"muflow/theory"
)

// The text of a result has its keys in one order, and is read back as it was:
// on an instance and on the population.
func TestResultsAreReadBack(t *testing.T) {
	number := Number{"1.5", "1.6", Enclosure}
	for text, want := range map[string]Result{
		`{"id":"T1b","instance":3,"step":1,"verdict":"proved","reason":"signs","values":{"mu":{"lo":"1.5","hi":"1.6","evidence":"enclosure"}}}`: {
			Claim: "T1b", Where: Where{3, 1}, Verdict: theory.Proved, Reason: "signs", Values: map[string]Number{"mu": number}},
		`{"id":"T3-population","instance":"population","step":2,"verdict":"not-applicable","reason":"A17 fails"}`: {
			Claim: "T3-population", Where: Where{AllInstances, 2}, Verdict: theory.NotApplicable, Reason: "A17 fails"},
	} {
		got, err := json.Marshal(want)
		if err != nil || string(got) != text {
			t.Errorf("%s, %v, expected %s", got, err, text)
		}
		var back Result
		if err := json.Unmarshal([]byte(text), &back); err != nil || !reflect.DeepEqual(back, want) {
			t.Errorf("%+v, %v, expected %+v", back, err, want)
		}
	}
	for _, text := range []string{`-1`, `"everyone"`, `1.5`, `{}`, `[]`, `""`} {
		var back Result
		if err := json.Unmarshal([]byte(`{"id":"T1b","instance":`+text+`}`), &back); err == nil {
			t.Errorf("instance %s was read as %v", text, back.Instance)
		}
	}
}

func TestNumbersForPeople(t *testing.T) {
	for _, c := range []struct{ lo, hi, want string }{
		{"0.721408", "0.721409", "0.72140[8,9]"}, {"-2.51", "-2.49", "-2.[51,49]"}, {"3", "3", "3"},
		{"0.99", "1.01", "[0.99, 1.01]"}, {"1.2e-9", "1.3e-9", "1.[2,3]e-9"}, {"1.2e-9", "1.3e-10", "[1.2e-9, 1.3e-10]"}, {"0.5", "0.51", "0.5[0,1]"}, {"-0.2", "0.1", "[-0.2, 0.1]"}, {"9.9", "10.0", "[9.9, 10.0]"}, {"1", "2", "[1, 2]"}, {"9.9", "10.1", "[9.9, 10.1]"}, {"-0.1", "0.1", "[-0.1, 0.1]"},
	} {
		if got := (Number{Lo: c.lo, Hi: c.hi}).String(); got != c.want {
			t.Errorf("%s to %s: %s, want %s", c.lo, c.hi, got, c.want)
		}
	}
}
