package checkpoint

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"muflow/internal/strict"
)

// A file is an open safetensors file: eight bytes with the length of the
// header, which is an object of JSON, and the numbers, all little-endian
// (https://huggingface.co/docs/safetensors).
type file struct {
	name     string
	open     *os.File
	data     int64 // where the numbers begin
	tensors  []tensor
	metadata map[string]string // what is asked for, see wanted
}

// A tensor is where numbers are.
type tensor struct {
	name     string
	kind     string // F16, …
	shape    []int64
	from, to int64 // bytes from the beginning of the numbers
}

// sizes are the bytes of the kinds of numbers.
var sizes = map[string]int64{"BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4, "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8}

// wanted are the keys of the metadata that are kept.
var wanted = []string{"n_head", "n_layer", "step"}

// Bounds of a header. To read a byte of it takes up to 40 bytes, all in all, and
// to hold a model up to twice the bytes of its numbers: with these bounds no more
// is asked for than four times the file, beyond 3 MB for what every file may have.
const (
	freeHeader = 1 << 16
	headerPart = 24
	maxText    = 512 // bytes of a name, and of metadata that are kept
	maxShape   = 8
	maxLayers  = 1 << 10
)

// openFile opens a safetensors file and reads its header.
func openFile(name string) (*file, error) {
	f, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	out := &file{name: name, open: f}
	if err := out.readHeader(); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

// openRegular opens a file, and nothing else: to open a pipe waits for its writer.
func openRegular(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: expected a regular file", name)
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, plain(err))
	}
	return f, nil
}

// plain strips the operation and the path that os errors repeat.
func plain(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// pickled refuses a pickle.
const pickled = "a pickle, which can run any code when it is read: expected safetensors (in Python, safetensors.torch.save_model(model, \"model.safetensors\"))"

// isPickle knows a pickle by its name or its first bytes: those of a zip
// archive or of pickle protocols 2 to 5.
func isPickle(name string, first []byte) bool {
	return slices.Contains([]string{".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"}, strings.ToLower(filepath.Ext(name))) ||
		len(first) >= 4 && string(first[:4]) == "PK\x03\x04" || len(first) >= 2 && first[0] == 0x80 && first[1] >= 2 && first[1] <= 5
}

func (f *file) readHeader() error {
	info, err := f.open.Stat()
	if err != nil {
		return plain(err)
	}
	var first [8]byte
	n, err := f.open.ReadAt(first[:], 0)
	if isPickle(f.name, first[:n]) {
		return errors.New(pickled)
	}
	if err != nil {
		return fmt.Errorf("%d bytes, expected safetensors: the length of a header in 8", info.Size())
	}
	length := binary.LittleEndian.Uint64(first[:])
	if length < 2 || length > uint64(info.Size()-8) {
		return fmt.Errorf("a header of %d bytes in a file of %d, expected safetensors", length, info.Size())
	}
	if length > max(freeHeader, uint64(info.Size()/headerPart)) {
		return fmt.Errorf("a header of %d bytes in a file of %d, expected at most %d or one in %d", length, info.Size(), freeHeader, headerPart)
	}
	f.data = 8 + int64(length)
	if err := f.decodeHeader(io.NewSectionReader(f.open, 8, int64(length))); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	return f.checkOffsets(info.Size() - f.data)
}

func (f *file) decodeHeader(r io.Reader) error {
	scan := strict.NewScanner(bufio.NewReaderSize(r, 1<<12))
	err := scan.Object(func(name string) error {
		if len(name) > maxText {
			return fmt.Errorf("a name of %d bytes, expected at most %d", len(name), maxText)
		}
		if name == "__metadata__" {
			return f.decodeMetadata(scan)
		}
		t := tensor{name: name}
		if _, err := partOf(name); err != nil {
			return err
		}
		if err := t.decode(scan); err != nil {
			return fmt.Errorf("tensor %.80q: %w", name, err)
		}
		f.tensors = append(f.tensors, t)
		return nil
	})
	if err != nil {
		return err
	}
	return scan.End()
}

func (f *file) decodeMetadata(scan *strict.Scanner) error {
	return scan.Object(func(key string) error {
		if !slices.Contains(wanted, key) {
			return scan.Skip()
		}
		value, err := scan.Text()
		if err != nil {
			return fmt.Errorf("__metadata__: %.40s: %w", key, err)
		}
		if f.metadata == nil {
			f.metadata = map[string]string{}
		}
		f.metadata[key] = value[:min(len(value), maxText)]
		return nil
	})
}

func (t *tensor) decode(scan *strict.Scanner) error {
	var found [3]bool
	err := scan.Object(func(key string) error {
		switch key {
		case "dtype":
			kind, err := scan.Text()
			found[0] = true
			if err == nil && sizes[kind] == 0 {
				err = fmt.Errorf("dtype %.20q, expected F16, BF16 or F32", kind)
			}
			t.kind = kind
			return err
		case "shape":
			found[1] = true
			return scan.Array(func(i int) error {
				n, err := number(scan)
				if err == nil && i >= maxShape {
					err = fmt.Errorf("a shape of more than %d numbers", maxShape)
				}
				t.shape = append(t.shape, n)
				return err
			})
		case "data_offsets":
			found[2] = true
			count := 0
			err := scan.Array(func(i int) (err error) {
				switch count = i + 1; i {
				case 0:
					t.from, err = number(scan)
				case 1:
					t.to, err = number(scan)
				default:
					err = errors.New("more than two data_offsets")
				}
				return err
			})
			if err == nil && count < 2 {
				err = errors.New("expected two data_offsets")
			}
			return err
		}
		return fmt.Errorf("the key %.40q, expected dtype, shape and data_offsets", key)
	})
	if err == nil && found != [3]bool{true, true, true} {
		err = errors.New("expected dtype, shape and data_offsets")
	}
	if err != nil {
		return err
	}
	size, most := sizes[t.kind], int64(math.MaxInt64)
	for _, n := range t.shape {
		if n > 0 && size > most/n {
			return fmt.Errorf("shape %v is too large", t.shape)
		}
		size *= n
	}
	if t.to < t.from || t.to-t.from != size {
		return fmt.Errorf("bytes %d to %d for shape %v of %s, expected %d", t.from, t.to, t.shape, t.kind, size)
	}
	return nil
}

// number reads an integer ≥ 0.
func number(scan *strict.Scanner) (int64, error) {
	if b, err := scan.Peek(); err != nil || b < '0' || b > '9' {
		return 0, errors.New("expected an integer that is not negative")
	}
	raw, err := scan.Raw()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(raw), 10, 63)
	if err != nil {
		return 0, fmt.Errorf("%.30s, expected an integer that is not negative", raw)
	}
	return n, nil
}

