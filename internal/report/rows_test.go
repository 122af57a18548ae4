package report

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"math/big"
	"strings"
	"testing"

	"muflow/prove"
)

// What is shown of a number holds it: cut digits are those of both ends, rounded
// ones are within half a unit of both.
func TestShownNumbers(t *testing.T) {
	for _, c := range []struct{ low, high, want string }{
		{"0.123456", "0.123457", "0.12345…"}, {"0", "0", "0"}, {"1.5", "1.5", "1.5"}, {"-0.0012345678", "-0.0012345677", "-0.0012345…"},
		{"1e-20", "1e-20", "1e-20"}, {"123456", "123456", "123450…"}, {"1e30", "1e30", "1e30"}, {"0.99999999", "1.00000001", "≈1"},
		{"12", "12", "12"}, {"-1e-22", "1e-22", ""}, {"1.2", "1.9", ""}, {"NaN", "NaN", ""}, {"", "", ""}, {"1e99999", "1e99999", ""}, {"120", "120", "120"},
	} {
		got := ""
		if v, ok := show(prove.Number{Lo: c.low, Hi: c.high}); ok {
			got = v.String()
		}
		if got != c.want {
			t.Errorf("[%s, %s]: %q, expected %q", c.low, c.high, got, c.want)
		}
	}
}

func FuzzShown(f *testing.F) {
	f.Add("0.1", "0.2")
	f.Add("-1.00001e7", "-1.00000e7")
	f.Add("99999.9", "100000.1")
	f.Fuzz(func(t *testing.T, low, high string) {
		v, ok := show(prove.Number{Lo: low, Hi: high})
		if !ok || len(low) > 40 || len(high) > 40 {
			return
		}
		text := strings.Trim(v.String(), "≈…")
		got, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("[%s, %s] is shown as %s", low, high, v)
		}
		// A unit of the last digit, all of it if cut, half of it if rounded.
		unit := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(v.exponent, -v.exponent))), nil))
		if v.exponent < 0 {
			unit.Inv(unit)
		}
		for _, end := range []string{low, high} {
			x, ok := new(big.Rat).SetString(end)
			if !ok {
				t.Fatalf("%q is shown as %s", end, v)
			}
			if gap := new(big.Rat).Sub(x, got); gap.Abs(gap).Cmp(unit) > 0 || v.how == 0 && gap.Sign() != 0 || x.Sign()*got.Sign() < 0 {
				t.Errorf("%s of [%s, %s] is shown as %s", end, low, high, v)
			}
		}
	})
}

// What is packed is read again, by a reader of its own, and is the results.
func TestPackedRows(t *testing.T) {
	results, err := Load(smallSweep(t))
	if err != nil {
		t.Fatal(err)
	}
	all := rowsOf(results)
	text, err := all.pack(results)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(flate.NewReader(bytes.NewReader(raw)))
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := bytes.Cut(plain, []byte("\n"))
	var h rowHeader
	if err := json.Unmarshal(head, &h); err != nil {
		t.Fatal(err)
	}
	r := bytes.NewReader(rest)
	plus := func() int {
		v, err := binary.ReadUvarint(r)
		if err != nil {
			t.Fatal(err)
		}
		return int(v)
	}
	signed := func() int { v := plus(); return v>>1 ^ -(v & 1) }
	columns := make([][]int, 11)
	for k := range columns {
		for range h.Rows {
			columns[k] = append(columns[k], signed())
		}
	}
	checks, instance := 0, 0
	for i, row := range all.list {
		instance += columns[2][i]
		if h.Data[columns[0][i]] != row.data || h.Alphas[columns[1][i]] != row.alpha || instance != int(row.Instance) || columns[3][i] != row.Step || columns[5][i] != row.profile.N || columns[10][i] != row.profile.MaxDegree() {
			t.Fatalf("row %d: %v, expected %+v", i, columns[3][i], row.place)
		}
		for _, e := range row.entries {
			for k, claim := range h.Claims {
				if claim.ID != e.Claim {
					continue
				}
				if got := h.Verdicts[h.Marks[columns[4][i]][k].Verdict]; got != e.Verdict.String() {
					t.Errorf("row %d, %s: %s, expected %v", i, e.Claim, got, e.Verdict)
				}
				checks++
			}
		}
	}
	for range h.Numbers {
		for range 2 * h.Rows {
			plus()
		}
	}
	for range h.Instances {
		set, at, n := plus(), plus(), plus()
		in := &results.Datasets[set].Instances[at]
		if n != in.Graph.Order() || plus() != in.Root || plus() != in.Target || plus() != in.Other {
			t.Fatalf("instance %d", at)
		}
		for range plus() {
			plus()
		}
		for u := range n {
			last := u
			for range plus() {
				if last += signed(); !in.Graph.HasEdge(u, last) {
					t.Errorf("instance %d: %d→%d", at, u, last)
				}
				checks++
			}
		}
	}
	if r.Len() != 0 || checks < 100 || h.Rows != all.total {
		t.Errorf("%d bytes left, %d checks, %d rows of %d", r.Len(), checks, h.Rows, all.total)
	}
}
