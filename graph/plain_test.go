package graph

import (
	"bufio"
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"

	"muflow/internal/strict"
)

// TestPlainIsAnyForm: of the instances of the suite, whole and with bytes changed, left out
// and put in, plain reads all that are whole, and nothing but what anyForm reads.
func TestPlainIsAnyForm(t *testing.T) {
	all, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	const bytesOfForms = `0123456789[]{},:"-.eE novrticesdgaphu`
	changed := 0
	for i := range all {
		var text bytes.Buffer
		if err := Encode(&text, all[i:i+1]); err != nil {
			t.Fatal(err)
		}
		whole := bytes.Trim(text.Bytes(), "[] \n")
		for k := range 60 {
			mutant := bytes.Clone(whole)
			for range min(k, 1+random.IntN(2)) {
				at, b := random.IntN(len(mutant)), bytesOfForms[random.IntN(len(bytesOfForms))]
				switch random.IntN(3) {
				case 0:
					mutant[at] = b
				case 1:
					mutant = append(mutant[:at], mutant[at+1:]...)
				default:
					mutant = append(mutant[:at], append([]byte{b}, mutant[at:]...)...)
				}
			}
			element, err := strict.NewScanner(bufio.NewReader(bytes.NewReader(mutant))).Raw()
			if err != nil || element[0] != '{' {
				continue
			}
			got := plain(element)
			if got == nil && k == 0 {
				t.Fatalf("%s is not read", element)
			}
			if got == nil {
				continue
			}
			want, err := new(Reader).anyForm(element)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%s: %v, expected %v (%v)", element, got, want, err)
			}
			if !bytes.Equal(mutant, whole) {
				changed++
			}
		}
	}
	if changed < 100 {
		t.Errorf("only %d changed texts are instances", changed)
	}
}
