package corpus

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Hostile returns texts of n bytes each that were made to keep a scanner busy, by name.
func Hostile(n int) map[string][]byte {
	fill := func(s string) []byte { return []byte(strings.Repeat(s, n/len(s)+1)[:n]) }
	return map[string][]byte{
		"letters":            fill("a"),
		"words":              fill("a "),
		"at":                 fill("@"),
		"a@":                 fill("a@"),
		"emails":             fill("a.b@c.de "),
		"emails glued":       fill("a@b.cc"),
		"local part":         fill(strings.Repeat("a", 63) + "@"),
		"domains":            append([]byte("a@"), fill("b.")[2:]...),
		"cards":              fill("4111 1111 1111 1111 "),
		"almost cards":       fill("4111 1111 1111 1112 "),
		"SSNs":               fill("ssn 123-45-6789 "),
		"dates":              fill("2024-01-15 "),
		"stamps":             fill("2024-01-15T10:11:12.123Z "),
		"digits":             fill("1"),
		"1-1":                fill("1-"),
		"1 1":                fill("1 "),
		"1.1":                fill("1."),
		"eight digits":       fill("12345678 "),
		"IPs":                fill("10.1.2.3 "),
		"IPv6":               fill("a:b:"),
		"eyJ-":               fill("eyJ-"),
		"eyJ.":               fill("eyJ."),
		"eyJ long":           fill("eyJhbGciOiJIUzI1NiJ9."),
		"password=":          fill("password="),
		"password spaces":    fill("password                "),
		"keys of passwords":  fill(`"password":"`),
		"nested passwords":   fill(`\"password\":\"`),
		"names":              fill(`{"name":"x",`),
		"names nested":       fill(`{"name":`),
		"AKIA":               fill("AKIA"),
		"ghp":                fill("ghp_"),
		"floats":             fill("65.613616999999977,"),
		"backslashes":        fill(`\`),
		"backslash n":        fill(`\n`),
		"u0041":              fill(`\u0041`),
		"quotes":             fill(`"`),
		"quoted colons":      fill(`":`),
		"backslashed quotes": fill(`\\\\\\\\"`),
		"URLs":               fill("http://"),
		"URL colons":         fill("http://a:"),
		"URL passwords":      append(fill("http://a:b")[:n/2], fill("c")[:n/2]...),
		"PEM":                fill("-----BEGIN PRIVATE KEY-----"),
		"PEM body":           fill("-----BEGIN PRIVATE KEY-----\nAAAA\n"),
		"dashes":             fill("-"),
		"hex":                fill("deadbeef"),
		"UUIDs":              fill("123e4567-e89b-12d3-a456-426614174000 "),
		"base64":             fill("aB3dE5gH7jK9/+"),
		"Hangul":             fill("비밀번호"),
		"context words":      fill("card ssn phone "),
		"bearer":             fill("Bearer "),
		"keys":               fill("api_key: "),
		"tokens":             fill("pii-email-1"),
		"zero":               fill("\x00"),
		"high":               fill("\xff"),
	}
}

// HostileMessages returns messages of about n bytes each, by name: the texts of Hostile as results of a
// tool, and what keeps a reader of JSON busy.
func HostileMessages(n int) map[string][]byte {
	all := map[string][]byte{}
	texts := Hostile(n)
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		text, err := json.Marshal(string([]rune(string(texts[name]))))
		if err != nil {
			panic("corpus: " + err.Error())
		}
		all[name] = result(`[{"type":"text","text":` + string(text) + `}]`)
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

func result(v string) []byte {
	return []byte(`{"jsonrpc":"2.0","id":1,"result":{"content":` + v + `}}`)
}
