package detect

import (
	"encoding/binary"
	"math/bits"
)

// Validators returns the validators that every Detector knows, by name, as a map of the
// caller's own.
func Validators() map[string]Validator { return builtins() }

// builtins returns the validators that every Detector knows, by the name under
// which a rule asks for them. Each takes the match as it stands, separators
// included, and reads nothing else; none allocates or keeps what it is given.
//
// PassRate is measured, not guessed: TestPassRates draws random strings of the
// shape a rule would match and holds the share that passes against the number here.
func builtins() map[string]Validator {
	v := func(rate float64, valid func([]byte) bool) Validator {
		return Validator{Valid: valid, PassRate: rate}
	}
	known := map[string]Validator{
		// Payment and accounts.
		"luhn":      v(0.1, validLuhn),
		"iin":       v(0.402, validIIN),
		"card":      v(0.0404, validCard),
		"card-like": v(1, validCardLike), // 1, since what passes "card" passes it
		"iban":      v(0.0103, validIBAN),
		"iban-len":  v(1, validIBANLength),
		"bic":       v(0.39, validBIC),
		"iso11649":  v(0.0103, validCreditorReference),
		"nz-bank":   v(0.0909, validNZBank),
		"track2":    v(0.012, validTrack),

		// Crypto-currencies.
		"base58check": v(0, validBase58Check),
		"bech32":      v(0, validBech32),
		"eip55":       v(0, validEIP55),
		"tron":        v(0, validTron),
		"xmr":         v(0, validMonero),
		"xrp":         v(0, validXRP),
		"wif":         v(0, validWIF),

		// Check characters by themselves, of numbers that have no validator of their own.
		"mod97-10": v(0.0103, wholly(5, false, false, mod97x10)),  // ISO/IEC 7064
		"mod11-10": v(0.1, wholly(5, true, false, allMod11x10)),   // ISO/IEC 7064
		"mod11-2":  v(0.0909, wholly(5, true, true, mod11x2)),     // ISO/IEC 7064
		"mod37-36": v(0.0278, wholly(5, false, false, mod37x36)),  // ISO/IEC 7064
		"luhn36":   v(0.0278, wholly(5, false, false, allLuhn36)), // ISO/IEC 7812-1, modulo 36
		"verhoeff": v(0.1, wholly(5, true, false, allVerhoeff)),   // J. Verhoeff, Error Detecting Decimal Codes, 1969
		"damm":     v(0.1, wholly(5, true, false, damm)),          // H. M. Damm, Total anti-symmetrische Quasigruppen, 2004

		// Contact and network.
		"email":        v(0.127, validEmail),
		"e164":         v(0.65, validE164),
		"nanp":         v(0.713, validNANP),
		"phone-kr":     v(0.21, validPhoneKR),
		"phone":        v(1, validPhone),
		"ipv4":         v(0.988, validIPv4),
		"ipv4-public":  v(0.83, validIPv4Public),
		"ipv4-any":     v(0.95, validIPv4Any),
		"ipv6":         v(1, validIPv6),
		"ipv6-any":     v(1, validIPv6Any),
		"mac":          v(1, validMAC),
		"url-password": v(1, validURLPassword),
		"url":          v(1, validURL),

		// Dates and persons.
		"birthdate":   v(0.0373, validBirthDate),
		"calendar":    v(1, validCalendar), // 1, since with the name of a month nearly all pass
		"geo":         v(1, validGeo),
		"text":        v(1, validText),
		"name":        v(.9, validName),
		"bare-name":   v(1, validBareName),
		"full-name":   v(1, validFullName),
		"given-name":  v(1, validGivenName),
		"person":      v(1, validPerson),
		"person-cjk":  v(1, validPersonCJK),
		"address":     v(1, validAddress),
		"street":      v(1, validStreet),
		"postal":      v(1, validPostal),
		"half-digits": v(1, validHalfDigits),
		"some-digits": v(1, validSomeDigits),
		"pl-nrb":      v(0.0103, validNRB),

		// National identifiers.
		"us-ssn":       v(0.89, validSSN),
		"us-itin":      v(0.44, validITIN),
		"kr-rrn":       v(0.1, validRRN),
		"kr-rrn-date":  v(0.0365, validRRNDate),
		"kr-brn":       v(0.089, validBRN),
		"uk-nino":      v(0.55, validNINO),
		"uk-nhs":       v(0.091, validNHS),
		"in-aadhaar":   v(0.1, validAadhaar),
		"in-pan":       v(0.42, validPAN),
		"br-cpf":       v(0.01, validCPF),
		"br-cnpj":      v(0.01, validCNPJ),
		"de-tax-id":    v(0.0034, validSteuerID),
		"fr-nir":       v(0.0103, validNIR),
		"es-nif":       v(0.0435, validNIF),
		"es-nie":       v(0.0435, validNIE),
		"pl-pesel":     v(0.1, validPESEL),
		"br-cnh":       v(0.01, validCNH),
		"br-titulo":    v(0.01, validTitulo),
		"mx-rfc":       v(0.0365, validRFC),
		"mx-rfc-digit": v(0.0033, validRFCDigit),
		"ec-ruc":       v(0.1, validEcuadorRUC),
		"ve-rif":       v(0.1, validRIF),
		"nz-ird":       v(0.1, validIRD),
		"nz-nhi":       v(0.1, validNHI),
		"tr-kimlik":    v(0.01, validTCKimlik),
		"tr-vkn":       v(0.1, validVKN),
		"ru-snils":     v(0.01, validSNILS),
		"ru-ogrn":      v(0.1, validOGRN),
		"ua-edrpou":    v(0.1, validEDRPOU),
		"kz-iin":       v(0.1, validKZIIN),
		"de-rvnr":      v(0.1, validRVNR),
		"siren":        v(0.1, validSIREN),
		"fr-tva":       v(0.001, validFrenchVAT),
		"es-cif":       v(0.1, validCIF),
		"es-nuss":      v(0.01, validNUSS),
		"pt-cc":        v(0.1, validCartaoCidadao),
		"it-cf":        v(0.038, validCodiceFiscale),
		"cy-tin":       v(0.038, validCypriotTIN),
		"nl-btw":       v(0.1, validBTW),
		"gb-vat":       v(0.03, validGBVAT),
		"ie-pps":       v(0.04, validPPS),
		"fi-hetu":      v(0.03, validHetu),
		"cz-rc":        v(0.1, validRC),
		"sk-rc":        v(0.1, validRC),
		"cz-dic":       v(0.09, validDIC),
		"ee-lt":        v(0.1, validBaltic),
		"tw-ubn":       v(0.2, validUBN),

		// Documents and vehicles.
		"icao731": v(0.1, validMRZNumber),
		"mrz-td3": v(0, validMRZ),
		"vin":     v(0.09, validVIN),

		// Credentials.
		"aws-key-id": v(1, validAWSKeyID),
		"github-crc": v(0, validGitHubToken),
		"jwt":        v(0, validJWT),
		"basic":      v(0.0092, validBasicAuth),
		"secret":     v(1, validSecret),
		"password":   v(1, validPassword),
		"entropy":    v(1, validEntropy),
		"random":     v(0.98, validRandom),
		"aws-secret": v(1, validAWSSecret),
		"assigned":   v(0.75, validAssigned),

		// Credentials whose form names the issuer.
		"key":           v(1, validKey),
		"gitlab-crc":    v(0, validGitLabRoutable),
		"atlassian-crc": v(0, validAtlassianCRC),
		"xprv":          v(0, validXPRV),
		"discord":       v(0, validDiscordToken),
	}
	for _, table := range [...]map[string]tabled{world, americas, europe, asia, elsewhere} {
		for name, t := range table {
			known[name] = v(t.rate, t.specs.valid)
		}
	}
	return known
}

