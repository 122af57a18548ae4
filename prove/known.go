package prove

import (
	"context"
	"encoding/binary"
	"hash/maphash"
	"sync"

	"muflow/theory"
)

// A Known keeps what was decided on profiles, or by walks, for the next of the same
// kind: at most so many of them, those that were asked for last. It is for selections
// that differ in nothing but Units, and for any number of goroutines. What it
// gives back has no certificates.
type Known struct {
	lock       sync.Mutex
	most       int
	young, old shelf // packed results by profile, or by walks
}

// NewKnown returns an empty store for about so many profiles, at about 2 KB each.
func NewKnown(most int) *Known { return &Known{most: max(1, most/2)} }

// decide is decideAll, once for what is kept: for a profile all claims, for a step
// those about walk weights. A nil store keeps none.
func (k *Known) decide(ctx context.Context, claims []*Claim, e *Subject) ([]Result, error) {
	if k == nil {
		return decideAll(ctx, claims, e)
	}
	if e.key != "" {
		return k.once(claims, e.key, func() ([]Result, error) { return decideAll(ctx, claims, e) })
	}
	var walk, other []*Claim
	for _, c := range claims {
		if c.byWalks {
			walk = append(walk, c)
		} else {
			other = append(other, c)
		}
	}
	if walk == nil {
		return decideAll(ctx, claims, e)
	}
	key, err := e.walkKey()
	if err != nil {
		return nil, err
	}
	known, err := k.once(walk, key, func() (out []Result, err error) {
		for _, c := range walk {
			one := []*Claim{c}
			decide := func() ([]Result, error) { return decideAll(ctx, one, e) }
			var r []Result
			if less := c.byLess; less == nil {
				r, err = decide()
			} else if key, failure := less(e); failure != nil {
				r, err = decide()
			} else {
				r, err = k.once(one, key, decide)
			}
			if err != nil {
				return nil, err
			}
			out = append(out, r...)
		}
		return out, nil
	})
	if err != nil {
		return nil, err
	}
	rest, err := decideAll(ctx, other, e)
	if err != nil {
		return nil, err
	}
	out := make([]Result, 0, len(claims))
	for _, c := range claims {
		from := &rest
		if c.byWalks {
			from = &known
		}
		out, *from = append(out, (*from)[0]), (*from)[1:]
	}
	return out, nil
}

// once decides claims, or gives what is kept under a key.
func (k *Known) once(claims []*Claim, key string, decide func() ([]Result, error)) ([]Result, error) {
	k.lock.Lock()
	packed, ok := k.young.get(key)
	if !ok {
		if packed, ok = k.old.get(key); ok {
			k.keep(key, packed)
		}
	}
	k.lock.Unlock()
	if ok {
		return unpack(packed, claims), nil
	}
	results, err := decide()
	if err != nil {
		return nil, err
	}
	for i := range results {
		results[i].Certificate = nil
	}
	packed = pack(results)
	k.lock.Lock()
	defer k.lock.Unlock()
	k.keep(key, packed)
	return results, nil
}

// keep adds to the younger half; when that is full the older one is forgotten.
func (k *Known) keep(key, packed string) {
	if len(k.young.at) >= k.most {
		k.old, k.young = k.young, shelf{}
	}
	k.young.put(key, packed)
}

// A shelf holds texts by keys in a few large pieces of memory without pointers, through
// which the collector need not go. A key may displace another one, so that what is
// put there may be gone.
type shelf struct {
	at     map[uint64]shelfPlace // by a hash of the key
	pieces [][]byte
}

// A shelfPlace is where a key stands, and behind it its text.
type shelfPlace struct{ piece, from, text, end uint32 }

const shelfPiece = 1 << 20 // bytes

var shelfSeed = maphash.MakeSeed()

func (s *shelf) get(key string) (string, bool) {
	p, ok := s.at[maphash.String(shelfSeed, key)]
	if !ok || string(s.pieces[p.piece][p.from:p.text]) != key {
		return "", false
	}
	return string(s.pieces[p.piece][p.text:p.end]), true
}

func (s *shelf) put(key, text string) {
	if s.at == nil {
		s.at = map[uint64]shelfPlace{}
	}
	last, size := len(s.pieces)-1, len(key)+len(text)
	if last < 0 || cap(s.pieces[last])-len(s.pieces[last]) < size {
		s.pieces, last = append(s.pieces, make([]byte, 0, max(shelfPiece, size))), last+1
	}
	piece := s.pieces[last]
	from := len(piece)
	s.pieces[last] = append(append(piece, key...), text...)
	s.at[maphash.String(shelfSeed, key)] = shelfPlace{uint32(last), uint32(from), uint32(from + len(key)), uint32(from + size)}
}

// pack writes results without claims, places and certificates: lengths, then text.
func pack(results []Result) string {
	var out []byte
	text := func(s string) {
		out = binary.AppendUvarint(out, uint64(len(s)))
		out = append(out, s...)
	}
	for _, r := range results {
		out = append(out, byte(r.Verdict))
		text(r.Reason)
		present := byte(0)
		if r.Values != nil {
			present = 1
		}
		out = binary.AppendUvarint(append(out, present), uint64(len(r.Values)))
		for name, x := range r.Values {
			common := 0 // digits at the beginning of both ends
			for common < min(len(x.Lo), len(x.Hi)) && x.Lo[common] == x.Hi[common] {
				common++
			}
			out = append(out, byte(x.Evidence))
			text(name)
			text(x.Lo)
			out = binary.AppendUvarint(out, uint64(common))
			text(x.Hi[common:])
		}
	}
	return string(out)
}

// unpack reads what pack writes.
func unpack(packed string, claims []*Claim) []Result {
	in := []byte(packed)
	one := func() byte {
		b := in[0]
		in = in[1:]
		return b
	}
	number := func() int {
		n, size := binary.Uvarint(in)
		in = in[size:]
		return int(n)
	}
	text := func() string {
		n := number()
		at := len(packed) - len(in)
		in = in[n:]
		return packed[at : at+n]
	}
	out := make([]Result, len(claims))
	for i, c := range claims {
		r := Result{Claim: c.ID, Verdict: theory.Verdict(one()), Reason: text()}
		present, count := one() == 1, number()
		if present {
			r.Values = make(map[string]Number, count)
		}
		for range count {
			x := Number{Evidence: Evidence(one())}
			name := text()
			x.Lo = text()
			x.Hi = x.Lo[:number()] + text()
			r.Values[name] = x
		}
		out[i] = r
	}
	return out
}
