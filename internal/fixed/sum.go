package fixed

import "math/bits"

// A Sum is a number that products and coefficients are added to, in two's
// complement with a word to spare. The zero value is ready for Begin; it keeps
// scratch space and must not be shared.
type Sum struct {
	words    []uint64
	base     int    // exponent of the last place
	dropped  uint64 // what was left out is at most dropped·2^{base+64}
	masks    []uint64
	counts   []uint64 // counts[i]: negative products before product i
	left     []uint64
	diagonal diagonal
	out      []uint64
	few      *transposition // nil before the first use
}

// Begin sets the sum to 0. Its last place is chosen for a result in units of
// 2^unit out of products whose unit is 2^exact; no single thing that is added
// later may reach 2^top.
func (s *Sum) Begin(unit, exact, top int) {
	s.base = exact + 64*max(0, (unit-exact)>>6-1)
	n := max(1, (top-s.base+63)>>6+1)
	if cap(s.words) < n {
		s.words = make([]uint64, n, 2*n)
	}
	s.words = s.words[:n]
	clear(s.words)
	s.dropped = 0
}

// BeginProducts is Begin for products of coefficients of x and y, and of terms
// below 2^top if that is more.
func (s *Sum) BeginProducts(unit int, x, y *Series, top int) {
	exact := x.unit + y.unit
	s.Begin(unit, exact, max(exact+64*(x.used+y.used), top))
}

// Products adds Σ_{from≤i≤to} x_i·y_{k−i}, after BeginProducts with these
// series. Diagonals of words below the last place are left out: of one pair
// less than min(words of x, words of y) + 1 words of the place above.
func (s *Sum) Products(x, y *Series, from, to, k int) {
	if from > to || x.used == 0 || y.used == 0 {
		return
	}
	bottom := (s.base - x.unit - y.unit) >> 6
	if bottom > 0 {
		s.dropped += uint64(to-from+1) * uint64(min(x.used, y.used)+1)
	}
	n := to - from + 1
	if n <= mostFew && min(x.used, y.used) >= manyWords {
		s.fewProducts(x, y, from, to, k, bottom)
		return
	}
	if cap(s.masks) < n {
		s.masks, s.counts = make([]uint64, 2*n), make([]uint64, 2*n+1)
	}
	masks, counts := s.masks[:n], s.counts[:n+1]
	signs, others := x.signs[from:to+1], y.signs[k-to:k-from+1]
	others = others[:len(signs)]
	total := uint64(0)
	for i, m := range signs {
		m ^= others[len(others)-1-i]
		masks[i] = m
		counts[i] = total
		total -= m // a mask is −1 or 0
	}
	counts[n] = total
	d := &s.diagonal
	*d = diagonal{
		x: &x.planes[0][0], strideX: 8 * len(x.signs), lastX: &x.last[0],
		y: &y.planes[0][0], strideY: 8 * len(y.signs), lastY: &y.last[0],
		masks: &masks[0], counts: &counts[0], from: from, to: to, k: k,
	}
	for at, w := range s.words {
		var c uint64
		d.sum[0], c = bits.Add64(d.sum[0], w, 0)
		d.sum[1], c = bits.Add64(d.sum[1], 0, c)
		d.sum[2] += c
		place := bottom + at
		d.planeX = max(0, place-y.used+1)
		d.planeY = place - d.planeX
		if d.pairs = min(place, x.used-1) - d.planeX + 1; d.pairs > 0 {
			d.add(x, y, masks, counts)
		}
		s.words[at] = d.sum[0]
		d.sum = [3]uint64{d.sum[1], d.sum[2], uint64(int64(d.sum[2]) >> 63)}
	}
}

// Square adds Σ_{0≤i≤k} x_i·x_{k−i} to a sum that is 0, after BeginProducts,
// leaving out the first skip of the pairs on either side.
func (s *Sum) Square(x *Series, skip, k int) {
	s.Products(x, x, skip, (k+1)/2-1, k)
	s.Double()
	if k%2 == 0 && k/2 >= skip {
		s.Products(x, x, k/2, k/2, k)
	}
}

// Double doubles the sum.
func (s *Sum) Double() {
	carry := uint64(0)
	for i, w := range s.words {
		s.words[i] = w<<1 | carry
		carry = w >> 63
	}
	s.dropped *= 2
}

// Negate changes the sign of the sum.
func (s *Sum) Negate() {
	carry := uint64(1)
	for i, w := range s.words {
		s.words[i], carry = bits.Add64(^w, 0, carry)
	}
}

// Add adds ±(coefficient k of x).
func (s *Sum) Add(x *Series, k int, negative bool) {
	s.left = x.gather(k, s.left)
	s.addWords(s.left, x.unit, negative != (x.signs[k] != 0))
}

