package runlog

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// MaxRecord bounds the length of a record in bytes.
const MaxRecord = 64 << 20

// A Log is a file of records that only grows. A record is one line, its
// CRC-32C in eight hexadecimal digits, a space, and its text.
//
// Append hands the record to the operating system in one piece before it
// returns: the death of the process does not touch it. It is synced to the
// disk once syncInterval has passed since the last time, and by Sync and
// Close: a power failure costs at most the records since then. A Log may be
// used by several goroutines; only one process may have it open, see Lock.
type Log struct {
	lock    sync.Mutex
	file    *os.File
	end     int64 // bytes of whole records
	records int
	dropped int64 // bytes of an unfinished record that OpenLog cut off
	synced  time.Time
	failure error // of an Append that could not be undone
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const checksumDigits = 8

// syncInterval is the longest time between the Append of a record and the
// Append that syncs it.
const syncInterval = time.Second

// OpenLog opens a log, new if it is missing, for appending, and
// gives the records that are there to replay, if that is not nil. The argument of replay
// is valid during the call only; memory stays constant.
//
// What follows the last whole record, as a write that was cut short leaves it,
// is cut off. A damaged record with a whole one after it is an
// error, and the file stays as it is.
func OpenLog(name string, replay func(record []byte) error) (*Log, error) {
	f, err := openIn(filepath.Dir(name), filepath.Base(name), os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	l := &Log{file: f}
	if err = l.load(replay); err == nil && l.end == 0 { // perhaps it was missing
		err = syncFolder(filepath.Dir(name))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
	}
	return l, nil
}

// ReadLog gives the whole records of a log to replay without changing it or
// asking for a lock, as after OpenLog: what a writer has not finished is left out.
func ReadLog(name string, replay func(record []byte) error) error {
	f, err := openIn(filepath.Dir(name), filepath.Base(name), os.O_RDONLY)
	if err != nil {
		return err
	}
	defer f.Close()
	l := &Log{file: f}
	if _, err := l.scan(replay); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (l *Log) load(replay func([]byte) error) error {
	size, err := l.scan(replay)
	if err != nil {
		return err
	}
	if l.dropped = size - l.end; l.dropped > 0 {
		if err := cmp.Or(l.file.Truncate(l.end), l.file.Sync()); err != nil {
			return err
		}
	}
	l.synced = time.Now()
	_, err = l.file.Seek(l.end, io.SeekStart)
	return err
}

// scan replays the whole records, sets end and records, and returns the size.
func (l *Log) scan(replay func([]byte) error) (size int64, err error) {
	r := bufio.NewReaderSize(l.file, 1<<16)
	var line []byte
	for whole := true; ; {
		line, err = readLine(r, line[:0])
		if err == io.EOF {
			return size, nil
		}
		if err != nil {
			return size, err
		}
		start := size
		size += int64(len(line))
		record, ok := recordOf(line)
		switch {
		case ok && !whole:
			return size, fmt.Errorf("damaged between byte %d and byte %d, where a whole record follows", l.end, start)
		case ok:
			if replay != nil {
				if err := replay(record); err != nil {
					return size, fmt.Errorf("record %d: %w", l.records, err)
				}
			}
			l.records++
			l.end = size
		default:
			whole = false
		}
	}
}

// readLine appends a line, or a piece of one that no record is as long as.
func readLine(r *bufio.Reader, line []byte) ([]byte, error) {
	for {
		piece, err := r.ReadSlice('\n')
		line = append(line, piece...)
		switch {
		case err == io.EOF && len(line) > 0:
			return line, nil
		case err != bufio.ErrBufferFull:
			return line, err
		case len(line) > MaxRecord+checksumDigits+2:
			return line, nil
		}
	}
}

// recordOf returns the text of a line if it is whole.
func recordOf(line []byte) ([]byte, bool) {
	n := len(line)
	if n < checksumDigits+2 || line[checksumDigits] != ' ' || line[n-1] != '\n' {
		return nil, false
	}
	text := line[checksumDigits+1 : n-1]
	return text, string(line[:checksumDigits]) == checksum(text)
}

func checksum(text []byte) string {
	sum := strconv.FormatUint(uint64(crc32.Checksum(text, castagnoli))|1<<32, 16)
	return sum[1:]
}

// Append appends one record: a text without line feeds, at most MaxRecord long.
// If it fails the log is as before, or refuses every later Append.
func (l *Log) Append(record []byte) error {
	if len(record) > MaxRecord {
		return fmt.Errorf("a record of %d bytes, expected at most %d", len(record), MaxRecord)
	}
	if bytes.IndexByte(record, '\n') >= 0 {
		return errors.New("a record with a line feed in it")
	}
	line := make([]byte, 0, len(record)+checksumDigits+2)
	line = append(append(append(line, checksum(record)...), ' '), record...)
	line = append(line, '\n')
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.failure != nil {
		return l.failure
	}
	if _, err := l.file.Write(line); err != nil {
		undo := l.file.Truncate(l.end)
		if undo == nil {
			_, undo = l.file.Seek(l.end, io.SeekStart)
		}
		if undo != nil {
			l.failure = errors.Join(err, undo)
		}
		return err
	}
	l.end += int64(len(line))
	l.records++
	if time.Since(l.synced) >= syncInterval {
		return l.sync()
	}
	return nil
}

func (l *Log) sync() error {
	if err := l.file.Sync(); err != nil {
		l.failure = err // what is on the disk is not known any more
		return err
	}
	l.synced = time.Now()
	return nil
}

// Sync puts all records on the disk.
func (l *Log) Sync() error {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.failure != nil {
		return l.failure
	}
	return l.sync()
}

// Close syncs and closes the log.
func (l *Log) Close() error { return errors.Join(l.Sync(), l.file.Close()) }

// Records returns how many whole records the log holds.
func (l *Log) Records() int {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.records
}
