package redact_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/redact"
)

// innocent are texts of the world that have what encodings are made of, and hide nothing.
var innocent = []string{
	"भारत की जनसंख्या १४२८६२७६६३ है, और २०२६ में १२ राज्यों में चुनाव होंगे। दूरी ३४५.६७ किमी, समय १०:३०",
	"عدد السكان ١٠٣٬٤٥٦٬٧٨٩ في عام ٢٠٢٦، والمسافة ٣٤٥٫٦٧ كم. الساعة ١٠:٣٠ صباحاً",
	"جمعیت ایران در سال ۱۴۰۵ حدود ۸۹٬۰۰۰٬۰۰۰ نفر است و می\u200cشود گفت که کتاب\u200cها خوب\u200cاند",
	"ประชากรไทย ๖๖,๐๕๒,๖๑๕ คน ปี ๒๕๖๙ เวลา ๑๐.๓๐ น.",
	"２０２６年１１月２２日（日）、東京都の人口は１４，０００，０００人。価格：￥１２，３４５（税込）、第３章〜第５章",
	"价格：￥１２３４５６，数量：１００。请见第３页，《标准》ＧＢ／Ｔ２２６０—２００７。",
	"서울의 인구는 9,411,000명이며, 2026년 11월 22일 10:30에 회의가 있습니다. ‘셸’과 “훅”—둘 다 좋습니다…",
	"Il coûte 1\u00a0234\u00a0567,89\u00a0€ — soit 12\u00a0% de plus qu’en 2025\u00a0; « bonjour », n°\u00a04, 1er\u00a0étage, 10\u202f000\u202fkm",
	"Der Fuß\u00adball\u00adver\u00adein hat 12\u202f345 Mit\u00adglie\u00adder, § 12 Abs. 3, 1990–2000, S. 12–34, z.\u00a0B. 5 × 10⁶ m²",
	"Население — 146 447 424 человека; версия Windows-приложения 10.0.19045, COVID-19, т.е. 25 %",
	"E = mc², x₁ + x₂ = 10⁻⁹, 𝟏𝟐 ≤ 𝑛 ≤ 𝟑𝟒, ①②③④⑤⑥⑦⑧⑨, ½ + ¼, № 5, 1⃣ 2⃣ 3️⃣, 👩\u200d👩\u200d👧\u200d👦 👍🏽 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
	"https://example.org/search?q=how%20to%20bake&page=2&sort=date%2Casc&from=2026-11-01T00%3A00%3A00Z&redirect=https%3A%2F%2Fwww.example.org%2Fa%2Fb%3Fc%3D1%26d%3D2#~:text=The%20logical%20AND",
	"<p>The <b>quick</b> brown&nbsp;fox &amp; the <i>lazy</i> dog: 12&ndash;34, 5&times;6, &copy;&nbsp;2026. H<sub>2</sub>O, x<sup>2</sup>, <code>a&lt;b&gt;c</code>, O&#39;Reilly, caf&#233;</p>",
	"fmt.Printf(\"%d%%, %5d, %02x, %2d:%2d, %+v\", a&1, b&&c, &d, e%10); x := y&mask; for i := 0; i<n; i++ { s += a[i] }",
	"level=info ts=2026-11-22T21:06:48.809Z req=40ab12cd dur=4942.706ms size=2048 code=200 id=3D2E attempt=1 of=40 host=web-3.internal port=8080",
	"48 65 6c 6c 6f 20 77 6f 72 6c 64 0a 12 34 56 78 9a bc de f0; 1 2 3 4 5 6 7 8 9 10 11 12; A B C D E F G; a + b + c + d = e",
	"1.2.3.4.5.6.7.8 and 10.1.200.300.400, v1.22.333, 2026.11.22.1030, 1.234.567,89 EUR, 12.345.678.901, OID 1.3.6.1.4.1.311.21.20",
	"line 1\n2\n3\n10\n20\n30, total 12345\n67890 rows, 100\n200\n300\nend 2026-11-22\n2026-11-23",
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8vq1y0zYgqk6j3mKZ3f5m9s4Vt2xw0b7cQe1rXyZ1a host; sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
	"/usr/local/lib/python3/site-packages/internationalization/__init__.py CamelCaseIdentifierThatIsVeryLongIndeed snake_case_identifier_that_is_long aGVsbG8gd29ybGQsIHRoaXMgaXMgYSB0ZXN0",
	`["2024","2025","2026"] ["1","2","3","4","5","6","7","8","9"] ["v1.2.3","v1.2.4"] ["2026-11-22","2026-11-23"]`,
	"Subject: =?utf-8?Q?Caf=C3=A9_=E2=82=AC5?= \nContent-Type: text/plain; charset=utf-8\n\nCaf=C3=A9 costs =E2=82=AC5, that=\n's all=2E Bye=21",
	"\u202bהמחיר הוא 1,234.56 ש״ח\u202c \u200f(2026)\u200f 12\u200e-34",
}

// What hides nothing is left alone: in made-up texts, and in media and hashes.
func TestInnocent(t *testing.T) {
	f := redact.NewFinder(newBenchmark(t).det)
	r := rand.New(rand.NewPCG(1, 2))
	texts := innocent
	for _, magic := range []string{"\x89PNG\r\n\x1a\n", "\xff\xd8\xff\xe0\x00\x10JFIF", "GIF89a", "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "RIFF\x24\x08\x00\x00WAVE", "PK\x03\x04", "\x1f\x8b\x08", ""} {
		for range 20 {
			b := []byte(magic)
			for range 300 + r.IntN(3000) {
				b = append(b, byte(r.Uint32()))
			}
			texts = append(texts, "data:image/png;base64,"+base64.StdEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b))
		}
	}
	for range 2000 {
		texts = append(texts, fmt.Sprintf("%016x%016x %s", r.Uint64(), r.Uint64(), base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%016x", r.Uint64()))))
	}
	for _, text := range texts {
		for _, c := range f.Append(nil, []byte(text)) {
			if c.Views != nil {
				t.Errorf("rule %s finds %q in %.100q, through %v", c.Rule.ID, text[c.Start:c.End], text, c.Views)
			}
		}
	}
}

// In traffic, decoding shows at most one thing a megabyte that the bytes do not.
func TestInnocentTraffic(t *testing.T) {
	f := redact.NewFinder(newBenchmark(t).det)
	for _, name := range []string{"mixed_d00", "prose_d00", "code_d00", "korean_d00", "logs_d00", "struct_d00", "smallreq_d00", "nested_d00"} {
		text, n := bytes.Join(corpus(t, name), []byte("\n")), 0
		for _, c := range f.Append(nil, text) {
			if strings.Trim(fmt.Sprint(c.Views), "[]") != "" && !bytes.Contains([]byte(fmt.Sprint(c.Views)), []byte(detect.JSONEscapes.String())) {
				t.Logf("%s: rule %s finds %q, through %v", name, c.Rule.ID, text[c.Start:c.End], c.Views)
				n++
			}
		}
		if n > 1 {
			t.Errorf("%s: %d things found through encodings in %d bytes", name, n, len(text))
		}
	}
}