// AddNumber adds ±x.
func (s *Sum) AddNumber(x Number, negative bool) {
	s.addWords(x.Words, x.Unit, negative != x.Negative)
}

func (s *Sum) addWords(x []uint64, unit int, negative bool) {
	at, bit := (unit-s.base)>>6, uint(unit-s.base)&63
	// The words of x, moved by bit places, begin at place at.
	carry := uint64(0)
	place := at
	if place < 0 {
		if s.dropped += uint64(min(1, len(x))); len(x)+place < 0 {
			return
		}
		place = 0
	}
	for i := place - at; place < len(s.words); i, place = i+1, place+1 {
		v := uint64(0)
		if i < len(x) {
			v = x[i] << bit
		} else if i > len(x) && carry == 0 {
			return
		}
		if bit > 0 && i > 0 && i <= len(x) {
			v |= x[i-1] >> (64 - bit)
		}
		if negative {
			s.words[place], carry = bits.Sub64(s.words[place], v, carry)
		} else {
			s.words[place], carry = bits.Add64(s.words[place], v, carry)
		}
	}
}

// All sets the sum to that of coefficients 0…order of x.
func (s *Sum) All(x *Series, order int) {
	s.Begin(x.unit, x.unit, x.unit+64*x.used)
	var lo, hi, c uint64
	for at := range s.words {
		if at < x.used {
			for k := range min(order, x.last[at]) + 1 {
				m := x.signs[k]
				lo, c = bits.Add64(lo, x.planes[at][k]^m, 0)
				hi += m + c
				lo, c = bits.Add64(lo, m&1, 0)
				hi += c
			}
		}
		s.words[at] = lo
		lo, hi = hi, uint64(int64(hi)>>63)
	}
}

// Value sets the sum to Σ_{k≤order} x_k·2^{−halvings·k}, or to that of k·x_k if
// weighted, off by at most a unit of x for every k; order < 2^24.
func (s *Sum) Value(x *Series, order, halvings int, weighted bool) {
	s.Begin(x.unit, x.unit-64, x.unit+64*x.used+24)
	for k := range order + 1 {
		s.left = x.gather(k, s.left)
		if weighted {
			carry := uint64(0)
			for i, w := range s.left {
				high, low := bits.Mul64(w, uint64(k))
				var c uint64
				s.left[i], c = bits.Add64(low, carry, 0)
				carry = high + c
			}
			s.left = append(s.left, carry)
		}
		s.addWords(s.left, x.unit-halvings*k, x.signs[k] != 0)
	}
}

// Scale sets the sum to c·(coefficient k of x), for a result in units of 2^unit.
func (s *Sum) Scale(unit int, c Number, x *Series, k int) {
	exact := c.Unit + x.unit
	s.Begin(unit, exact, max(exact+64*(len(c.Words)+x.used), unit))
	s.left = x.gather(k, s.left)
	s.product(c.Words, s.left, (s.base-exact)>>6, c.Negative != (x.signs[k] != 0))
}

// Multiply sets the sum to x·y, for a result in units of 2^unit.
func (s *Sum) Multiply(x, y Number, unit int) {
	exact := x.Unit + y.Unit
	s.Begin(unit, exact, exact+64*(len(x.Words)+len(y.Words)))
	s.product(x.Words, y.Words, (s.base-exact)>>6, x.Negative != y.Negative)
}

func (s *Sum) product(x, y []uint64, bottom int, negative bool) {
	if len(x) == 0 || len(y) == 0 {
		return
	}
	if bottom > 0 {
		s.dropped += uint64(min(len(x), len(y)) + 1)
	}
	var mask uint64
	if negative {
		mask = ^mask
	}
	var lo, hi, top, c uint64
	for at := range s.words {
		d := bottom + at
		first, end := max(0, d-len(y)+1), min(d+1, len(x))
		if first < end {
			for i, v := range x[first:end] {
				h, l := bits.Mul64(v, y[d-first-i])
				lo, c = bits.Add64(lo, l^mask, 0)
				hi, c = bits.Add64(hi, h^mask, c)
				top, _ = bits.Add64(top, mask, c)
			}
			lo, c = bits.Add64(lo, uint64(end-first)&mask, 0)
			hi, c = bits.Add64(hi, 0, c)
			top += c
		}
		s.words[at] = lo
		lo, hi, top = hi, top, uint64(int64(top)>>63)
	}
}