// digits writes the values 0 to 9 of text's decimal digits to dst and returns how
// many there are. It skips separators and returns -1 for text that has a letter,
// or more digits than dst has room for.
func digits(dst, text []byte) int {
	n := 0
	for _, c := range text {
		switch {
		case isDigit(c):
			if n == len(dst) {
				return -1
			}
			dst[n] = c - '0'
			n++
		case isLetter(c):
			return -1
		}
	}
	return n
}

// countDigits returns how many decimal digits text has.
func countDigits(text []byte) (n int) {
	for ; len(text) >= 8; text = text[8:] {
		n += 8 - bits.OnesCount64(noDigits8(binary.LittleEndian.Uint64(text)))
	}
	for _, c := range text {
		if c-'0' < 10 {
			n++
		}
	}
	return n
}

// noDigits8 returns the high bits of those of eight bytes that are no digits.
func noDigits8(v uint64) uint64 {
	v ^= 0x3030303030303030
	return (v&0x7f7f7f7f7f7f7f7f + 0x7676767676767676 | v) & 0x8080808080808080
}

// alnum writes text's letters, in upper case, and digits to dst and returns how
// many there are, or -1 if dst has no room for them.
func alnum(dst, text []byte) int {
	n := 0
	for _, c := range text {
		switch {
		case 'a' <= c && c <= 'z':
			c -= 'a' - 'A'
		case isDigit(c), isLetter(c):
		default:
			continue
		}
		if n == len(dst) {
			return -1
		}
		dst[n] = c
		n++
	}
	return n
}

// weighted returns the sum of the products of d and w, which are of one length.
func weighted(d []byte, w string) int {
	sum := 0
	for i, c := range d {
		sum += int(c) * int(w[i]-'0')
	}
	return sum
}

// number returns the value of the decimal digits d.
func number(d []byte) int {
	n := 0
	for _, c := range d {
		n = 10*n + int(c)
	}
	return n
}

// allSame reports whether all of d are equal.
func allSame(d []byte) bool {
	for _, c := range d {
		if c != d[0] {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isAlnum(c byte) bool  { return isDigit(c) || isLetter(c) }
