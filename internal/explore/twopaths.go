package explore

// This file adds a loss and a dial to the theory, and shows how: a loss is the
// set S of right vertices, for the reduced flow and for the simulated model; a
// dial is a Dial that registers itself. Two paths are demonstrated at once,
//
//	ℓ = −log(softmax(ξ)_p + softmax(ξ)_{p'})

func init() {
	register(&Dial{ID: "paths", Name: "two demonstrated vertices (1) for one (0)", Theory: derived, Positions: []float64{0, 1}, Discrete: true,
		at: func(t *trial, x float64) error {
			if x == 0 {
				return nil
			}
			v, err := t.setting.second()
			t.also = []int{v}
			return err
		}})
}

// second returns another newly reached vertex than the demonstrated one, the
// first of a different in-degree.
func (s *Setting) second() (int, error) {
	degrees, p := s.Degrees(), s.Target()
	for v, in := range s.Next() {
		if in && v != p && degrees[v] > 0 && degrees[v] != degrees[p] {
			return v, nil
		}
	}
	return 0, errNoPosition
}
