package checkpoint

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// A weight is a tensor to be written.
type weight struct {
	kind   string
	shape  []int64
	values []float32
}

// tinyWeights reads the tiny checkpoint, under names without a prefix.
func tinyWeights(t testing.TB) map[string]weight {
	t.Helper()
	out := map[string]weight{}
	for _, name := range tiny {
		f, err := openFile(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.open.Close()
		for i := range f.tensors {
			x := &f.tensors[i]
			w := weight{kind: "F32", shape: x.shape}
			if err := f.each(x, make([]byte, chunk), func(_ int, v float32) { w.values = append(w.values, v) }); err != nil {
				t.Fatal(err)
			}
			out[strings.TrimPrefix(x.name, "transformer.")] = w
		}
	}
	return out
}

// encode writes safetensors, the tensors in the order of their names.
func encode(weights map[string]weight, metadata string) []byte {
	var header, data []byte
	header = append(header, "{"...)
	if metadata != "" {
		header = append(header, `"__metadata__":`+metadata...)
	}
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		w, from := weights[name], len(data)
		for _, v := range w.values {
			bits := math.Float32bits(v)
			switch w.kind {
			case "F32":
				data = binary.LittleEndian.AppendUint32(data, bits)
			case "BF16":
				data = binary.LittleEndian.AppendUint16(data, uint16(bits>>16))
			case "F64":
				data = binary.LittleEndian.AppendUint64(data, math.Float64bits(float64(v)))
			default:
				data = append(data, byte(v))
			}
		}
		if len(header) > 1 {
			header = append(header, ',')
		}
		shape, _ := json.Marshal(w.shape)
		header = fmt.Appendf(header, `%q:{"dtype":%q,"shape":%s,"data_offsets":[%d,%d]}`, name, w.kind, shape, from, len(data))
	}
	header = append(header, '}')
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), append(header, data...)...)
}

const twoHeads = `{"n_head":"2"}`

