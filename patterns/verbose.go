package patterns

import "strings"

// verbose is what a pattern in extended syntax begins with.
const verbose = "(?x)"

// plain turns a pattern in extended syntax into one that Go's regexp reads, which
// refuses (?x): white space and comments, from # to the end of the line, are
// taken out, except in a character class or after a backslash. A pattern that does
// not begin with (?x) is returned as it is, but for a newline at its end.
func plain(expr string) string {
	trimmed := strings.TrimSpace(expr)
	if !strings.HasPrefix(trimmed, verbose) {
		return strings.TrimRight(expr, "\n")
	}
	expr = trimmed[len(verbose):]
	var b strings.Builder
	for i := 0; i < len(expr); {
		n := 1 // bytes that belong together
		switch c := expr[i]; c {
		case ' ', '\t', '\n', '\r':
			i++
			continue
		case '#':
			if n = strings.IndexByte(expr[i:], '\n'); n < 0 {
				n = len(expr) - i
			}
			i += n
			continue
		case '\\':
			if i+1 < len(expr) {
				n = 2
			}
			if n == 2 && (expr[i+1] == ' ' || expr[i+1] == '#') { // an escape that regexp does not know
				b.WriteString("[" + expr[i+1:i+2] + "]")
				i += 2
				continue
			}
		case '[':
			n = classLen(expr[i:])
		}
		b.WriteString(expr[i : i+n])
		i += n
	}
	return b.String()
}

// classLen returns the length of the character class at the start of expr, up to
// its end if it is not closed, which regexp will complain of.
func classLen(expr string) int {
	i := 1
	if strings.HasPrefix(expr[i:], "^") {
		i++
	}
	if strings.HasPrefix(expr[i:], "]") {
		i++
	}
	for i < len(expr) {
		switch {
		case expr[i] == ']':
			return i + 1
		case expr[i] == '\\':
			i += 2
		case strings.HasPrefix(expr[i:], "[:") && strings.Contains(expr[i:], ":]"):
			i += strings.Index(expr[i:], ":]") + 2
		default:
			i++
		}
	}
	return len(expr)
}
