package detect

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// What is worked out beforehand, or eight bytes at a time, gives what the plain way gives.

func plainLuhn(d []byte) bool {
	sum := 0
	for i, c := range d {
		v := int(c)
		if (len(d)-i)%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}

func plainVerhoeff(d []byte) bool {
	const turned = "1576283094"
	c := 0
	for i := range d {
		v := int(d[len(d)-1-i])
		for range i % 8 {
			v = int(turned[v] - '0')
		}
		switch {
		case c < 5 && v < 5:
			c = (c + v) % 5
		case c < 5:
			c = 5 + (c+v)%5
		case v < 5:
			c = 5 + (c-v+5)%5
		default:
			c = (c - v + 5) % 5
		}
	}
	return c == 0
}

func plainMod97(b []byte) bool {
	rest := 0
	for i := range b {
		c := b[(i+4)%len(b)]
		if isDigit(c) {
			rest = (rest*10 + int(c-'0')) % 97
		} else {
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	return rest == 1
}

func plainEntropy(text []byte) bool {
	var count [256]int
	digit, letter := false, false
	for _, c := range text {
		count[c]++
		digit = digit || isDigit(c)
		letter = letter || isLetter(c)
	}
	bits := 0.0
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(text))
			bits -= p * math.Log2(p)
		}
	}
	return digit && letter && bits >= 3
}

func randomOf(r *rand.Rand, alphabet string, n int) []byte {
	text := make([]byte, n)
	for i := range text {
		text[i] = alphabet[r.IntN(len(alphabet))]
	}
	return text
}

func TestChecksAgainstPlain(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 50000 {
		d := make([]byte, 1+r.IntN(19))
		for i := range d {
			d[i] = byte(r.IntN(10))
		}
		if got, want := luhn(d), plainLuhn(d); got != want {
			t.Fatalf("luhn(%v) = %v, want %v", d, got, want)
		}
		if got, want := verhoeff(d), plainVerhoeff(d); got != want {
			t.Fatalf("verhoeff(%v) = %v, want %v", d, got, want)
		}
		if len(d) >= 12 {
			iin := number(d[:6])
			want := slices.ContainsFunc(issuers, func(i struct{ from, to, min, max int }) bool {
				return i.from <= iin && iin <= i.to && i.min <= len(d) && len(d) <= i.max
			})
			if got := issued(d); got != want {
				t.Fatalf("issued(%v) = %v, want %v", d, got, want)
			}
		}
		text := randomOf(r, "0123456789 -(ax", r.IntN(40))
		n := 0
		for _, c := range text {
			if isDigit(c) {
				n++
			}
		}
		if got := countDigits(text); got != n {
			t.Fatalf("countDigits(%q) = %d, want %d", text, got, n)
		}
		day := randomOf(r, "01239", 10)
		for _, i := range []int{4, 7} {
			day[i] = "--//..x5 "[r.IntN(9)]
		}
		if got, want := validBirthDate(day), birthDate(day); got != want {
			t.Fatalf("validBirthDate(%q) = %v, want %v", day, got, want)
		}
		secret := randomOf(r, "abcd0123EFGHijkl"[:8+r.IntN(9)], 8*(1+r.IntN(8)))
		if got, want := validEntropy(secret), plainEntropy(secret) && validSecret(secret); got != want {
			t.Fatalf("validEntropy(%q) = %v, want %v", secret, got, want)
		}
	}
	for a := byte('A'); a <= 'Z'; a++ {
		for b := byte('A'); b <= 'Z'; b++ {
			want := 0
			for i := 0; i < len(ibanLengths); i += 4 {
				if ibanLengths[i] == a && ibanLengths[i+1] == b {
					want = int(ibanLengths[i+2]-'0')*10 + int(ibanLengths[i+3]-'0')
				}
			}
			if got := ibanLength(a, b); got != want {
				t.Errorf("ibanLength(%c, %c) = %d, want %d", a, b, got, want)
			}
			if want == 0 {
				continue
			}
			for range 200 {
				iban := append([]byte{a, b}, randomOf(r, "0123456789", 2)...)
				iban = append(iban, randomOf(r, "0123456789ABZ"[:10+r.IntN(4)], want-4)...)
				if got, want := validIBAN(iban), plainMod97(iban); got != want {
					t.Fatalf("validIBAN(%s) = %v, want %v", iban, got, want)
				}
			}
		}
	}
}

// Phone numbers that are days are told from their form, others from their digits.
func TestPhoneDays(t *testing.T) {
	for text, want := range map[string]bool{
		"2020-05-15": false, "2020.05.15": false, "2020/05/15": false, "2020-13-15": true, "2020.13.15": true, "1111-11-11": false,
		"2020-05": false, "5551234": true, "555-123": false, "(555) 123-4567": true,
	} {
		if got := validPhone([]byte(text)); got != want {
			t.Errorf("validPhone(%s) = %v, want %v", text, got, want)
		}
	}
}

func TestTopLevel(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for _, name := range topLevels {
		if !topLevel([]byte(name)) {
			t.Errorf("%s is no top-level domain", name)
		}
	}
	for range 50000 {
		name := randomOf(r, "abcdeimnorstu", 2+r.IntN(4))
		want := slices.Contains(topLevels, string(name))
		if len(name) == 2 {
			want = false
			for i := 0; i < len(countryLevels); i += 2 {
				want = want || countryLevels[i:i+2] == string(name)
			}
		}
		if got := topLevel(name); got != want {
			t.Fatalf("topLevel(%s) = %v, want %v", name, got, want)
		}
	}
}