func writeFile(t testing.TB, folder, name string, content []byte) string {
	t.Helper()
	name = filepath.Join(folder, name)
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func read(heads int, names ...string) (*Checkpoint, error) {
	sources, err := Find(names)
	if err != nil {
		return nil, err
	}
	if len(sources) != 1 {
		return nil, fmt.Errorf("%d checkpoints", len(sources))
	}
	return sources[0].Read(heads)
}

// Whatever their kind and names, the same numbers are the same model.
func TestFormsOfOneModel(t *testing.T) {
	want, err := read(0, tiny...)
	if err != nil {
		t.Fatal(err)
	}
	if want.Step != 700 || want.Name != "tiny" || want.Model.Layers != 3 {
		t.Errorf("%s at step %d with %d layers", want.Name, want.Step, want.Model.Layers)
	}
	folder := t.TempDir()
	same := func(what string, c *Checkpoint, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		} else if !slices.Equal(c.Model.Theta, want.Model.Theta) || c.Model.Config != want.Model.Config {
			t.Errorf("%s: another model", what)
		}
	}
	renamed := func(prefix string, change func(name string) string) map[string]weight {
		out := map[string]weight{}
		for name, w := range tinyWeights(t) {
			out[prefix+change(name)] = w
		}
		return out
	}
	plain := renamed("", func(name string) string { return name })
	c, err := read(0, writeFile(t, folder, "plain.safetensors", encode(plain, twoHeads)))
	same("without prefix", c, err)

	// As the published code saves its module, with both copies of the embedding and the buffers.
	whole := renamed("base_causallm.transformer.", func(name string) string {
		if name == "wte" || name == "wpe" {
			name += ".weight"
		}
		return name
	})
	whole["base_causallm.lm_head.weight"], whole["embedding.weight"] = plain["wte"], plain["wte"]
	for layer := range 3 {
		whole[fmt.Sprintf("base_causallm.transformer.h.%d.attn.bias", layer)] = weight{"BOOL", []int64{1, 1, 4, 4}, make([]float32, 16)}
		whole[fmt.Sprintf("base_causallm.transformer.h.%d.attn.masked_bias", layer)] = weight{"F32", []int64{}, []float32{-1e4}}
	}
	name := writeFile(t, folder, "whole.safetensors", encode(whole, ""))
	if _, err := read(0, name); err == nil || !strings.Contains(err.Error(), "--heads") {
		t.Errorf("without heads: %v", err)
	}
	c, err = read(2, name)
	same("as the published code saves it", c, err)
	if c, err := read(4, name); err != nil || c.Model.Heads != 4 {
		t.Errorf("4 heads: %v", err)
	}

	// A folder with an index, and the heads in its config.json.
	shards := t.TempDir()
	parts := []map[string]weight{{}, {}}
	index := map[string]string{}
	for i, name := range slices.Sorted(maps.Keys(plain)) {
		parts[i%2][name] = plain[name]
		index[name] = fmt.Sprintf("model-%05d-of-00002.safetensors", i%2+1)
	}
	for i, part := range parts {
		writeFile(t, shards, fmt.Sprintf("model-%05d-of-00002.safetensors", i+1), encode(part, ""))
	}
	text, _ := json.Marshal(map[string]any{"metadata": map[string]int{"total_size": 1}, "weight_map": index})
	writeFile(t, shards, "model.safetensors.index.json", text)
	writeFile(t, shards, "config.json", []byte(`{"model_type":"gpt2","activation_function":"gelu_new","layer_norm_epsilon":1e-05,"n_head":2,"n_layer":3,"n_embd":16,"n_inner":null,"vocab_size":40,"n_ctx":1024}`))
	c, err = read(0, shards)
	same("a folder", c, err)
	c, err = read(0, filepath.Join(shards, "model.safetensors.index.json"))
	same("an index", c, err)
	for name, file := range map[string]string{"h.3.ln_1.bias": "model-00001-of-00002.safetensors", "ln_f.bias": "", "x": "model-00002-of-00002.safetensors"} {
		wrong := maps.Clone(index)
		if wrong[name] = file; file == "" { // the other one
			wrong[name] = "model-00001-of-00002.safetensors"
			if index[name] == wrong[name] {
				wrong[name] = "model-00002-of-00002.safetensors"
			}
		}
		text, _ := json.Marshal(map[string]any{"weight_map": wrong})
		if _, err := read(0, writeFile(t, shards, "wrong.json", text)); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("wrong.json: tensor %q, which %s does not have", name, wrong[name])) {
			t.Errorf("an index with %s in %s: %v", name, wrong[name], err)
		}
	}
	for key, bad := range map[string]string{"activation_function": `{"activation_function":"relu"}`, "n_layer": `{"n_layer":2}`, "n_inner": `{"n_inner":32}`, "layer_norm_epsilon": `{"layer_norm_epsilon":1e-6}`, "broken": `{"n_head":`} {
		writeFile(t, shards, "config.json", []byte(bad))
		if _, err := read(0, shards); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("config.json with another %s: %v", key, err)
		}
	}

	// Numbers that bfloat16 and float32 hold exactly come back as they are.
	for _, kind := range []string{"BF16", "F32"} {
		cut := map[string]weight{}
		for name, w := range plain {
			w.kind, w.values = kind, slices.Clone(w.values)
			for i, v := range w.values {
				w.values[i] = math.Float32frombits(math.Float32bits(v) &^ 0xffff)
			}
			cut[name] = w
		}
		c, err := read(0, writeFile(t, folder, kind+".safetensors", encode(cut, twoHeads)))
		if err != nil || !slices.Equal(c.Model.Tensor("positions"), cut["wpe"].values) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// half is the conversion of IEEE 754: all 65,536 patterns against arithmetic
// with powers of two.
func TestHalf(t *testing.T) {
	for b := range 1 << 16 {
		exponent, fraction := b>>10&31, float64(b&1023)
		want := math.Ldexp(1024+fraction, exponent-25)
		switch {
		case exponent == 0:
			want = math.Ldexp(fraction, -24)
		case exponent == 31 && fraction == 0:
			want = math.Inf(1)
		case exponent == 31:
			want = math.NaN()
		}
		if b >= 1<<15 {
			want = -want
		}
		got := float64(half(uint16(b)))
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) || want == 0 && math.Signbit(got) != (b >= 1<<15) {
			t.Fatalf("%04x: %v, want %v", b, got, want)
		}
	}
}

