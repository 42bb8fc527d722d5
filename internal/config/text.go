package config

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// A Size is a number of bytes, written "64MiB", "16KiB" or "1000".
type Size int64

var sizeUnits = []struct {
	name   string
	factor int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}}

// UnmarshalText reads a size. Its errors do not repeat the text.
func (s *Size) UnmarshalText(text []byte) error {
	t, factor := string(text), int64(1)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(t, u.name); ok {
			t, factor = strings.TrimSpace(rest), u.factor
			break
		}
	}
	n, err := strconv.ParseInt(t, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/factor {
		return errors.New(`is no size, want a number and a unit: 64MiB, 16KiB, 1000B`)
	}
	*s = Size(n * factor)
	return nil
}

// String writes s with the largest unit that leaves it whole.
func (s Size) String() string {
	for _, u := range sizeUnits[:3] {
		if s != 0 && int64(s)%u.factor == 0 {
			return strconv.FormatInt(int64(s)/u.factor, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

// A Duration is a time written as time.ParseDuration reads it: "2s", "1m30s".
type Duration time.Duration

// UnmarshalText reads a duration. Its errors do not repeat the text.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v < 0 {
		return errors.New(`is no duration, want a number and a unit: 2s, 500ms, 1m30s`)
	}
	*d = Duration(v)
	return nil
}

// String writes d as UnmarshalText reads it.
func (d Duration) String() string { return time.Duration(d).String() }
