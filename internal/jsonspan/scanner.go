package jsonspan

import "bytes"

// A Token is a token of a JSON text and where it stands: text[Start:End], a string
// or name with its quotes.
type Token struct {
	Kind       Kind
	Start, End int
}

// A Scanner pulls the tokens out of a JSON text. It checks that tokens follow each
// other as the grammar says, but not the insides of strings, and [Scanner.Skip] checks
// nothing but quotes and brackets. It never panics, whatever the text.
// It is for one goroutine at a time.
type Scanner struct {
	text  []byte
	pos   int
	depth int
	stack [scanDepth / 64]uint64 // a bit for each open container: 1 for an object
	want  want
	open  Kind // kind of the last token, if it opened a container: what Skip skips
	err   *SyntaxError
	fail  SyntaxError // what err points to, so that an error allocates nothing
}

// scanDepth is how deep a Scanner goes; below it, use Skip.
const scanDepth = 1024

// want is what may come next, blanks aside.
type want uint8

const (
	wantValue want = iota
	wantValueOrEnd
	wantName
	wantNameOrEnd
	wantColon
	wantCommaOrEnd
	wantNothing
)

// Reset makes s start on text, which it keeps until the next Reset.
func (s *Scanner) Reset(text []byte) {
	s.text, s.pos, s.depth, s.want, s.open, s.err = text, 0, 0, wantValue, Invalid, nil
}

// Err returns the error that stopped Next, or nil at the text's end.
func (s *Scanner) Err() error {
	if s.err == nil {
		return nil
	}
	return s.err
}

// Depth returns how many containers are open after the last token.
func (s *Scanner) Depth() int { return s.depth }

// Offset returns where the last token, or what was skipped, ended.
func (s *Scanner) Offset() int { return s.pos }

func (s *Scanner) refuse(at int, reason string) Token {
	s.fail = SyntaxError{int64(at), reason}
	s.err = &s.fail
	return Token{Invalid, at, at}
}

func (s *Scanner) inObject() bool {
	d := s.depth - 1
	return s.stack[d>>6]>>(d&63)&1 != 0
}

// Next returns the next token. Its Kind is Invalid at the end of the text, when Err
// is nil, and where the text is not JSON, when it is not.
func (s *Scanner) Next() Token {
	if s.err != nil {
		return Token{Invalid, s.pos, s.pos}
	}
	s.open = Invalid
	for {
		for s.pos < len(s.text) && blank(s.text[s.pos]) {
			s.pos++
		}
		at := s.pos
		if at == len(s.text) {
			if s.want != wantNothing {
				return s.refuse(at, "unexpected end of text")
			}
			return Token{Invalid, at, at}
		}
		c := s.text[at]
		switch s.want {
		case wantColon:
			if c != ':' {
				return s.refuse(at, "want a colon after a name")
			}
			s.pos, s.want = at+1, wantValue
		case wantCommaOrEnd:
			if c != ',' {
				return s.closing(at, c)
			}
			s.pos, s.want = at+1, wantValue
			if s.inObject() {
				s.want = wantName
			}
		case wantName, wantNameOrEnd:
			if c == '"' {
				return s.string(at, Name)
			}
			if s.want == wantName {
				return s.refuse(at, "want a name")
			}
			return s.closing(at, c)
		case wantNothing:
			return s.refuse(at, "data after the text's end")
		default:
			if c == ']' && s.want == wantValueOrEnd {
				return s.closing(at, c)
			}
			return s.value(at, c)
		}
	}
}

// closing returns the bracket c that closes the innermost container.
func (s *Scanner) closing(at int, c byte) Token {
	k := ArrayEnd
	switch {
	case c == '}' && s.inObject():
		k = ObjectEnd
	case c == ']' && !s.inObject():
	default:
		return s.refuse(at, "want a comma or the closing bracket")
	}
	s.depth--
	s.pos = at + 1
	s.valueDone()
	return Token{k, at, s.pos}
}

func (s *Scanner) valueDone() {
	s.want = wantCommaOrEnd
	if s.depth == 0 {
		s.want = wantNothing
	}
}

