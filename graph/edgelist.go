package graph

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// edgeList reads the one instance of an edge list: lines "u v" and a line
//
//	# root r target t [other o] [vertices n] [path r … t]
//
// which may be spread over several. Other lines that begin with # are remarks,
// and what stands in braces behind an edge is ignored: networkx writes both.
// Vertices are the numbers 0…n−1, without "vertices n" each of them in an edge
// or in the line, or else any words, counted by their first mention.
func (r *Reader) edgeList() (*Instance, error) {
	var edges [][2]string
	given := map[string][]string{} // the words behind each key of the line
	lines := bufio.NewScanner(io.LimitReader(r.text, MaxInstanceBytes+1))
	lines.Buffer(nil, 1<<20)
	read := 0
	for at := 1; lines.Scan(); at++ {
		if read += len(lines.Bytes()) + 1; read > MaxInstanceBytes {
			return nil, fmt.Errorf("more than %d bytes of text", MaxInstanceBytes)
		}
		if !utf8.Valid(lines.Bytes()) || bytes.ContainsFunc(lines.Bytes(), func(c rune) bool { return c < ' ' && c != '\t' && c != '\r' }) {
			return nil, wholeError{fmt.Errorf("line %d is no text, expected JSON or an edge list, gzipped once or not", at)}
		}
		text, _, _ := strings.Cut(lines.Text(), "{")
		words := strings.Fields(text)
		switch {
		case len(words) == 0:
		case strings.HasPrefix(words[0], "#"):
			if err := readRoots(strings.Fields(strings.TrimPrefix(strings.TrimSpace(text), "#")), given); err != nil {
				return nil, fmt.Errorf("line %d: %w", at, err)
			}
		case len(words) != 2:
			return nil, wholeError{fmt.Errorf("line %d: %.40q, expected JSON, or an edge \"u v\", or \"# root r target t\"", at, text)}
		default:
			edges = append(edges, [2]string{words[0], words[1]})
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, wholeError{errors.New("neither JSON nor an edge list: a line of more than a megabyte")}
	} else if err != nil {
		return nil, err
	}
	for _, key := range []string{"root", "target"} {
		if given[key] == nil {
			return nil, wholeError{fmt.Errorf("%s: missing, expected a line \"# root r target t\" in an edge list (or JSON)", key)}
		}
	}
	words := slices.Concat(given["root"], given["target"], given["other"], given["path"])
	for _, e := range edges {
		words = append(words, e[0], e[1])
	}
	n, index, err := numbered(words, given["vertices"])
	if err != nil {
		return nil, err
	}
	pairs := make([][2]int, len(edges))
	for i, e := range edges {
		pairs[i] = [2]int{index(e[0]), index(e[1])}
	}
	in := &Instance{Root: index(given["root"][0]), Target: index(given["target"][0])}
	if in.Graph, err = New(n, pairs); err != nil {
		return nil, err
	}
	if given["other"] != nil {
		in.Other = index(given["other"][0])
	}
	for _, word := range given["path"] {
		in.Path = append(in.Path, index(word))
	}
	return r.complete(in, given["other"] != nil, given["path"] != nil, "other", "path")
}

// readRoots reads the words of a remark if it begins with a known key.
func readRoots(words []string, given map[string][]string) error {
	keys := []string{"root", "target", "other", "vertices", "path"}
	if len(words) == 0 || !slices.Contains(keys, words[0]) {
		return nil
	}
	for len(words) > 0 {
		key := words[0]
		if !slices.Contains(keys, key) {
			return fmt.Errorf("%q, expected root, target, other, vertices or path", key)
		}
		if given[key] != nil {
			return fmt.Errorf("%s a second time", key)
		}
		end := min(2, len(words))
		if key == "path" {
			end = len(words)
		}
		if given[key] = words[1:end]; end < 2 {
			return fmt.Errorf("%s without a value", key)
		}
		words = words[end:]
	}
	return nil
}

// numbered returns the number of vertices and the vertex of each word.
func numbered(words, vertices []string) (int, func(string) int, error) {
	index := map[string]int{}
	most, numbers := -1, true
	for _, word := range words {
		if _, seen := index[word]; seen {
			continue
		}
		index[word] = len(index)
		v, err := strconv.ParseUint(word, 10, 31)
		numbers = numbers && err == nil && strconv.FormatUint(v, 10) == word
		most = max(most, int(v))
	}
	n := len(index)
	if vertices != nil {
		var wrong string
		if n, wrong = number([]byte(vertices[0])); wrong != "" {
			return 0, nil, &FieldError{"vertices", wrong}
		}
	}
	switch {
	case n > MaxOrder:
		return 0, nil, &FieldError{"vertices", fmt.Sprintf("%d, expected 1 to %d", n, MaxOrder)}
	case numbers && most >= n && vertices == nil:
		return 0, nil, &FieldError{"vertices", fmt.Sprintf("missing, and not every number from 0 to %d occurs: expected \"# vertices n\"", most)}
	case numbers && most >= n:
		return 0, nil, &FieldError{"vertices", fmt.Sprintf("%d, and vertex %d occurs", n, most)}
	case numbers:
		for word := range index {
			index[word], _ = strconv.Atoi(word)
		}
	case len(index) > n:
		return 0, nil, &FieldError{"vertices", fmt.Sprintf("%d, and %d of them occur", n, len(index))}
	}
	return n, func(word string) int { return index[word] }, nil
}
