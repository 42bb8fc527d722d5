package corpus

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// units are what hostile texts are made of, by name.
var units = map[string]string{
	"letters":            "a",
	"words":              "a ",
	"at":                 "@",
	"a@":                 "a@",
	"emails":             "a.b@c.de ",
	"emails glued":       "a@b.cc",
	"local part":         strings.Repeat("a", 63) + "@",
	"cards":              "4111 1111 1111 1111 ",
	"almost cards":       "4111 1111 1111 1112 ",
	"SSNs":               "ssn 123-45-6789 ",
	"dates":              "2024-01-15 ",
	"stamps":             "2024-01-15T10:11:12.123Z ",
	"digits":             "1",
	"1-1":                "1-",
	"1 1":                "1 ",
	"1.1":                "1.",
	"eight digits":       "12345678 ",
	"IPs":                "10.1.2.3 ",
	"IPv6":               "a:b:",
	"eyJ-":               "eyJ-",
	"eyJ.":               "eyJ.",
	"eyJ long":           "eyJhbGciOiJIUzI1NiJ9.",
	"password=":          "password=",
	"password spaces":    "password                ",
	"keys of passwords":  `"password":"`,
	"nested passwords":   `\"password\":\"`,
	"names":              `{"name":"x",`,
	"names nested":       `{"name":`,
	"AKIA":               "AKIA",
	"ghp":                "ghp_",
	"floats":             "65.613616999999977,",
	"backslashes":        `\`,
	"backslash n":        `\n`,
	"u0041":              `\u0041`,
	"quotes":             `"`,
	"quoted colons":      `":`,
	"backslashed quotes": `\\\\\\\\"`,
	"URLs":               "http://",
	"URL colons":         "http://a:",
	"PEM":                "-----BEGIN PRIVATE KEY-----",
	"PEM body":           "-----BEGIN PRIVATE KEY-----\nAAAA\n",
	"dashes":             "-",
	"hex":                "deadbeef",
	"UUIDs":              "123e4567-e89b-12d3-a456-426614174000 ",
	"base64":             "aB3dE5gH7jK9/+",
	"Hangul":             "비밀번호",
	"context words":      "card ssn phone ",
	"bearer":             "Bearer ",
	"keys":               "api_key: ",
	"tokens":             "pii-email-1",
	"zero":               "\x00",
	"high":               "\xff",
}

func fill(unit string, n int) []byte { return []byte(strings.Repeat(unit, n/len(unit)+1)[:n]) }

// Hostile returns texts of n bytes each that were made to keep a scanner busy, by name.
func Hostile(n int) map[string][]byte {
	all := map[string][]byte{
		"domains":       append([]byte("a@"), fill("b.", n)[2:]...),
		"URL passwords": append(fill("http://a:b", n)[:n/2], fill("c", n)[:n/2]...),
	}
	for name, unit := range units {
		all[name] = fill(unit, n)
	}
	return all
}

// HostileMix returns a text of n bytes made of two to four units, drawn by the seed: in turn, some of them many times. It
// is for searching.
func HostileMix(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 0x686f7374))
	names := slices.Sorted(maps.Keys(units))
	var parts []string
	for range 2 + r.IntN(3) {
		u := units[names[r.IntN(len(names))]]
		if r.IntN(4) == 0 {
			u = u[r.IntN(len(u)):]
		}
		times := 1 + r.IntN(3)
		if r.IntN(4) == 0 {
			times = 1 + n/(4*len(u))
		}
		parts = append(parts, strings.Repeat(u, times))
	}
	return fill(strings.Join(parts, ""), n)
}

// HostileMessages returns messages of about n bytes each, by name: the texts of Hostile as results of a
// tool, and what keeps a reader of JSON busy.
func HostileMessages(n int) map[string][]byte {
	all := map[string][]byte{}
	texts := Hostile(n)
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		all[name] = HostileMessage(texts[name])
	}
	many := func(open, item, end string) []byte {
		return result(open + strings.Repeat(item+",", max(1, n/(len(item)+1))) + item + end)
	}
	const levels = 400 // within what any reader of MCP takes
	all["JSON: empty arrays"] = many("[", "[]", "]")
	all["JSON: empty objects"] = many("[", "{}", "]")
	all["JSON: empty strings"] = many("[", `""`, "]")
	all["JSON: digits"] = many("[", "1", "]")
	all["JSON: numbers of nine digits"] = many("[", "123456789", "]")
	all["JSON: numbers of sixteen digits"] = many("[", "4111111111111112", "]")
	all["JSON: floats"] = many("[", "-65.613616999999977e-10", "]")
	all["JSON: literals"] = many("[", "true,null,false", "]")
	all["JSON: short members"] = many("[{", `"a":1`, "}]")
	all["JSON: deep arrays"] = many("[", strings.Repeat("[", levels)+strings.Repeat("]", levels), "]")
	all["JSON: deep objects"] = many("[", strings.Repeat(`{"a":`, levels)+"1"+strings.Repeat("}", levels), "]")
	all["JSON: spaces"] = result("[" + strings.Repeat(" \n", n/2) + "]")
	all["JSON: escaped quotes"] = many(`["`, `\"\",\"`, `"]`)
	all["JSON: escaped letters"] = many(`["`, `\u0061\u0040\u0062`, `"]`)
	all["JSON: surrogates"] = many(`["`, `\ud83d\ude00`, `"]`)
	all["JSON: escapes of escapes"] = many(`["`, `\\\\u0040\\\\n`, `"]`)
	all["JSON: telling names"] = many("[{", `"password":"x","email":1`, "}]")
	return all
}

// HostileMessage returns a message with text as the result of a tool.
func HostileMessage(text []byte) []byte {
	s, err := json.Marshal(string([]rune(string(text))))
	if err != nil {
		panic("corpus: " + err.Error())
	}
	return result(`[{"type":"text","text":` + string(s) + `}]`)
}

func result(v string) []byte {
	return []byte(`{"jsonrpc":"2.0","id":1,"result":{"content":` + v + `}}`)
}
