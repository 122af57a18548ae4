package graph

// plain reads an instance in the project's own form that has every key, numbers of at
// most nine digits and nothing else, as most have; nil where a text is of another kind
// or wrong, which decode tells apart. The text is an object of JSON without white space,
// and its keys differ.
func plain(text []byte) *Instance {
	var (
		edges  [][2]int
		path   []int
		values [4]int
		names  = [4]string{"vertices", "root", "target", "other"}
		known  int
		at     = 1
		good   = true
	)
	next := func(b byte) bool {
		if at < len(text) && text[at] == b {
			at++
			return true
		}
		return false
	}
	number := func() (n int) {
		from := at
		for at < len(text) && '0' <= text[at] && text[at] <= '9' && at < from+10 {
			n = 10*n + int(text[at]-'0')
			at++
		}
		good = good && at > from && at < from+10
		return n
	}
	list := func(item func()) {
		if good = good && next('['); next(']') {
			return
		}
		for item(); good && next(','); {
			item()
		}
		good = good && next(']')
	}
	for first := true; good && (first || next(',')); first = false {
		from := at + 1
		if !next('"') {
			return nil
		}
		for at < len(text) && text[at] != '"' {
			at++
		}
		key := string(text[min(from, at):at])
		if good = next('"') && next(':'); !good {
			return nil
		}
		known++
		switch key {
		case "edges":
			edges = make([][2]int, 0, len(text)/8)
			list(func() {
				var e [2]int
				good = good && next('[')
				e[0] = number()
				good = good && next(',')
				e[1] = number()
				good = good && next(']')
				edges = append(edges, e)
			})
		case "path":
			list(func() { path = append(path, number()) })
		default:
			good = false
			for i, name := range names {
				if key == name {
					good = true
					values[i] = number()
				}
			}
		}
	}
	if !good || known != len(names)+2 || !next('}') || at != len(text) {
		return nil
	}
	g, err := New(values[0], edges)
	if err != nil {
		return nil
	}
	in := &Instance{Graph: g, Root: values[1], Target: values[2], Other: values[3], Path: path}
	if in.Validate() != nil {
		return nil
	}
	return in
}
