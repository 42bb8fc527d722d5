package detect

import "unicode/utf8"

// validStreet checks that text has a number, and a word that says what
// kind of street it is: Street, Ave, rue, Calle, -straße, Am Markt. A bare one that the text begins with does not
// count: "Platz 3" is where somebody came in.
func validStreet(text []byte) bool {
	if countDigits(text) == 0 {
		return false
	}
	n := 0
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text): // JSON's end of a line
			i += 2
			continue
		case !isLetter(c) && c < utf8.RuneSelf:
			i++
			continue
		}
		start := i
		for i < len(text) && (isLetter(text[i]) || text[i] >= utf8.RuneSelf) {
			i++
		}
		if streetWord(text[start:i], n > 0) {
			return true
		}
		n++
	}
	return false
}

// maxStreetWord is as long as a word may be to be looked at.
const maxStreetWord = 64

// streetWord reports whether word is a kind of street, or a German compound that ends in one. A bare one
// counts only if behind says that a word stands before it.
func streetWord(word []byte, behind bool) bool {
	if len(word) > maxStreetWord {
		return false
	}
	var low [maxStreetWord]byte
	for i, c := range word {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		low[i] = c
	}
	w := low[:len(word)]
	if streets[string(w)] {
		return behind || romance[string(w)]
	}
	for _, article := range [...]string{"am", "an", "im", "unter", "zum", "zur", "auf", "hinter"} {
		if !behind && string(w) == article {
			return true // Unter den Linden 77: with a number and a town behind, as all that is checked
		}
	}
	for _, end := range compounds {
		if n := len(w) - len(end); n > 1 && string(w[n:]) == end {
			return true
		}
	}
	return false
}

// compounds are what German names of streets end with.
var compounds = [...]string{
	"straße", "strasse", "str", "weg", "platz", "allee", "gasse", "ring", "ufer", "damm", "chaussee", "steig", "pfad", "wall",
	"markt", "graben", "promenade", "stieg", "zeile", "winkel", "kamp", "berg", "hof", "park", "tor", "feld", "anger", "grund", "brücke", "garten",
	"straat", "laan", "plein", "gracht", "kade", "dijk",
}

// streets are kinds of streets, as a word of their own.
var streets = set(
	"street", "str", "st", "avenue", "ave", "av", "boulevard", "blvd", "road", "rd", "lane", "ln", "drive", "dr", "court", "ct", "circle", "cir", "place", "pl",
	"terrace", "ter", "tce", "parkway", "pkwy", "highway", "hwy", "square", "sq", "trail", "trl", "way", "broadway", "loop", "alley", "plaza", "plz", "pike", "path",
	"crossing", "xing", "expressway", "expy", "turnpike", "tpke", "close", "crescent", "cres", "gardens", "grove", "mews", "row", "walk", "parade", "pde",
	"esplanade", "circuit", "quay", "wharf", "point", "run", "ridge", "hill",
	"nagar", "marg", "colony", "layout", "cross", "main", "sector", "phase", "enclave", "vihar", "chowk", "society", "bagh", "ganj", "extension", "block", "salai", "peth", "bazaar",
	"calle", "rue", "via", "viale", "piazza", "corso", "rua", "travessa", "praça", "avenida", "plaza", "ulica", "straat", "laan", "plein", "gracht",
	"straße", "strasse", "weg", "platz", "allee", "gasse", "ring", "ufer", "damm", "chaussee", "markt", "graben", "wall", "linden", "hof", "berg", "tor",
)

// romance are those that stand before the name.
var romance = set("calle", "rue", "via", "viale", "piazza", "corso", "rua", "travessa", "praça", "avenida", "ulica")

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}