// Round returns the sum as a multiple of 2^unit, to be used before the next
// rounding, and a bound of the error in that unit: of the rounding towards 0
// and of all that was left out before.
func (s *Sum) Round(unit int) (z Number, errors uint64) {
	mask, n := uint64(int64(s.words[len(s.words)-1])>>63), len(s.words)
	carry := mask & 1
	shift := unit - s.base
	if cap(s.out) < n+2 {
		s.out = make([]uint64, 2*n+2)
	}
	if shift <= 0 { // nothing is lost
		out := append(s.out[:0], make([]uint64, (-shift)>>6)...)
		bit, previous := uint(-shift)&63, uint64(0)
		for _, w := range s.words {
			w, carry = bits.Add64(w^mask, 0, carry)
			out = append(out, w<<bit|previous>>(64-bit)) // a shift by 64 gives 0
			previous = w
		}
		s.out = append(out, previous>>(64-bit))
		if s.dropped != 0 {
			errors = TooMany
		}
		return trimmed(s.out, unit, mask != 0), errors
	}
	at, bit := shift>>6, uint(shift)&63
	lost, previous := uint64(0), uint64(0)
	i := 0
	for ; i < min(at, n); i++ {
		previous, carry = bits.Add64(s.words[i]^mask, 0, carry)
		lost |= previous
	}
	out := s.out[:0]
	if i < n {
		previous, carry = bits.Add64(s.words[i]^mask, 0, carry)
		lost |= previous << (64 - bit)
		for i++; i < n; i++ {
			var w uint64
			w, carry = bits.Add64(s.words[i]^mask, 0, carry)
			out = append(out, previous>>bit|w<<(64-bit))
			previous = w
		}
		out = append(out, previous>>bit)
	}
	s.out = out
	return trimmed(out, unit, mask != 0), s.errors(shift, lost != 0)
}

// errors bounds the error of rounding away shift > 0 places, of which some were
// not 0 if inexact.
func (s *Sum) errors(shift int, inexact bool) uint64 {
	errors := s.dropped
	if errors != 0 {
		if shift <= 64 {
			if errors = s.dropped << (64 - shift); errors>>(64-shift) != s.dropped {
				return TooMany
			}
		} else {
			errors = s.dropped>>min(shift-64, 63) + 1
		}
	}
	if inexact {
		errors++
	}
	return min(errors, TooMany)
}

func trimmed(words []uint64, unit int, negative bool) Number {
	n := len(words)
	for n > 0 && words[n-1] == 0 {
		n--
	}
	return Number{words[:n], unit, negative && n > 0}
}

// Store rounds the sum into coefficient k and returns a bound of the error in
// units of the series; ok is false where it has no room for the number, or the
// error no bound.
func (s *Sum) Store(z *Series, k int) (errors uint64, ok bool) {
	shift, words := z.unit-s.base, s.words
	if shift <= 0 {
		x, errors := s.Round(z.unit)
		return errors, z.Put(k, x) && errors < TooMany
	}
	// As Round and Put, without a copy.
	mask := uint64(int64(words[len(words)-1]) >> 63)
	at, bit := min(shift>>6, len(words)), uint(shift)&63
	carry, lost, previous := mask&1, uint64(0), uint64(0)
	for _, w := range words[:at] {
		w, carry = bits.Add64(w^mask, 0, carry)
		lost |= w
	}
	used, planes := 0, z.planes
	if at < len(words) {
		previous, carry = bits.Add64(words[at]^mask, 0, carry)
		lost |= previous << (64 - bit)
		for j := range len(words) - at {
			var w uint64
			if at+j+1 < len(words) {
				w, carry = bits.Add64(words[at+j+1]^mask, 0, carry)
			}
			v := previous>>bit | w<<(64-bit)
			if v != 0 {
				used = j + 1
			}
			if j < len(planes) {
				planes[j][k] = v
			}
			previous = w
		}
	}
	for j := len(words) - at; j < len(planes); j++ {
		planes[j][k] = 0
	}
	errors = s.errors(shift, lost != 0)
	if used > len(planes) {
		z.put(k, nil, false)
		return errors, false
	}
	z.lengths[k], z.signs[k] = used, 0
	if used > 0 {
		z.signs[k] = mask
	}
	for j := range used {
		z.last[j] = k
	}
	z.used = max(z.used, used)
	return errors, errors < TooMany
}

// TooMany stands for errors that were not bounded.
const TooMany = 1 << 56

// Put sets coefficient k to a number in the unit of the series, and reports
// whether there is room for it. Coefficients are set in ascending order.
func (s *Series) Put(k int, x Number) bool {
	if len(x.Words) > len(s.planes) {
		s.put(k, nil, false)
		return false
	}
	s.put(k, x.Words, x.Negative)
	return true
}

// Over divides x by n > 0 in place, towards 0: by less than one unit if not
// exact.
func (x Number) Over(n uint64) (z Number, exact bool) {
	rest := uint64(0)
	for i := len(x.Words) - 1; i >= 0; i-- {
		x.Words[i], rest = bits.Div64(rest, x.Words[i], n)
	}
	for len(x.Words) > 0 && x.Words[len(x.Words)-1] == 0 {
		x.Words = x.Words[:len(x.Words)-1]
	}
	return x, rest == 0
}