// What is missing, too much, of another shape or kind, or not finite is refused
// by name; so is every pickle.
func TestRefusals(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct {
		want   string
		change func(w map[string]weight)
	}{
		{"tensor h.1.mlp.c_fc.bias is missing", func(w map[string]weight) { delete(w, "h.1.mlp.c_fc.bias") }},
		{"tensor wte.weight is missing", func(w map[string]weight) { delete(w, "wte") }},
		{`"h.0.attn.q_proj.weight"`, func(w map[string]weight) { w["h.0.attn.q_proj.weight"] = w["ln_f.bias"] }},
		{`"h.01.ln_1.bias"`, func(w map[string]weight) { w["h.01.ln_1.bias"] = w["ln_f.bias"] }},
		{"is missing", func(w map[string]weight) { w["h.7.ln_1.bias"] = w["ln_f.bias"] }},
		{`"wte.weight" a second time`, func(w map[string]weight) { w["wte.weight"] = w["wte"] }},
		{`"transformer.ln_f.bias" a second time`, func(w map[string]weight) { w["transformer.ln_f.bias"] = w["ln_f.bias"] }},
		{"(in, out)", func(w map[string]weight) {
			x := w["h.2.attn.c_attn.weight"]
			x.shape = []int64{48, 16}
			w["h.2.attn.c_attn.weight"] = x
		}},
		{`"ln_f.bias" of shape [4 4]`, func(w map[string]weight) {
			x := w["ln_f.bias"]
			x.shape = []int64{4, 4}
			w["ln_f.bias"] = x
		}},
		{`"wpe" of shape [128 8]`, func(w map[string]weight) {
			x := w["wpe"]
			x.shape = []int64{128, 8}
			w["wpe"] = x
		}},
		{`"ln_f.weight" of F64`, func(w map[string]weight) {
			x := w["ln_f.weight"]
			x.kind = "F64"
			w["ln_f.weight"] = x
		}},
		{`"h.2.ln_2.bias": number 3 is NaN`, func(w map[string]weight) {
			x := w["h.2.ln_2.bias"]
			x.values = slices.Clone(x.values)
			x.values[3] = float32(math.NaN())
			w["h.2.ln_2.bias"] = x
		}},
		{`"wpe": number 900 is +Inf`, func(w map[string]weight) {
			x := w["wpe"]
			x.values = slices.Clone(x.values)
			x.values[900] = float32(math.Inf(1))
			w["wpe"] = x
		}},
		{`"lm_head.weight" differs from wte in row 2`, func(w map[string]weight) {
			x := w["wte"]
			x.values = slices.Clone(x.values)
			x.values[2*16+5]++
			w["lm_head.weight"] = x
		}},
	} {
		w := tinyWeights(t)
		c.change(w)
		name := writeFile(t, folder, "x.safetensors", encode(w, twoHeads))
		if _, err := read(0, name); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("want %s: %v", c.want, err)
		}
	}
	for metadata, want := range map[string]string{`{"n_head":"3"}`: "divides the width", `{"n_head":"x"}`: "expected a number", `{"n_head":"2","n_layer":"2"}`: "n_layer", `{"n_head":2}`: "n_head"} {
		if _, err := read(0, writeFile(t, folder, "x.safetensors", encode(tinyWeights(t), metadata))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", metadata, err, want)
		}
	}
	for name, content := range map[string]string{"a.bin": "", "b.pt": "x", "checkpoint_300": "PK\x03\x04....", "old": "\x80\x02}q\x00", "p5": "\x80\x05\x95"} {
		if _, err := read(0, writeFile(t, folder, name, []byte(content))); err == nil || !strings.Contains(err.Error(), "pickle") {
			t.Errorf("%s: %v", name, err)
		}
	}
	pickles := t.TempDir()
	writeFile(t, pickles, "pytorch_model.bin", []byte("PK\x03\x04"))
	if _, err := read(0, pickles); err == nil || !strings.Contains(err.Error(), "pickle") {
		t.Errorf("a folder with a pickle: %v", err)
	}
	whole := encode(tinyWeights(t), twoHeads)
	if _, err := read(0, writeFile(t, folder, "m-1of1.safetensors", whole), writeFile(t, folder, "m-2of1.safetensors", whole)); err == nil || !strings.Contains(err.Error(), "2 shards, expected 1") {
		t.Errorf("a shard too much: %v", err)
	}
	for what, names := range map[string][]string{"no such file": {filepath.Join(folder, "none.safetensors")}, "no *.safetensors": {t.TempDir()}, "shard 2 of 2 is missing": {tiny[0]}, "there already": {tiny[0], tiny[0], tiny[1]}} {
		if _, err := read(0, names...); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("want %s: %v", what, err)
		}
	}
}

