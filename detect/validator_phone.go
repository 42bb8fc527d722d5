package detect

// phoneDigits writes the digits of a telephone number to dst, without an
// extension, which begins at a letter or "#", and without the "(0)" of
// "+44 (0)20 ...". It returns their number, or -1.
func phoneDigits(dst, text []byte) int {
	n := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if d := c - '0'; d < 10 {
			if n == len(dst) {
				return -1
			}
			dst[n] = d
			n++
			continue
		}
		switch phoneBytes[c] {
		case phoneEnds:
			return n
		case phoneMasked:
			return -1
		case phoneTrunk:
			if i+2 < len(text) && text[i+1] == '0' && text[i+2] == ')' && n > 0 {
				i += 2
			}
		}
	}
	return n
}

// What a byte of a telephone number that is no digit says.
const (
	phoneSeparates = iota
	phoneEnds      // of the number: an extension
	phoneMasked
	phoneTrunk // may begin (0)
)

var phoneBytes = func() (t [256]uint8) {
	for c := range t {
		if isLetter(byte(c)) {
			t[c] = phoneEnds
		}
	}
	t['#'], t[';'], t[','] = phoneEnds, phoneEnds, phoneEnds
	t['*'], t['('] = phoneMasked, phoneTrunk
	return t
}()

// validE164 checks an international number, with + or 00 before it: there is such
// a country code, and the rest is as long as numbers are there (ITU-T E.164 and its
// list of assigned codes). Of North America's it asks for the first digits of area
// and exchange only: made-up numbers stand in real texts.
func validE164(text []byte) bool {
	var buf [18]byte
	n := phoneDigits(buf[:], text)
	d := buf[:max(n, 0)]
	if len(text) > 0 && text[0] != '+' && n > 2 && d[0] == 0 && d[1] == 0 {
		d = d[2:]
	}
	if len(d) < 7 || len(d) > 15 || d[0] == 0 || allSame(d) {
		return false
	}
	if d[0] == 1 {
		return len(d) == 11 && d[1] >= 2 && d[4] >= 1
	}
	for width := 1; width <= 3; width++ {
		if c := &callingCodes[number(d[:width])]; c.max != 0 {
			rest := len(d) - width
			return int(c.min) <= rest && rest <= int(c.max)
		}
	}
	return false
}

// validNANP checks a number of the North American plan, with or without the 1: an
// area begins with 2 to 9 and is not N11, an exchange does not begin with 0, and the
// whole is not one digit. Exchanges from 1 on are not given out, but 555-123-4567 is
// what people write for an example, and examples become data.
func validNANP(text []byte) bool {
	var buf [15]byte
	n := phoneDigits(buf[:], text)
	switch {
	case n == 11 && buf[0] == 1:
		return nanp(buf[1:11])
	case n == 10:
		return nanp(buf[:10])
	}
	return false
}

func nanp(d []byte) bool {
	return d[0] >= 2 && d[3] >= 1 && !(d[1] == 1 && d[2] == 1) && !allSame(d)
}

// validPhoneKR checks a Korean number, national or with 82: mobile, area, internet
// and personal numbers with their lengths (전기통신번호관리세칙). A subscriber's number does not begin
// with 0.
func validPhoneKR(text []byte) bool {
	var buf [15]byte
	n := phoneDigits(buf[:], text)
	if n < 8 {
		return false
	}
	d := buf[:n]
	if d[0] == 8 && d[1] == 2 {
		if d = d[2:]; d[0] == 0 {
			d = d[1:]
		}
	} else if d[0] == 0 {
		d = d[1:]
	} else {
		return false
	}
	n = len(d)
	switch d[0] {
	case 1: // 010, 011, 016 to 019
		return n == 10 && d[1] == 0 && d[2] >= 1 || (n == 9 || n == 10) && (d[1] == 1 || d[1] >= 6)
	case 2: // Seoul
		return (n == 8 || n == 9) && d[1] >= 1
	case 3, 4, 6: // 031-033, 041-044, 061-064; 060 and such are services
		return (n == 9 || n == 10) && 1 <= d[1] && d[1] <= 4 && d[2] >= 1
	case 5: // 051-055; 050x are personal numbers
		return (n == 9 || n == 10) && 1 <= d[1] && d[1] <= 5 && d[2] >= 1 || d[1] == 0 && (n == 10 || n == 11)
	case 7: // 070
		return n == 10 && d[1] == 0 && d[2] >= 1
	}
	return false
}

// validPhone checks that a number in some national form can be one: 7 to 15 digits,
// not all alike, and neither a date, nor two years, nor an IPv4 address, nor grouped as
// a Social Security number.
func validPhone(text []byte) bool {
	if countDigits(text) < 7 {
		return false // Fast path.
	}
	if y, m, d, ok := isoDay(text); ok && bornOn(y, m, d) {
		return false
	}
	var buf [15]byte
	n := phoneDigits(buf[:], text)
	if n < 7 || allSame(buf[:n]) {
		return false
	}
	if _, ip := parseIPv4(text); ip {
		return false
	}
	return !(n == 8 && dateShaped(buf[:8], text)) && !(n == 9 && len(text) == 11 && text[3] == '-' && text[6] == '-')
}

