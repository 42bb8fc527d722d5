package patterns

import (
	"strings"
	"testing"
)

func TestPlain(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"abc", "abc"},
		{"a b # c\n", "a b # c"},
		{"(?x) a b", "ab"},
		{"  (?x)\n a # comment ( [ \\\n b\n", "ab"},
		{"(?x) a\\ b\\#c", "a[ ]b[#]c"},
		{"(?x) [ #] x", "[ #]x"},
		{"(?x) [^ ]] x", "[^ ]]x"},
		{"(?x) [] #] x", "[] #]x"},
		{"(?x) [^] #] x", "[^] #]x"},
		{"(?x) [[:alpha:] #] x", "[[:alpha:] #]x"},
		{`(?x) [\] #] x`, `[\] #]x`},
		{`(?x) \d {2,3} \\ #`, `\d{2,3}\\`},
		{"(?x) (?i: a | b ) # end", "(?i:a|b)"},
		{"(?x) [가-힣] 년 # 해", "[가-힣]년"},
		{"(?x) a [b", "a[b"},
		{`(?x) a \`, `a\`},
		{"(?x)", ""},
	} {
		if got := plain(tt.in); got != tt.want {
			t.Errorf("plain(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// FuzzPlain: without white space, comments and backslashes there is nothing to take
// out, and stripping never panics.
func FuzzPlain(f *testing.F) {
	f.Add("a [ b] # c\n d")
	f.Add("[[:alpha:]")
	f.Fuzz(func(t *testing.T, expr string) {
		got := plain("(?x)" + expr)
		if !strings.ContainsAny(expr, " \t\r\n#\\") && strings.TrimSpace(expr) == expr && got != expr {
			t.Errorf("plain((?x)%q) = %q", expr, got)
		}
	})
}