// Files are sorted into checkpoints by what they are called and what they hold.
func TestFind(t *testing.T) {
	folder := t.TempDir()
	w := tinyWeights(t)
	first, second := map[string]weight{}, map[string]weight{}
	for name, x := range w {
		if strings.HasPrefix(name, "h.1") {
			second[name] = x
		} else {
			first[name] = x
		}
	}
	a := writeFile(t, folder, "a.safetensors", encode(first, twoHeads))
	b := writeFile(t, folder, "b.safetensors", encode(second, twoHeads))
	whole := writeFile(t, folder, "step-200.safetensors", encode(w, twoHeads))
	early := writeFile(t, folder, "step-90.safetensors", encode(w, twoHeads))
	deep := filepath.Join(folder, "checkpoint_40")
	if err := os.Mkdir(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, deep, "model.safetensors", encode(w, twoHeads))
	for _, c := range []struct {
		names []string
		want  string
	}{
		{[]string{a, b}, "a/-1/2"},
		{[]string{b, a}, "b/-1/2"},
		{[]string{whole, early}, "step-90/90/1 step-200/200/1"},
		{[]string{whole, early, deep}, "checkpoint_40/40/1 step-90/90/1 step-200/200/1"},
		{[]string{tiny[0], whole, tiny[1]}, "step-200/200/1 tiny/700/2"},
		{[]string{filepath.Join(deep, "model.safetensors")}, "model/40/1"},
		{[]string{a, b, whole}, "a/-1/2 step-200/200/1"},
	} {
		sources, err := Find(c.names)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range sources {
			got = append(got, fmt.Sprintf("%s/%d/%d", sources[i].Name, sources[i].Step, len(sources[i].Files)))
			if _, err := sources[i].Read(0); err != nil {
				t.Error(err)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%v: %v, want %s", c.names, got, c.want)
		}
	}
}

// damage changes a file at random: bytes, a piece cut out, put in or off the end.
func damage(rng *rand.Rand, content []byte) []byte {
	out := slices.Clone(content)
	header := 8 + int(binary.LittleEndian.Uint64(content))
	place := func() int { // half of the time in the header
		if rng.IntN(2) == 0 {
			return rng.IntN(header)
		}
		return rng.IntN(len(out))
	}
	switch rng.IntN(6) {
	case 0:
		for range 1 + rng.IntN(8) {
			out[place()] = byte(rng.IntN(256))
		}
	case 1:
		out[place()] ^= 1 << rng.IntN(8)
	case 2:
		out = out[:rng.IntN(len(out))]
	case 3:
		from := place()
		out = slices.Delete(out, from, min(from+1+rng.IntN(50), len(out)))
	case 4:
		out = slices.Insert(out, place(), make([]byte, 1+rng.IntN(50))...)
	case 5: // the length of the header, or a number in it
		if rng.IntN(2) == 0 {
			binary.LittleEndian.PutUint64(out, rng.Uint64()>>rng.IntN(64))
			break
		}
		at := 8 + rng.IntN(header-8)
		for at < header-1 && (out[at] < '0' || out[at] > '9') {
			at++
		}
		out[at] = byte('0' + rng.IntN(10))
	}
	return out
}

// Of 200 files damaged at random each is refused in one line or read, and none
// asks for more than four times its size. The file has the size of a small
// training, so that what is asked for counts and not what every file needs.
func TestDamagedFiles(t *testing.T) {
	folder := t.TempDir()
	w := tinyWeights(t)
	wide := weight{"F32", []int64{6000, 16}, make([]float32, 6000*16)}
	copy(wide.values, w["wpe"].values)
	w["wpe"] = wide
	content := encode(w, twoHeads)
	rng := rand.New(rand.NewPCG(14, 200))
	refused, worst := 0, 0.0
	for i := range 200 {
		damaged := damage(rng, content)
		name := writeFile(t, folder, "x.safetensors", damaged)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := read(0, name)
		runtime.ReadMemStats(&after)
		ratio := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(content))
		if worst = max(worst, ratio); ratio > 4 {
			t.Errorf("damage %d: %.1f times the file allocated", i, ratio)
		}
		if err != nil {
			refused++
			if strings.Contains(err.Error(), "\n") || len(err.Error()) > 600 {
				t.Errorf("damage %d: %v", i, err)
			}
		}
	}
	t.Logf("%d of 200 refused, at most %.2f times the file allocated", refused, worst)
	if refused < 60 {
		t.Errorf("only %d of 200 refused", refused)
	}
}

