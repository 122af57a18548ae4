package strict

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

type inner struct {
	Count *int              `json:"count"`
	Named map[string]*inner `json:"named"`
	Raw   json.RawMessage   `json:"raw"`
}

type outer struct {
	inner
	List []inner         `json:"list"`
	Raw  json.RawMessage `json:"raw"` // hides that of inner
	Any  any
}

func TestKeysMatchExactlyAndOnce(t *testing.T) {
	var got outer
	text := `{"count":1,"Count":2,"COUNT":[],"list":[{"count":3},{"Count":4}, null],"named":{"Count":{"count":5},"count":{"cOunt":6}},"raw":{"Count": 7},"Any":8,"any":{"a":[1,{}]},"extra":{"x":[{},[]]}}`
	if err := Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if *got.Count != 1 || *got.List[0].Count != 3 || got.List[1].Count != nil || len(got.List) != 3 || *got.Named["Count"].Count != 5 || got.Named["count"].Count != nil ||
		string(got.Raw) != `{"Count":7}` || !reflect.DeepEqual(got.Any, map[string]any{"a": []any{1.0, map[string]any{}}}) {
		t.Errorf("%+v", got)
	}
	for _, text := range []string{`{"count":1,"count":1}`, `{"extra":{"a":1,"a":2}}`, `{"c\u006funt":1,"count":1}`, `{"raw":[{"x":0,"x":0}]}`} {
		var syntax *SyntaxError
		if err := Unmarshal([]byte(text), &got); !errors.As(err, &syntax) || !strings.Contains(err.Error(), "twice") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// The oracle is encoding/json, which agrees on what is JSON but for repeated
// keys, invalid UTF-8, and bounds.
func FuzzScannerAgreesWithEncodingJSON(f *testing.F) {
	for _, text := range []string{`{"a":[1,-0.5e+3,"x\n\u00e9",true,false,null,{}]}`, `[1,]`, `{"a" 1}`, `01`, `-`, `"\x"`, "\"\x01\"", `[[[]]]`, ` {} `, `{}{}`, `tru`, `{,}`, `1e`, ``, `"a`, "\"\xff\""} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := NewScanner(bufio.NewReader(bytes.NewReader(text)))
		raw, err := s.Raw()
		if err == nil {
			err = s.End()
		}
		valid := json.Valid(text)
		if err == nil && !valid {
			t.Fatalf("%q is taken", text)
		}
		if err == nil {
			var b bytes.Buffer
			if json.Compact(&b, text) != nil || b.String() != string(raw) {
				t.Fatalf("%q is kept as %q", text, raw)
			}
		}
		var syntax *SyntaxError
		if err != nil && !errors.As(err, &syntax) {
			t.Fatal(err)
		}
		if err != nil && valid && !strings.Contains(err.Error(), "twice") && !strings.Contains(err.Error(), "brackets in each other") && !strings.Contains(err.Error(), "UTF-8") {
			t.Fatalf("%q is JSON: %v", text, err)
		}
		var one, two any
		if Unmarshal(text, &one) == nil && (json.Unmarshal(text, &two) != nil || !reflect.DeepEqual(one, two)) {
			t.Fatalf("%q: %v and %v", text, one, two)
		}
	})
}

// endless is an endless stream of one byte.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

func TestWhatIsTooLongIsRefused(t *testing.T) {
	for _, start := range []string{`"`, ` `, `[`, `{"a":"`, `["`} {
		for _, more := range []byte(` 1[a`) {
			s := NewScanner(bufio.NewReader(io.MultiReader(strings.NewReader(start), endless(more))))
			s.Allow(1 << 20)
			if err := s.Skip(); err == nil {
				t.Errorf("%q and endless %q are a value", start, more)
			}
		}
	}
}
