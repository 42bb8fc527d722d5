package detect

// validIBAN checks an International Bank Account Number: the country's length
// (SWIFT's IBAN registry) and ISO 7064's MOD 97-10 over all of it.
func validIBAN(text []byte) bool {
	var b [34]byte
	n := alnum(b[:], text)
	if n < 15 || !isLetter(b[0]) || !isLetter(b[1]) || !isDigit(b[2]) || !isDigit(b[3]) {
		return false
	}
	if ibanLength(b[0], b[1]) != n {
		return false
	}
	rest := uint64(0)
	for i := range n {
		c := b[(i+4)%n]
		if isDigit(c) {
			rest = rest*10 + uint64(c-'0')
		} else {
			rest = rest*100 + uint64(c-'A') + 10
		}
		if rest > 1<<56 {
			rest %= 97
		}
	}
	return rest%97 == 1
}

// ibanLengths holds a country and its length in four bytes each, sorted.
const ibanLengths = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18" +
	"FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20" +
	"MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22" +
	"VG24XK20YE30"

// ibanLengthOf is by two letters what ibanLengths says, or 0.
var ibanLengthOf = func() (t [32 * 32]uint8) {
	for i := 0; i < len(ibanLengths); i += 4 {
		t[int(ibanLengths[i]&31)<<5|int(ibanLengths[i+1]&31)] = (ibanLengths[i+2]-'0')*10 + ibanLengths[i+3] - '0'
	}
	return t
}()

// ibanLength returns how long the numbers of the country of that code, two capitals, are.
func ibanLength(a, b byte) int { return int(ibanLengthOf[int(a&31)<<5|int(b&31)]) }