// checkOffsets holds that the tensors fill the bytes exactly, without overlap.
func (f *file) checkOffsets(bytes int64) error {
	if len(f.tensors) == 0 {
		return errors.New("no tensors")
	}
	byPlace := make([]int, len(f.tensors))
	for i := range byPlace {
		byPlace[i] = i
	}
	slices.SortFunc(byPlace, func(a, b int) int {
		x, y := &f.tensors[a], &f.tensors[b]
		if x.from != y.from {
			return int(min(max(x.from-y.from, -1), 1))
		}
		return int(min(max(x.to-y.to, -1), 1))
	})
	at := int64(0)
	for _, i := range byPlace {
		t := &f.tensors[i]
		if t.from != at {
			return fmt.Errorf("tensor %q at byte %d of the numbers, expected %d: the file is damaged", t.name, t.from, at)
		}
		at = t.to
	}
	if at != bytes {
		return fmt.Errorf("%d bytes of numbers, expected %d: the file is damaged or cut", bytes, at)
	}
	return nil
}

// chunk is how many bytes of a tensor are read at once.
const chunk = 1 << 16

// each reads the numbers of a tensor in order. Those that are not finite are an
// error.
func (f *file) each(t *tensor, buffer []byte, visit func(i int, x float32)) error {
	size := sizes[t.kind]
	decode := decoders[t.kind]
	if decode == nil {
		return fmt.Errorf("%s: tensor %q of %s, expected F16, BF16 or F32", f.name, t.name, t.kind)
	}
	i := 0
	for at := t.from; at < t.to; {
		part := buffer[:min(int64(len(buffer)), t.to-at)]
		if _, err := f.open.ReadAt(part, f.data+at); err != nil {
			return fmt.Errorf("%s: tensor %q: cannot be read: %w", f.name, t.name, plain(err))
		}
		for p := int64(0); p < int64(len(part)); p += size {
			x := decode(part[p:])
			if x-x != 0 {
				return fmt.Errorf("%s: tensor %q: number %d is %v, expected a finite one", f.name, t.name, i, x)
			}
			visit(i, x)
			i++
		}
		at += int64(len(part))
	}
	return nil
}

var decoders = map[string]func([]byte) float32{
	"F32":  func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) },
	"BF16": func(b []byte) float32 { return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16) },
	"F16":  func(b []byte) float32 { return half(binary.LittleEndian.Uint16(b)) },
}

// half is the number of IEEE 754 binary16, exactly.
func half(b uint16) float32 {
	sign, exponent, fraction := uint32(b>>15)<<31, uint32(b>>10)&31, uint32(b)&1023
	switch exponent {
	case 0:
		x := float32(fraction) / (1 << 24)
		if sign != 0 {
			x = -x
		}
		return x
	case 31:
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}
