package namebook

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// split returns the words of a name, its titles left out. It reports false for what is no name: too many words, none of two
// letters, a digit, a word that says what somebody is and not who.
func split(name []byte) (words [][]byte, ok bool) {
	letters := false
	for i := 0; i < len(name); {
		n := wordLen(name[i:])
		if n == 0 {
			if c := name[i]; isDigit(c) || strings.IndexByte("@/\\<>{}[]()=$|;:_*#%&!?\"", c) >= 0 {
				return nil, false
			}
			i += charLen(name[i:])
			continue
		}
		word := name[i : i+n]
		i += n
		folded := fold(nil, word)
		switch {
		case titles[string(folded)]:
			continue
		case generic[string(folded)]:
			return nil, false
		}
		letters = letters || utf8.RuneCount(word) > 1
		words = append(words, word)
	}
	return words, letters && 1 <= len(words) && len(words) <= maxWords
}

// wordLen returns how many bytes of letters text begins with.
func wordLen(text []byte) int {
	n := 0
	for n < len(text) {
		switch c := text[n]; {
		case class[c] == letter:
			n++
		case c < utf8.RuneSelf || class[c] == wide:
			return n
		default:
			r, size := utf8.DecodeRune(text[n:])
			if !unicode.IsLetter(r) && !unicode.IsMark(r) {
				return n
			}
			n += size
		}
	}
	return n
}

// What a byte is, of a text.
const (
	other  = iota
	letter // of ASCII
	digit  // or underscore
	high   // the first byte of a longer character
	wide   // the same, of one in Chinese, Japanese or Korean
	rest   // what follows it
)

var class = func() (t [256]uint8) {
	for c := range t {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z' && c < utf8.RuneSelf:
			t[c] = letter
		case '0' <= c && c <= '9', c == '_':
			t[c] = digit
		case 0x80 <= c && c < 0xc0:
			t[c] = rest
		case 0xe3 <= c && c <= 0xed:
			t[c] = wide
		case c >= 0xc0:
			t[c] = high
		}
	}
	return t
}()

func isDigit(c byte) bool { return c-'0' <= 9 }

// charLen returns how long the character is that text begins with.
func charLen(text []byte) int {
	if text[0] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRune(text)
	return n
}

// wideName returns how many characters of Chinese, Japanese or Korean name consists of, blanks left out; 0 if of others.
func wideName(name []byte) (n int) {
	for i := 0; i < len(name); {
		size := wideLen(name[i:])
		switch {
		case isSpace(name[i:]):
			size = max(size, 1)
		case size == 0:
			return 0
		default:
			n++
		}
		i += size
	}
	return n
}

// wideLen returns how long the character is that text begins with, if it is Chinese, Japanese or Korean, else 0.
func wideLen(text []byte) int {
	if len(text) < 3 || class[text[0]] != wide {
		return 0
	}
	r, n := utf8.DecodeRune(text)
	if r == 0x3000 || unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) || r == 'ー' || r == '々' {
		return n
	}
	return 0
}

// isSpace reports whether text begins with a blank.
func isSpace(text []byte) bool {
	return text[0] == ' ' || len(text) > 2 && text[0] == 0xe3 && text[1] == 0x80 && text[2] == 0x80
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// titles stand before names and are no part of them.
var titles = set(`mr mrs ms miss mx dr prof professor sir madam lord lady rev fr herr frau hr dott dottssa sig signor signora signore monsieur madame mme mlle
	señor señora señorita sr sra srta don doña dom dona dhr mevr mw pan pani jr ii iii iv phd md esq dipl ing`)

// generic words say what somebody is, or that nobody is meant. Nothing with one of them is learnt.
var generic = set(`user users admin administrator root guest test tester testing unknown anonymous none null nil undefined support team customer customers client service services sales
	info system bot agent assistant account accounts office department company inc ltd llc gmbh ag corp corporation group holdings association foundation university school hospital
	bank store shop hotel street road avenue example sample demo default name first last new old the and or of for is are no yes not n a na tbd todo contact owner member
	manager director engineer developer operator staff everyone all any other others public private deleted hidden redacted person people patient`)

// common words are names of people as well. By itself such a word is taken for what it mostly is.
var common = set(`will mark bill rob jack grace hope faith joy may april june august summer autumn winter rose lily daisy iris ivy violet olive holly heather amber pearl ruby jade crystal
	dawn eve art dean chase chance hunter mason baker cook king young long brown white black green gray grey blue gold silver stone wood woods field fields hill hills lake rivers bush banks
	park parks church bishop pope knight page price rich power powers love best good goode strong wise sharp small short little large large high low case chad chip dale drew earl ford frank
	gene glen grant guy harry heath jay jean lance lane levi major miles nick pat paul peter piper ray reed rod roman royal rusty sandy scott shane skip stern sterling storm tab trace
	trinity victor wade ward warren wells west north south east walker taylor smith carpenter fisher farmer miller potter porter turner cooper parker carter gardner shepherd butler
	justice justin christian angel jesus mercy patience prudence charity destiny genesis heaven melody harmony carol robin jordan austin dallas houston paris london sydney florence
	vienna madison georgia virginia carolina dakota savannah brooklyn chelsea israel chile china india america asia africa monday tuesday wednesday thursday friday saturday sunday
	january february march july september october november december spring street court law laws day days week weeks year years time times data code core link view list item items order orders
	read write open close start stop begin end left right back front next last first second third home house work works word words file files form forms note notes plan plans project
	report reports result results value values table tables image images event events error errors alert alerts message messages mail email phone address city state country nation world
	music drew singer star stars moon sun rain snow frost hail gale bell belle ball bond book books box bridge bright broad brook brooks burns camp cannon cash castle chambers chase christmas
	clay cross crow dance drake english field finch fish flowers forest fox french garden glass golden graham hand hands hardy hart hawk head hope horn hunt hurt ice james john joy keen key
	keys land lamb law lord love lynn man marsh martin max miles mills mint moody moon moore nest night noble nobles numbers paige palm park pierce pike pine pink plant pool post pride prince
	queen quick race raven reader record rich ring rivers rock rush sage salt sand sands santa savage sea self shore short silver skinner snow song sparks speed spring steel stone street
	strange summers swan sweet swift temple terry thorn tide toll tower town trap tree trigger vale van vance wall walls war warm washington waters way weaver webb wells wheeler winds wolf
	worth wright yards`)
