package detect

import (
	"errors"
	"regexp/syntax"
	"unicode"
	"unicode/utf8"

	"github.com/mcpveil/mcpveil/internal/bytescan"
)

// parse reads an RE2 pattern. It refuses one that matches the empty string.
func parse(expr string) (*syntax.Regexp, error) {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if lo, _ := length(re); lo == 0 {
		return nil, errors.New("pattern can match the empty string")
	}
	return re, nil
}

// unbounded is the length of what has no longest match.
const unbounded = -1

// length returns the lengths in bytes of the shortest and the longest match of re.
func length(re *syntax.Regexp) (lo, hi int) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			a, b := utf8.RuneLen(r), utf8.RuneLen(r)
			if re.Flags&syntax.FoldCase != 0 {
				for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
					a, b = min(a, utf8.RuneLen(f)), max(b, utf8.RuneLen(f))
				}
			}
			lo, hi = lo+a, hi+b
		}
	case syntax.OpCharClass:
		if len(re.Rune) == 0 {
			return 1, 1
		}
		return max(1, utf8.RuneLen(re.Rune[0])), max(1, utf8.RuneLen(re.Rune[len(re.Rune)-1]))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1, utf8.UTFMax
	case syntax.OpCapture:
		return length(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			a, b := length(sub)
			lo, hi = lo+a, plus(hi, b)
		}
	case syntax.OpAlternate:
		lo, hi = length(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			a, b := length(sub)
			lo = min(lo, a)
			if hi == unbounded || b == unbounded {
				hi = unbounded
			} else {
				hi = max(hi, b)
			}
		}
	case syntax.OpQuest:
		_, hi = length(re.Sub[0])
	case syntax.OpStar:
		return 0, unbounded
	case syntax.OpPlus:
		lo, _ = length(re.Sub[0])
		return lo, unbounded
	case syntax.OpRepeat:
		a, b := length(re.Sub[0])
		if re.Max < 0 || b == unbounded {
			return a * re.Min, unbounded
		}
		return a * re.Min, b * re.Max
	}
	return lo, hi
}

func plus(a, b int) int {
	if a == unbounded || b == unbounded {
		return unbounded
	}
	return a + b
}

// walk calls f with re and all it is made of.
func walk(re *syntax.Regexp, f func(*syntax.Regexp)) {
	f(re)
	for _, sub := range re.Sub {
		walk(sub, f)
	}
}

// wantsBackslash reports whether re names backslashes. A class that says what a
// value does not hold ([^\s"]) does not: in escaped text a match ends before one.
func wantsBackslash(re *syntax.Regexp) (wants bool) {
	walk(re, func(re *syntax.Regexp) {
		switch re.Op {
		case syntax.OpLiteral:
			for _, r := range re.Rune {
				wants = wants || r == '\\'
			}
		case syntax.OpAnyChar:
			wants = true
		case syntax.OpCharClass:
			n := len(re.Rune)
			if n == 0 || re.Rune[n-1] == unicode.MaxRune && (n > 2 || re.Rune[0] > 0) {
				return
			}
			for i := 0; i < n; i += 2 {
				wants = wants || re.Rune[i] <= '\\' && '\\' <= re.Rune[i+1]
			}
		}
	})
	return wants
}

// lazy reports whether re has a repetition that is to be as short as can be.
func lazy(re *syntax.Regexp) (is bool) {
	walk(re, func(re *syntax.Regexp) {
		switch re.Op {
		case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
			is = is || re.Flags&syntax.NonGreedy != 0
		}
	})
	return is
}

// items returns what re is made of, one after the other: the parts of its outer
// concatenation, groups opened but for the one named value, the first round taken
// out of repetitions.
func items(re *syntax.Regexp) (all []*syntax.Regexp) {
	switch {
	case re.Op == syntax.OpCapture && re.Name != "value":
		return items(re.Sub[0])
	case re.Op == syntax.OpConcat:
		for _, sub := range re.Sub {
			all = append(all, items(sub)...)
		}
		return all
	case re.Op == syntax.OpPlus && re.Sub[0].Op == syntax.OpConcat:
		again := *re
		again.Op = syntax.OpStar
		return append(items(re.Sub[0]), &again)
	case re.Op == syntax.OpRepeat && re.Min > 0 && re.Sub[0].Op == syntax.OpConcat:
		again := *re
		if again.Min--; again.Max > 0 {
			again.Max--
		}
		return append(items(re.Sub[0]), &again)
	}
	return []*syntax.Regexp{re}
}

func concatenate(subs []*syntax.Regexp) *syntax.Regexp {
	if len(subs) == 0 {
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}
	}
	return &syntax.Regexp{Op: syntax.OpConcat, Sub: subs}
}

// bytesOf returns the bytes that can stand in a match of re.
func bytesOf(re *syntax.Regexp) (set bytescan.Set) {
	add := func(lo, hi rune) {
		if hi < utf8.RuneSelf { // Fast path
			ascii := (&inst{lo: byte(lo), hi: byte(hi)}).takes(&everything)
			set.Union(&ascii)
			return
		}
		utf8Seqs(lo, hi, func(s byteSeq) {
			for k := range s.n {
				for c := int(s.lo[k]); c <= int(s.hi[k]); c++ {
					set.Add(byte(c))
				}
			}
		})
	}
	walk(re, func(re *syntax.Regexp) {
		switch re.Op {
		case syntax.OpLiteral:
			for _, r := range re.Rune {
				add(r, r)
				for f := unicode.SimpleFold(r); f != r && re.Flags&syntax.FoldCase != 0; f = unicode.SimpleFold(f) {
					add(f, f)
				}
			}
		case syntax.OpCharClass:
			for i := 0; i < len(re.Rune); i += 2 {
				add(re.Rune[i], re.Rune[i+1])
			}
		case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
			add(0, unicode.MaxRune)
			if re.Op == syntax.OpAnyCharNotNL {
				set.Remove('\n')
			}
		}
	})
	return set
}
