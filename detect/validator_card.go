package detect

// validLuhn checks the last digit of 8 to 19 digits as ISO/IEC 7812-1, annex B,
// says. A run of one digit passes the sum, but is nobody's number.
func validLuhn(text []byte) bool {
	var d [19]byte
	n := digits(d[:], text)
	return n >= 8 && !allSame(d[:n]) && luhn(d[:n])
}

// luhn doubles every second digit from the right.
func luhn(d []byte) bool {
	sum := 0
	for i := len(d) - 1; i > 0; i -= 2 {
		sum += int(d[i]) + int(doubled[d[i-1]&15])
	}
	if len(d)%2 == 1 {
		sum += int(d[0])
	}
	return sum%10 == 0
}

// doubled is twice a digit, its digits summed.
var doubled = [16]uint8{0, 2, 4, 6, 8, 1, 3, 5, 7, 9}

// validIIN checks that 12 to 19 digits begin with a prefix under which payment
// cards of that length are issued, and are grouped as cards are.
func validIIN(text []byte) bool {
	var d [19]byte
	n := digits(d[:], text)
	return n >= 12 && issued(d[:n]) && cardGroups(text)
}

// validCard is validLuhn and validIIN.
func validCard(text []byte) bool {
	var d [19]byte
	n := digits(d[:], text)
	return n >= 12 && issued(d[:n]) && !allSame(d[:n]) && luhn(d[:n]) && cardGroups(text)
}

// validCardLike is what at least must hold of a number that a word calls a card: its
// prefix or its check digit is right, and it is grouped as cards are. Fourteen digits
// need the prefix: a date with a time has as many.
func validCardLike(text []byte) bool {
	var d [19]byte
	n := digits(d[:], text)
	return n >= 12 && !allSame(d[:n]) && (issued(d[:n]) || n != 14 && luhn(d[:n])) && cardGroups(text)
}

// issuers are the ranges of the first six digits under which cards are issued,
// with the lengths they have. Sources: ISO/IEC 7812; the networks' own published
// BIN rules (Visa, Mastercard 2-series of 2017, American Express, Discover,
// Diners Club, JCB, UnionPay, Maestro, Mir, RuPay, Troy, Elo, Hipercard).
var issuers = []struct {
	from, to int
	min, max int
}{
	{180000, 180099, 15, 15}, // JCB, old
	{213100, 213199, 15, 15}, // JCB, old
	{220000, 220499, 16, 19}, // Mir
	{222100, 272099, 16, 16}, // Mastercard
	{300000, 305999, 14, 19}, // Diners Club
	{309500, 309599, 14, 19}, // Diners Club
	{340000, 349999, 15, 15}, // American Express
	{352800, 358999, 16, 19}, // JCB
	{360000, 369999, 14, 19}, // Diners Club
	{370000, 379999, 15, 15}, // American Express
	{380000, 399999, 14, 19}, // Diners Club
	{400000, 499999, 13, 13}, // Visa, old
	{400000, 499999, 16, 16}, // Visa
	{400000, 499999, 19, 19}, // Visa
	{500000, 509999, 12, 19}, // Maestro, Elo, RuPay
	{510000, 559999, 16, 16}, // Mastercard
	{560000, 589999, 12, 19}, // Maestro
	{601100, 601199, 16, 19}, // Discover
	{606282, 606282, 16, 16}, // Hipercard
	{600000, 699999, 16, 16}, // Discover, Maestro, RuPay, UnionPay
	{620000, 629999, 16, 19}, // UnionPay
	{630000, 639999, 12, 19}, // Maestro
	{644000, 659999, 16, 19}, // Discover
	{670000, 679999, 12, 19}, // Maestro
	{810000, 829999, 16, 19}, // UnionPay, RuPay
	{941000, 941099, 16, 16}, // BC Card
	{979200, 979299, 16, 16}, // Troy
}

// issuersFrom is by the first two digits the first of issuers whose range can hold such
// a number, and issuersTo the one behind the last.
var issuersFrom, issuersTo = func() (from, to [100]uint8) {
	for p := range from {
		for i, r := range issuers {
			if r.from <= p*10000+9999 && p*10000 <= r.to {
				if to[p] == 0 {
					from[p] = uint8(i)
				}
				to[p] = uint8(i + 1)
			}
		}
	}
	return from, to
}()

func issued(d []byte) bool {
	iin := number(d[:6])
	prefix := iin / 10000
	for i := issuersFrom[prefix]; i < issuersTo[prefix]; i++ {
		r := &issuers[i]
		if r.from <= iin && iin <= r.to && r.min <= len(d) && len(d) <= r.max {
			return true
		}
	}
	return false
}

// cardGroups reports whether digits stand together, or in groups of at least two
// (4-4-4-4, 4-6-5, 4-6-4, 6-13 ...) with one kind of separator between them.
func cardGroups(text []byte) bool {
	var sep byte
	run := 0
	for i, c := range text {
		if isDigit(c) {
			run++
			continue
		}
		if run < 2 || sep != 0 && c != sep || i+1 < len(text) && !isDigit(text[i+1]) {
			return false
		}
		sep, run = c, 0
	}
	return run >= 1
}
