package baseline

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"muflow/internal/runlog"
	"muflow/internal/strict"
)

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// encode writes a head, an object, with records in it, one a line.
func encode[R any](head any, records []R) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(head); err != nil {
		return nil, err
	}
	out.Truncate(out.Len() - len("}\n"))
	out.WriteString(",\n\"records\":[")
	between := "\n"
	for i := range records {
		out.WriteString(between)
		if err := encoder.Encode(&records[i]); err != nil {
			return nil, err
		}
		out.Truncate(out.Len() - len("\n"))
		between = ",\n"
	}
	out.WriteString("]}\n")
	return out.Bytes(), nil
}

// maxEntry bounds the bytes of a cache entry.
const maxEntry = 1 << 20

// load reads a result from the cache, nil if there is none. One that is not what
// store put there is none, and wrong; what is no regular file is an error, as
// neither load nor store may follow a link out of the folder.
func load[R any](dir, name string, whole func(*R) bool) (r *R, wrong bool, err error) {
	if dir == "" {
		return nil, false, nil
	}
	text, err := runlog.ReadIn(dir, name+".json", maxEntry)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if strict.Unmarshal(text, &r) != nil || r == nil || !whole(r) {
		return nil, true, nil
	}
	return r, false, nil
}

func store[R any](dir, name string, r R) error {
	if dir == "" {
		return nil
	}
	return runlog.ReplaceIn(dir, name+".json", func(w io.Writer) error { return json.NewEncoder(w).Encode(r) })
}

// intact reports a record that occurs twice, or whose sum is not that of its
// content, of so many.
func intact(n int, record func(i int) (place, sum, content string)) error {
	seen := map[string]bool{}
	for i := range n {
		place, sum, content := record(i)
		switch {
		case seen[place]:
			return fmt.Errorf("records[%d]: %s occurs twice", i, place)
		case sum != content:
			return fmt.Errorf("records[%d]: %s was altered, its content has another sum", i, place)
		}
		seen[place] = true
	}
	return nil
}