// dateShaped reports whether eight digits are a day: 20140312, 2014-03-12, 12.03.2014.
func dateShaped(d, text []byte) bool {
	switch len(text) {
	case 8:
		return bornOn(number(d[:4]), number(d[4:6]), number(d[6:]))
	case 9: // 2012-2026
		from, to := number(d[:4]), number(d[4:])
		return !isDigit(text[4]) && 1900 <= from && from <= to && to < 2100
	case 10:
	default:
		return false
	}
	if !isDigit(text[4]) && !isDigit(text[7]) {
		return bornOn(number(d[:4]), number(d[4:6]), number(d[6:]))
	}
	if !isDigit(text[2]) && !isDigit(text[5]) {
		y, a, b := number(d[4:]), number(d[:2]), number(d[2:4])
		return bornOn(y, a, b) || bornOn(y, b, a)
	}
	return false
}

// callingCodes says for each assigned country code how many digits may follow it.
var callingCodes = func() (t [1000]struct{ min, max uint8 }) {
	code, field := 0, [2]int{}
	state := 0
	for i := range len(callingCodeList) {
		switch c := callingCodeList[i]; {
		case c == ':':
			state = 1
		case c == '-':
			state = 2
		case isDigit(c) && state == 0:
			code = code*10 + int(c-'0')
		case isDigit(c):
			field[state-1] = field[state-1]*10 + int(c-'0')
		case c == ' ':
			t[code] = struct{ min, max uint8 }{uint8(field[0]), uint8(field[1])}
			code, field, state = 0, [2]int{}, 0
		}
	}
	return t
}()

// callingCodeList is the assigned codes of ITU-T E.164 (annex to Operational Bulletin
// 1114 and its amendments) and the least and greatest number of digits after them as
// the national plans give them. Country codes of services (800, 870, 881 ...) are
// not people's.
const callingCodeList = "7:10-10 20:8-10 27:9-9 30:10-10 31:9-11 32:8-9 33:9-9 34:9-9 36:8-9 39:6-11 40:9-9 41:9-9 43:4-13 44:9-10 45:8-8 " +
	"46:7-10 47:5-12 48:9-9 49:6-13 51:8-9 52:10-10 53:6-8 54:10-11 55:10-11 56:9-9 57:8-10 58:10-10 60:8-10 61:9-9 62:7-12 63:8-10 " +
	"64:8-10 65:8-8 66:8-9 81:9-10 82:8-11 84:7-10 86:9-11 90:10-10 91:10-10 92:9-10 93:9-9 94:9-9 95:7-10 98:10-10 211:9-9 212:9-9 " +
	"213:8-9 216:8-8 218:9-9 220:7-7 221:9-9 222:8-8 223:8-8 224:8-9 225:10-10 226:8-8 227:8-8 228:8-8 229:8-10 230:7-8 231:7-9 232:8-8 " +
	"233:9-9 234:7-10 235:8-8 236:8-8 237:8-9 238:7-7 239:7-7 240:9-9 241:7-8 242:9-9 243:7-9 244:9-9 245:7-9 246:7-7 247:5-6 248:7-7 " +
	"249:9-9 250:9-9 251:9-9 252:7-9 253:8-8 254:9-9 255:9-9 256:9-9 257:8-8 258:8-9 260:9-9 261:9-9 262:9-9 263:8-10 264:8-9 265:7-9 " +
	"266:8-8 267:7-8 268:8-8 269:7-7 290:4-5 291:7-7 297:7-7 298:6-6 299:6-6 350:8-8 351:9-9 352:4-11 353:7-9 354:7-9 355:8-9 356:8-8 " +
	"357:8-8 358:5-12 359:7-9 370:8-8 371:8-8 372:7-8 373:8-8 374:8-8 375:9-9 376:6-9 377:8-9 378:6-10 380:9-9 381:8-9 382:8-9 383:8-9 " +
	"385:8-9 386:8-8 387:8-9 389:8-8 420:9-9 421:9-9 423:7-9 500:5-5 501:7-7 502:8-8 503:8-8 504:8-8 505:8-8 506:8-8 507:7-8 508:6-6 " +
	"509:8-8 590:9-9 591:8-8 592:7-7 593:8-9 594:9-9 595:9-9 596:9-9 597:6-7 598:8-8 599:7-8 670:7-8 672:6-6 673:7-7 674:7-7 675:7-8 " +
	"676:5-7 677:5-7 678:5-7 679:7-7 680:7-7 681:6-6 682:5-5 683:4-7 685:5-7 686:5-8 687:6-6 688:5-6 689:8-8 690:4-5 691:7-7 692:7-7 " +
	"850:8-10 852:8-8 853:8-8 855:8-9 856:8-10 880:8-10 886:8-9 960:7-7 961:7-8 962:8-9 963:8-9 964:8-10 965:8-8 966:8-9 967:7-9 968:8-8 " +
	"970:8-9 971:8-9 972:8-9 973:8-8 974:7-8 975:7-8 976:8-8 977:8-10 992:9-9 993:8-8 994:9-9 995:9-9 996:9-9 998:9-9 "
