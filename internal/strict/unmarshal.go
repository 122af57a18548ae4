package strict

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// Unmarshal is json.Unmarshal, but that keys match fields exactly and a key
// that occurs twice in an object is an error. A field without a tag is matched by
// its name in lower case. Keys that match no field are ignored.
func Unmarshal(text []byte, to any) error {
	s := NewScanner(bytes.NewReader(text))
	var out bytes.Buffer
	if err := s.matching(&out, reflect.TypeOf(to)); err != nil {
		return err
	}
	if err := s.End(); err != nil {
		return err
	}
	return json.Unmarshal(out.Bytes(), to)
}

var (
	jsonReader = reflect.TypeFor[json.Unmarshaler]()
	textReader = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// matching consumes a value that is meant for a Go type and writes it without
// the keys that match no field.
func (s *Scanner) matching(out *bytes.Buffer, t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	b, _ := s.Peek() // what is wrong with the stream comes out when it is copied
	p := reflect.PointerTo(t)
	own := p.Implements(jsonReader) || p.Implements(textReader)
	switch kind := t.Kind(); {
	case own:
	case b == '{' && (kind == reflect.Struct || kind == reflect.Map):
		fields := fieldsOf(t)
		out.WriteByte('{')
		err := s.Object(func(key string) error {
			inner, known := fields[key]
			if kind == reflect.Map {
				inner, known = t.Elem(), true
			}
			if !known {
				return s.Skip()
			}
			quoted, err := json.Marshal(key)
			if err != nil {
				return err
			}
			separate(out)
			out.Write(append(quoted, ':'))
			return s.matching(out, inner)
		})
		out.WriteByte('}')
		return err
	case b == '[' && (kind == reflect.Slice || kind == reflect.Array):
		out.WriteByte('[')
		err := s.Array(func(int) error {
			separate(out)
			return s.matching(out, t.Elem())
		})
		out.WriteByte(']')
		return err
	}
	raw, err := s.Raw()
	out.Write(raw)
	return err
}

// separate writes a comma if something stands before it in the brackets.
func separate(out *bytes.Buffer) {
	if text := out.Bytes(); text[len(text)-1] != '{' && text[len(text)-1] != '[' {
		out.WriteByte(',')
	}
}

// known holds what fieldsOf found, by type.
var known sync.Map

// fieldsOf returns the types of the fields of a struct by their keys: those of
// their tags, else their names in lower case. The map is shared.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if t.Kind() != reflect.Struct {
		return nil
	}
	if found, ok := known.Load(t); ok {
		return found.(map[string]reflect.Type)
	}
	fields, depth := map[string]reflect.Type{}, map[string]int{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || !f.IsExported() || f.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		if d, seen := depth[name]; !seen || len(f.Index) < d { // an outer field hides an inner one
			fields[name], depth[name] = f.Type, len(f.Index)
		}
	}
	known.Store(t, fields)
	return fields
}