func (s *Scanner) string(at int, k Kind) Token {
	n := stringEnd(s.text[at+1:])
	if n < 0 {
		return s.refuse(len(s.text), "unterminated string")
	}
	s.pos = at + 1 + n
	if k == Name {
		s.want = wantColon
	} else {
		s.valueDone()
	}
	return Token{k, at, s.pos}
}

// StringEnd returns the length of p, which begins inside a string and not inside an
// escape, up to and with the string's closing quote, or -1 if that is not in p.
func StringEnd(p []byte) int { return stringEnd(p) }

// stringEnd returns the length of p, which begins after an opening quote, up to and
// with the closing quote, or -1.
func stringEnd(p []byte) int {
	n, _ := stringEndSoon(p, len(p))
	return n
}

// stringEndSoon is stringEnd for who does not want to meet more than so many quotes. It
// reports whether it met less.
func stringEndSoon(p []byte, quotes int) (int, bool) {
	for i := 0; quotes >= 0; i++ {
		n := bytes.IndexByte(p[i:], '"')
		if n < 0 {
			return -1, true
		}
		i += n
		escapes := i
		for escapes > 0 && p[escapes-1] == '\\' {
			escapes--
		}
		if (i-escapes)&1 == 0 {
			return i + 1, true
		}
		quotes--
	}
	return -1, false
}

func (s *Scanner) value(at int, c byte) Token {
	switch c {
	case '"':
		return s.string(at, String)
	case '{', '[':
		if s.depth == scanDepth {
			return s.refuse(at, "nested too deep")
		}
		bit := uint64(1) << (s.depth & 63)
		k := ArrayStart
		s.want = wantValueOrEnd
		s.stack[s.depth>>6] &^= bit
		if c == '{' {
			k = ObjectStart
			s.want = wantNameOrEnd
			s.stack[s.depth>>6] |= bit
		}
		s.depth++
		s.pos = at + 1
		s.open = k
		return Token{k, at, s.pos}
	case 't':
		return s.literal(at, True, "true")
	case 'f':
		return s.literal(at, False, "false")
	case 'n':
		return s.literal(at, Null, "null")
	}
	n := NumberLen(s.text[at:])
	if n == 0 {
		return s.refuse(at, "want a value")
	}
	s.pos = at + n
	s.valueDone()
	return Token{Number, at, s.pos}
}

func (s *Scanner) literal(at int, k Kind, word string) Token {
	if len(s.text)-at < len(word) || string(s.text[at:at+len(word)]) != word {
		return s.refuse(at, "want a value")
	}
	s.pos = at + len(word)
	s.valueDone()
	return Token{k, at, s.pos}
}

// Skip skips the rest of the container that the last token opened, and returns where
// it ends. After any other token it does nothing. It reports an unclosed container
// through Err.
func (s *Scanner) Skip() int {
	if s.open == Invalid || s.err != nil {
		return s.pos
	}
	s.open = Invalid
	p, i, level := s.text, s.pos, 1
	for i < len(p) {
		switch p[i] {
		case '"':
			n := stringEnd(p[i+1:])
			if n < 0 {
				s.refuse(len(p), "unterminated string")
				return len(p)
			}
			i += n
		case '{', '[':
			level++
		case '}', ']':
			level--
			if level == 0 {
				s.pos = i + 1
				s.depth--
				s.valueDone()
				return s.pos
			}
		}
		i++
	}
	s.refuse(len(p), "unexpected end of text")
	return len(p)
}

// NumberLen returns the length of the JSON number that p begins with, or 0.
func NumberLen(p []byte) int {
	i := 0
	if i < len(p) && p[i] == '-' {
		i++
	}
	n := digits(p[i:])
	if n == 0 {
		return 0
	}
	if p[i] == '0' {
		n = 1
	}
	i += n
	if i < len(p) && p[i] == '.' {
		n := digits(p[i+1:])
		if n == 0 {
			return 0
		}
		i += 1 + n
	}
	if i < len(p) && p[i]|0x20 == 'e' {
		j := i + 1
		if j < len(p) && (p[j] == '+' || p[j] == '-') {
			j++
		}
		n := digits(p[j:])
		if n == 0 {
			return 0
		}
		i = j + n
	}
	return i
}

func digits(p []byte) int {
	i := 0
	for i < len(p) && p[i]-'0' <= 9 {
		i++
	}
	return i
}