// A file that is nearly all header, here of many layers of width 1, does not ask
// for more than the bound either.
func TestManySmallTensors(t *testing.T) {
	w := map[string]weight{}
	for name, x := range tinyWeights(t) {
		if !strings.HasPrefix(name, "h.") {
			x.shape = slices.Clone(x.shape)
			x.shape[len(x.shape)-1] = 1
			x.values = x.values[:len(x.values)/16]
			w[name] = x
		}
	}
	for layer := range 50 {
		for name, shape := range map[string][]int64{"ln_1.weight": {1}, "ln_1.bias": {1}, "attn.c_attn.weight": {1, 3}, "attn.c_attn.bias": {3}, "attn.c_proj.weight": {1, 1}, "attn.c_proj.bias": {1},
			"ln_2.weight": {1}, "ln_2.bias": {1}, "mlp.c_fc.weight": {1, 4}, "mlp.c_fc.bias": {4}, "mlp.c_proj.weight": {4, 1}, "mlp.c_proj.bias": {1}} {
			w[fmt.Sprintf("h.%d.%s", layer, name)] = weight{"F32", shape, make([]float32, shape[0]*shape[len(shape)-1])[:product(shape)]}
		}
	}
	name := writeFile(t, t.TempDir(), "x.safetensors", encode(w, `{"n_head":"1"}`))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := read(0, name)
	runtime.ReadMemStats(&after)
	if err != nil || after.TotalAlloc-before.TotalAlloc > 3e6 {
		t.Errorf("%v, %d bytes allocated", err, after.TotalAlloc-before.TotalAlloc)
	}
	for layer := range 1000 {
		w[fmt.Sprintf("h.%d.ln_1.weight", layer)] = w["h.0.ln_1.weight"]
	}
	if _, err := read(0, writeFile(t, t.TempDir(), "x.safetensors", encode(w, ""))); err == nil || !strings.Contains(err.Error(), "a header of") {
		t.Error(err)
	}
}

func product(shape []int64) int64 {
	n := int64(1)
	for _, k := range shape {
		n *= k
	}
	return n
}

// Nothing that a file says makes reading panic.
func FuzzRead(f *testing.F) {
	content := encode(tinyWeights(f), twoHeads)
	f.Add(content[:3000])
	f.Add(content)
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
	f.Add(append([]byte("\x40\x00\x00\x00\x00\x00\x00\x00"), `{"wte":{"dtype":"F16","shape":[1,1],"data_offsets":[0,2]}}      ..`...))
	f.Add([]byte("PK\x03\x04 is no pickle"))
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte) {
		if _, err := read(0, writeFile(t, folder, "x.safetensors", content)); err != nil && strings.Contains(err.Error(), "\n") {
			t.Error(err)
		}
	})
}
