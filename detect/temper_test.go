package detect

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// temperRules have what moves scores: words for and against, fields, kinds beside each other.
func temperRules() []Rule {
	digits := []Pattern{{Expr: `[0-9]{3}-[0-9]{2}-[0-9]{4}`, Guard: GuardDigit}, {Expr: `[0-9]{10}|[0-9]{13}`, Guard: GuardWord}}
	return []Rule{
		{ID: "alone", Entity: "A", Tier: ByItself, Context: []string{"number", "tax id"}, Fields: []string{"alone"}, Patterns: digits[:1]},
		{ID: "word", Entity: "B", Tier: WithContext, Context: []string{"phone", "order form"}, Fields: []string{"tel"}, Patterns: digits[1:]},
		{ID: "raw", Entity: "C", Tier: ByItself, Patterns: []Pattern{{Expr: `[0-9]{2}:[0-9]{2}:[0-9]{4}`}}},
		{ID: "date", Entity: "DATE_TIME", Tier: ByItself, Context: []string{"date"}, Patterns: []Pattern{{Expr: `[0-9]{2}/[0-9]{2}/[0-9]{4}`, Guard: GuardDigit}}},
		{ID: "plate", Entity: "D", Tier: ByItself, Context: []string{"plate"}, Patterns: []Pattern{{Expr: `KX[0-9]{6}`, Guard: GuardWord}}},
		{ID: "email", Entity: "EMAIL_ADDRESS", Tier: ByField, Fields: []string{"email"}},
		{ID: "street", Entity: "STREET", Tier: ByField, Fields: []string{"street"}},
		{ID: "name", Entity: "PERSON", Tier: ByField, Fields: []string{"first name", "last name"}},
		{ID: "secret", Entity: "SECRET", Tier: ByField, Fields: []string{"secret"}},
		{ID: "title", Entity: "TITLE", Tier: ByField, Fields: []string{"title"}, Parents: []string{"person"}},
	}
}

func TestTempered(t *testing.T) {
	d, err := New(temperRules(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, want string }{
		// Words that say that digits are something else.
		{"see 123-45-6789", " alone[4:15]=0.60"},
		{"order 123-45-6789", ""},
		{"Order no. 123-45-6789", ""},
		{"주문번호: 123-45-6789", ""},
		{`{"invoice_id":"123-45-6789"}`, ""},
		{"number of the order: 123-45-6789", " alone[21:32]=0.65"}, // .6 + .35 - .3
		{"order number 123-45-6789", " alone[13:24]=0.95"},         // what is nearer counts
		{"order of 12, tel. 123-45-6789", " alone[18:29]=0.60"},
		{"the order of a table by the window 123-45-6789", " alone[35:46]=0.60"}, // no label of it
		{`{"order":{"alone":"123-45-6789"}}`, " alone[19:30]=1.00"},
		{"order 12:34:5678", " raw[6:16]=0.60"}, // its rule does not ask for words
		{"order 12/34/5678", " date[6:16]=0.60"},
		{"order KX123456", " plate[6:14]=0.60"},
		{"phone 2125550123", " word[6:16]=0.65"},
		{"phone order 2125550123", ""},
		{"order form 2125550123", " word[11:21]=0.65"}, // a word that is part of one that speaks for it
		{"order 2125550123 phone", " word[6:16]=0.65"},
		// Times by their label.
		{`{"phone_verified_at":1700000000}`, ""},
		{`{"phoneVerifiedAt": "1700000000123"}`, ""},
		{`{\"phone_updated\":1700000000}`, ""},
		{"phone ts=1700000000", ""},
		{`{"phone_at_home":1700000000}`, " word[17:27]=0.65"},
		{`{"phone_verified_at":2700000000}`, " word[21:31]=0.65"},
		{"phone at 1700000000", " word[9:19]=0.65"},
		// Company in an object.
		{`{"db_secret":"xyzzy","email":"a@b.cc"}`, " email[30:36]=0.55"},
		{`{"db_secret":"xyzzy","email":"a@b.cc","street":"X 1"}`, " secret[14:19]=0.50 email[30:36]=0.55 street[48:51]=0.55"},
		{`{"street":"X 1","email":"a@b.cc","secret":["x"]}`, " street[11:14]=0.65 email[25:31]=0.65"},
		{`{"street":"X 1","email":"a@b.cc","secret":[]}`, " street[11:14]=0.55 email[25:31]=0.55"},
		{`{"street":"X 1","email":"a@b.cc","last_name":"Y"}`, " street[11:14]=0.65 email[25:31]=0.65 name[46:47]=0.65"},
		{`{"db_secret":"x","first_name":"Y","last_name":"Z"}`, " name[31:32]=0.55 name[47:48]=0.55"},
		{`{"db_secret":"x","email":"","street":null}`, ""},
		{`{"db_secret":"x","to":{"email":"a","street":"b"}}`, " email[32:33]=0.55 street[45:46]=0.55"},
		{`[{"db_secret":"x"},{"email":"a","street":"b"}]`, " email[29:30]=0.55 street[42:43]=0.55"},
		{`{"email":"a","street":"b","n":["see 123-45-6789"]}`, " email[10:11]=0.55 street[23:24]=0.55 alone[36:47]=0.70"},
		{`{\"email\":\"a\",\"street\":\"b\",\"n\":\"123-45-6789\"}`, " email[13:14]=0.55 street[30:31]=0.55 alone[42:53]=0.70"},
		{`{"n":"123-45-6789","title":"b","street":"c"}`, " alone[6:17]=0.60 street[41:42]=0.55"},
		{`{"n":"123-45-6789","x":"` + strings.Repeat("-", 600) + `","email":"b","street":"c"}`, " alone[6:17]=0.60 email[635:636]=0.55 street[648:649]=0.55"},
	} {
		text := Text{Raw: []byte(c.text), Escaped: true, Final: true}
		if got := show(d.Append(nil, text)); got != c.want {
			t.Errorf("in %.80s:\n got%s\nwant%s", c.text, got, c.want)
		}
		checkExplained(t, d, text)
	}
}

// What moves a score does not depend on where a stream is cut.
func TestTemperedWindows(t *testing.T) {
	d, err := New(temperRules(), nil)
	if err != nil {
		t.Fatal(err)
	}
	parts := []string{
		"order ", "invoice: ", "number ", "phone ", "123-45-6789", "2125550123", "1700000000", `"phone_at":`, `{"email":"a",`, `"street":"b",`, `"first_name":"c",`,
		`"db_secret":"d"`, `}`, `{`, `[`, `],`, `,`, " ", strings.Repeat("x", 100), strings.Repeat(`"k":1,`, 40), "order form ", "12/34/5678", "KX123456",
	}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 9))
		var raw []byte
		for range 60 {
			raw = append(raw, parts[r.IntN(len(parts))]...)
		}
		checkWindows(t, d, raw, 200+r.IntN(800), seed%2 == 0)
		checkAnchors(t, d, raw, seed%2 == 0)
	}
}
