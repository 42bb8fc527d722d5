package detect

import "strings"

// Most identifiers are checked in one of a few ways, so they are data: a number is a
// [spec], and the tables of specs are in validator_table_*.go by part of the world. What
// fits no table has a function of its own, in the file of its country.

// A spec says what makes a number of one kind valid. Its values are those of the number's
// letters and digits, without separators: 0 to 9, and 10 to 35 for A to Z in either case.
type spec struct {
	// forms are the shapes a number has: d is a digit, a a letter, x either; capitals and
	// digits stand for themselves.
	forms  []string
	prefix string // which may stand before it, such as the country's code
	first  string // what it may begin with, if not with all that forms allow
	sums   []sum
	also   func(chars) bool // what else must hold
}

// A sum is one check character. The values before it are multiplied by weights, and what
// is left of their sum modulo mod says what the character must be.
type sum struct {
	weights []int16
	right   bool // weights count from the check character to the left, as far as there are values
	from    int  // place of the first value that is weighed; 0 is the first
	plus    int  // a constant in the sum
	cross   bool // of a product of two digits their sum is taken
	mod     int
	// check is by remainder the character that must be there, '-' where no number is given
	// out. Without it the check character is weighed too, and nothing may be left over.
	check string
	at    int // place of the check character; 1 is the first, 0 the last
	// alphabet says what a character's value is, by its place; without it A is 10 and Z 35.
	alphabet string
}

// What follows from a remainder r, in common.
const (
	lessTen        = "0987654321"  // 10 - r, of 10 the 0
	lessEleven     = "0-987654321" // 11 - r, of 11 the 0, and 10 is not given out
	lessElevenZero = "00987654321" // 11 - r, of 10 and 11 the 0
	lessElevenLast = "10987654321" // 11 - r, the last digit of it
	restZero       = "01234567890" // r, of 10 the 0
	restOnly       = "0123456789-" // r, and 10 is not given out
)

// A specs is a kind of number that comes in several forms, each with its own spec.
type specs []spec

func (s specs) valid(text []byte) bool {
	var buf [36]byte
	n := values(buf[:], text)
	for i := range s {
		if s[i].holds(buf[:n]) {
			return true
		}
	}
	return false
}

// chars are a number's values. A function of a table takes a copy: what is handed to it by
// reference would have to be allocated.
type chars struct {
	v [36]byte
	n int
}

func (c *chars) all() []byte { return c.v[:c.n] }

func copyOf(v []byte) (c chars) {
	c.n = copy(c.v[:], v)
	return c
}

// Checks of all of a number.

func allLuhn(c chars) bool     { return luhn(c.all()) }
func allVerhoeff(c chars) bool { return verhoeff(c.all()) }
func allLuhn36(c chars) bool   { return luhn36(c.all()) }
func allMod11x10(c chars) bool { return mod11x10(c.all()) }

func (s *spec) holds(v []byte) bool {
	v = without(v, s.prefix)
	if !s.formed(v) || allSame(v) {
		return false
	}
	if s.first != "" && strings.IndexByte(s.first, base36[v[0]]) < 0 {
		return false
	}
	for i := range s.sums {
		if !s.sums[i].holds(v) {
			return false
		}
	}
	return s.also == nil || s.also(copyOf(v))
}

func (s *spec) formed(v []byte) bool {
	for _, form := range s.forms {
		if len(form) == len(v) && formed(v, form) {
			return true
		}
	}
	return false
}

func formed(v []byte, form string) bool {
	for i, c := range v {
		switch want := form[i]; want {
		case 'd':
			if c > 9 {
				return false
			}
		case 'a':
			if c <= 9 {
				return false
			}
		case 'x':
		default:
			if base36[c] != want {
				return false
			}
		}
	}
	return true
}

func (s *sum) holds(v []byte) bool {
	at := s.at - 1
	if at < 0 {
		at = len(v) - 1
	}
	n := s.plus
	for i, w := range s.weights {
		place := s.from + i
		if s.right {
			if place = at - 1 - i; place < 0 {
				break
			}
		}
		c := int(v[place])
		if s.alphabet != "" {
			if c = strings.IndexByte(s.alphabet, base36[c]); c < 0 {
				return false
			}
		}
		p := c * int(w)
		if s.cross {
			p = p/10 + p%10
		}
		n += p
	}
	if n %= s.mod; n < 0 {
		n += s.mod
	}
	if s.check == "" {
		return n == 0
	}
	return s.check[n] == base36[v[at]]
}

const base36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// values writes the values of text's letters and digits to dst and returns how many
// there are, or 0 if dst has no room for them.
func values(dst, text []byte) int {
	n := 0
	for _, c := range text {
		switch {
		case isDigit(c):
			c -= '0'
		case isLetter(c):
			c = c | 0x20 - 'a' + 10
		default:
			continue
		}
		if n == len(dst) {
			return 0
		}
		dst[n] = c
		n++
	}
	return n
}

// without returns v behind prefix, or v where it does not begin so.
func without(v []byte, prefix string) []byte {
	if len(v) < len(prefix) {
		return v
	}
	for i := range len(prefix) {
		if base36[v[i]] != prefix[i] {
			return v
		}
	}
	return v[len(prefix):]
}

// allDigits reports whether v has no letters.
func allDigits(v []byte) bool {
	for _, c := range v {
		if c > 9 {
			return false
		}
	}
	return true
}

// remainder returns what is left of the number that the digits v are, of any length.
func remainder(v []byte, mod int) int {
	n := 0
	for _, c := range v {
		n = (n*10 + int(c)) % mod
	}
	return n
}

// weigh returns the sum of the products of the first of v and w.
func weigh(v []byte, w ...int) int {
	sum := 0
	for i, k := range w {
		sum += int(v[i]) * k
	}
	return sum
}

// Days inside numbers. Where the century is not told, any will do: 2000 was a leap year.

func dayYMD(v []byte) bool { return validDay(2000+number(v[:2]), number(v[2:4]), number(v[4:6])) }
func dayDMY(v []byte) bool { return validDay(2000+number(v[4:6]), number(v[2:4]), number(v[:2])) }

func dayYYYYMD(v []byte) bool {
	y := number(v[:4])
	return firstBirthYear-60 <= y && y <= lastBirthYear && validDay(y, number(v[4:6]), number(v[6:8]))
}

// A tabled is a kind of number in a table, with the share of random strings of its shape that pass.
type tabled struct {
	rate  float64
	specs specs
}
