package explore

// A turning follows a path and knows how far it turns back: the lesser of its
// largest fall and its largest rise, 0 of a monotone path.
type turning struct {
	begun      bool
	low, high  float64 // so far
	fall, rise float64 // the largest from an earlier point to a later one
}

func (t *turning) add(x float64) {
	if !t.begun {
		t.begun, t.low, t.high = true, x, x
	}
	t.low, t.high = min(t.low, x), max(t.high, x)
	t.fall, t.rise = max(t.fall, t.high-x), max(t.rise, x-t.low)
}

func (t *turning) size() float64 { return min(t.fall, t.rise) }

// exactTurn is what exact descent has to turn back by at least to have turned: rounding turns
// it by less than a millionth of that.
const exactTurn = 1e-8

// turningBand is beyond how many floors a path is said to have turned.
const turningBand = 3

// monotone says whether a path goes to its end without turning: 1 if it turns back by
// no more than a floor and is decided, that is settles or goes on without bound; −1 if it
// turns back by more than three times the floor and three times what noise turns back;
// 0 between, or if a number is not finite.
func (t *turning) monotone(floor, noise float64, decided bool) int8 {
	switch size := t.size(); {
	case size > turningBand*max(floor, noise) && size-size == 0:
		return -1
	case size <= floor && decided:
		return 1
	}
	return 0
}

// stretches is in how many equal parts a path of random samples is cut, whose means are
// followed in place of single steps. What noise turns back is read off the second half.
const stretches = 48

// An averager returns the mean of every so many numbers.
type averager struct {
	length, count int
	sum           float64
}

func (a *averager) add(x float64) (mean float64, full bool) {
	a.sum += x
	if a.count++; a.count < a.length {
		return 0, false
	}
	mean = a.sum / float64(a.count)
	a.sum, a.count = 0, 0
	return mean, true
}
