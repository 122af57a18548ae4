package runlog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// square works for a random while, so that units end in any order.
func square(_ context.Context, i int) (int, error) {
	if rand.IntN(8) == 0 {
		time.Sleep(time.Duration(rand.IntN(100)) * time.Microsecond)
	}
	return i * i, nil
}

func TestMapKeepsTheOrder(t *testing.T) {
	for _, jobs := range []int{0, 1, 2, 7, 1000} {
		calls, last := 0, 0
		got, err := Map(context.Background(), 300, jobs, func(done, total int) {
			if calls++; done != last+1 || total != 300 {
				t.Errorf("progress %d of %d after %d", done, total, last)
			}
			last = done
		}, square)
		if err != nil || len(got) != 300 || calls != 300 {
			t.Fatalf("%d jobs: %d results, %d calls, %v", jobs, len(got), calls, err)
		}
		for i, x := range got {
			if x != i*i {
				t.Fatalf("%d jobs: result %d is %d", jobs, i, x)
			}
		}
	}
	if got, err := Map(context.Background(), 0, 3, nil, square); err != nil || len(got) != 0 {
		t.Errorf("no units: %v, %v", got, err)
	}
}

func TestMapReturnsTheLeastFailure(t *testing.T) {
	for range 50 {
		got, err := Map(context.Background(), 100, 4, nil, func(ctx context.Context, i int) (int, error) {
			if i >= 20 && i%2 == 0 {
				return 0, fmt.Errorf("unit %d", i)
			}
			return square(ctx, i)
		})
		if err == nil || err.Error() != "unit 20" || len(got) != 20 || got[19] != 361 {
			t.Fatalf("%d results, error %v", len(got), err)
		}
	}
}

func TestOrderedEmitsInOrderAndStops(t *testing.T) {
	var first []string
	for _, jobs := range []int{1, 3, 16} {
		var got []string
		err := Ordered(context.Background(), 5, 400, jobs, nil, square, func(i, x int) error {
			got = append(got, fmt.Sprint(i, x))
			return nil
		})
		if err != nil || len(got) != 395 {
			t.Fatalf("%d jobs: %d results, %v", jobs, len(got), err)
		}
		if first == nil {
			first = got
		} else if !reflect.DeepEqual(first, got) {
			t.Errorf("%d jobs emit something else", jobs)
		}
	}
	full := errors.New("disk full")
	emitted := 0
	err := Ordered(context.Background(), 0, 400, 3, nil, square, func(i, _ int) error {
		if i == 17 {
			return full
		}
		emitted++
		return nil
	})
	if !errors.Is(err, full) || emitted != 17 {
		t.Errorf("%d emitted, %v", emitted, err)
	}
}

// A slow first unit does not let results pile up.
func TestOrderedBoundsWhatWaits(t *testing.T) {
	release := make(chan struct{})
	var started atomic.Int64
	time.AfterFunc(50*time.Millisecond, func() { close(release) })
	most := int64(0)
	err := Ordered(context.Background(), 0, 10*lead, 4, nil, func(_ context.Context, i int) (int, error) {
		if i == 0 {
			<-release
			most = started.Load()
		}
		started.Add(1)
		return i, nil
	}, func(i, x int) error {
		if i != x {
			return fmt.Errorf("%d in place %d", x, i)
		}
		return nil
	})
	if err != nil || most >= lead || started.Load() != 10*lead {
		t.Errorf("%d units ran ahead, bound %d; %v", most, lead, err)
	}
}

func TestMapStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	got, err := Map(ctx, 1_000_000, 4, nil, func(ctx context.Context, i int) (int, error) {
		if i == 50 {
			cancel()
			<-ctx.Done()
			return 0, ctx.Err()
		}
		return i, nil
	})
	if !errors.Is(err, context.Canceled) || len(got) != 50 {
		t.Errorf("%d results, %v", len(got), err)
	}
	if got, err := Map(ctx, 10, 2, nil, square); !errors.Is(err, context.Canceled) || len(got) != 0 {
		t.Errorf("a context that ended before: %d results, %v", len(got), err)
	}
	// Ended while all but one worker wait for room.
	ctx, cancel = context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	err = Ordered(ctx, 0, 10*lead, 4, nil, func(ctx context.Context, i int) (int, error) {
		if i == 0 {
			<-ctx.Done()
			return 0, ctx.Err()
		}
		return i, nil
	}, func(int, int) error { return nil })
	if !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "unit") {
		t.Errorf("%v", err)
	}
}

func BenchmarkAppend(b *testing.B) {
	l, err := OpenLog(b.TempDir()+"/log", nil)
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	record := make([]byte, 200)
	for b.Loop() {
		if err := l.Append(record); err != nil {
			b.Fatal(err)
		}
	}
}
