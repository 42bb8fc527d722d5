package detect

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// fragments are what random texts are put together from: values, near misses, and
// what makes a difference around them.
var fragments = []string{
	"jane.doe@example.com", "a@b.co", "@", ".", "4111 1111 1111 1111", "4111111111111111", "4111-1111-1111-1112", "378282246310005", "123-45-6789", "123456789",
	"ssn", "SSN:", "social security number ", "order ", "phone ", "tel", "전화", "연락처: ", "010-1234-5678", "+1 415 555 2671", "1990-01-02", "1990-01-02T10:11:12.5Z",
	"born ", "7 March 1990", `"password":"`, `\"password\": \"`, `"passwd": 12345`, `"client_secret":"x\"y"`, `"비밀번호":"`, `"cvv":"123"`, `"user":{"name":"Jane"`, `"name":"Bob"`, `"email":"`,
	`"ssn":`, `"ssn":["`, `"phoneNumber":`, "bearer abcdefghijklmnop.qrst", "password=hunter22 ", "pwd", "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.abcdefghijklmnopqrst", "eyJhbGciOiJIUzI1", ".eyJzdWIiOiIxMjM0", ".abcdefghijklmnopqrst", "eyJ",
	"-----BEGIN RSA PRIVATE KEY-----", "AAAABBBBCCCCDDDDEEEE", "-----END RSA PRIVATE KEY-----", "postgres://app:s3cret@db", "://", "00:1a:2b:3c:4d:5e", ":aa", "zqab1237", "zqab123",
	"pii-email-1qpzry9x8gf2tvdw0s3jn", "성명: 김철수", "이름", "900101-1234567", "주민번호 ", "DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "AKIAIOSFODNN7EXAMPLE",
	"ghp_abcdefghijklmnopqrstuvwxyz0123456789", "2001:db8:0:0:8:800:200c:417a", "AB123456C", "ABCDE1234F", "12345678Z", "10.1.2.3", "123.456.789-09", "0x" + "ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12",
	" ", " ", " ", ",", ", ", ":", ": ", `"`, `","`, `{"`, `"}`, "}", "[", "]", `\`, `\n`, `\\n`, `\t`, `\u0041`, `\"`, `\\\"`, "-", "_", "x", "A", "7", "42", "é", "字", "は", "\x00", "\n", "\xff", "'",
	"123e4567-e89b-12d3-a456-426614174000", "deadbeefdeadbeefdeadbeefdeadbeef12345678", "3.14159265358979", "1.2.3", "routing ", "021000021", "account number ", "vin 1HGCM82633A004352",
}

func randomPII(r *rand.Rand, n int) []byte {
	var b strings.Builder
	for range n {
		b.WriteString(fragments[r.IntN(len(fragments))])
	}
	return []byte(b.String())
}

// show prints findings without rules' addresses.
func show(fs []Finding) string {
	var b strings.Builder
	for _, f := range fs {
		fmt.Fprintf(&b, " %s[%d:%d]=%.2f", f.Rule.ID, f.Start, f.End, f.Score)
		if f.Cut {
			b.WriteString("…")
		}
	}
	return b.String()
}

func checkAnchors(t *testing.T, d *Detector, raw []byte, escaped bool) {
	t.Helper()
	text := Text{Raw: raw, Escaped: escaped, Final: true}
	got, want := d.Append(nil, text), d.appendSlow(nil, text)
	if !same(got, want) {
		t.Fatalf("Append(%q, escaped %v):\n got%s\nwant%s", raw, escaped, show(got), show(want))
	}
}

// Anchors lose nothing: what is found is what is found by trying every place.
func TestAnchors(t *testing.T) {
	d := testDetector(t)
	found := map[string]int{}
	for seed := range uint64(4000) {
		raw := randomPII(rand.New(rand.NewPCG(seed, 4)), 8)
		checkAnchors(t, d, raw, seed%2 == 0)
		for _, f := range d.Append(nil, Text{Raw: raw, Final: true}) {
			found[f.Rule.ID]++
		}
	}
	for _, id := range []string{"email", "card", "ssn", "phone", "dob", "password", "cvv", "name", "bearer", "assign", "jwt", "pem", "url", "look", "net", "token", "hangul", "boost", "iban", "github", "ipv4", "nino"} {
		if found[id] == 0 {
			t.Errorf("no text had a finding of rule %s", id)
		}
	}
}

func FuzzAnchors(f *testing.F) {
	d := testDetector(f)
	for seed := range uint64(20) {
		f.Add(randomPII(rand.New(rand.NewPCG(seed, 5)), 6), seed%2 == 0)
	}
	f.Fuzz(func(t *testing.T, raw []byte, escaped bool) {
		if len(raw) < 2000 {
			checkAnchors(t, d, raw, escaped)
		}
	})
}

// checkWindows looks at raw in windows of about size bytes and compares with the whole.
func checkWindows(t *testing.T, d *Detector, raw []byte, size int, escaped bool) {
	t.Helper()
	want := d.Append(nil, Text{Raw: raw, Escaped: escaped, Final: true})
	for _, seen := range []bool{false, true} {
		before, after := d.Margins()
		if seen {
			before, after = d.MarginsSeen()
		}
		var got []Finding
		for from := 0; from < len(raw); from += size {
			low, high := max(0, from-before), min(len(raw), from+size+after)
			text := Text{
				Raw: raw[low:high:high], Escaped: escaped, Final: high == len(raw),
				From: from - low, To: min(len(raw), from+size) - low, Seen: seen,
			}
			for _, f := range got {
				if f.End > from && seen {
					f.Start, f.End = f.Start-low, f.End-low
					text.Before = append(text.Before, f)
				}
			}
			n := len(got)
			got = d.Append(got, text)
			for i := range got[n:] {
				got[n+i].Start += low
				got[n+i].End += low
			}
		}
		sameWindows(t, got, want, len(raw), size)
	}
}

func sameWindows(t *testing.T, got, want []Finding, long, size int) {
	t.Helper()
	if !same(got, want) {
		for i := range want {
			if i >= len(got) || !same(got[i:i+1], want[i:i+1]) {
				t.Fatalf("windows of %d over %d bytes: finding %d is%s, want%s", size, long, i, show(got[i:min(i+1, len(got))]), show(want[i:i+1]))
			}
		}
		t.Fatalf("windows of %d over %d bytes: %d findings, want %d; first too many:%s", size, long, len(got), len(want), show(got[len(want):][:1]))
	}
}

// What is found in windows is what is found in the whole.
func TestWindows(t *testing.T) {
	d := testDetector(t)
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 6))
		raw := randomPII(r, 4000)
		checkWindows(t, d, raw, 200+r.IntN(20000), seed%2 == 0)
	}
}

// Long matches meet at different places, and die, stop or go on.
func TestMemo(t *testing.T) {
	rules := []Rule{
		{ID: "a", Entity: "A", Tier: ByItself, MaxLen: 2000, Patterns: []Pattern{{Expr: `ab[a-z-]*!`, Guard: GuardWord}}},
		{ID: "b", Entity: "B", Tier: ByItself, MaxLen: 2000, Patterns: []Pattern{{Expr: `ab[a-z-]*[a-z]{3}`, Guard: GuardWord}}},
		{ID: "c", Entity: "C", Tier: ByItself, MaxLen: 700, Patterns: []Pattern{{Expr: `-[a-z-]*x-[a-z-]+`}}},
	}
	d, err := New(rules, nil)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 7))
		var b strings.Builder
		for b.Len() < 6000 {
			switch r.IntN(40) {
			case 0:
				b.WriteString("!")
			case 1:
				b.WriteString("x-")
			case 2:
				b.WriteString(". ")
			default:
				b.WriteString([]string{"ab-", "abab", "-", "qqqqqqqqqqqqqqq"}[r.IntN(4)])
			}
		}
		raw := []byte(b.String())
		got := d.Append(nil, Text{Raw: raw, Final: true})
		if want := d.appendForgetful(raw); !same(got, want) {
			t.Fatalf("seed %d: with memos%s\nwithout%s", seed, show(got), show(want))
		}
	}
}

func TestAppendAllocs(t *testing.T) {
	d := testDetector(t)
	raw := []byte(strings.Repeat(`{"jsonrpc":"2.0","id":17,"result":{"content":[{"type":"text","text":"Build 2024-01-15T10:11:12Z of order 123-45-6789 took 12.5 s\nname: x"}],"name":"read_file","ts":1718000000123}}`, 20))
	text := Text{Raw: raw, Escaped: true, Final: true}
	if found := d.Append(nil, text); len(found) > 0 {
		t.Fatalf("the clean text has findings:%s", show(found))
	}
	if n := testing.AllocsPerRun(20, func() { d.Append(nil, text) }); n != 0 {
		t.Errorf("Append allocates %v times on a clean text, want 0", n)
	}
	text.Raw = bytes.ReplaceAll(randomPII(rand.New(rand.NewPCG(1, 8)), 500), []byte("zq"), []byte("qz")) // regexp2 allocates
	dst := d.Append(nil, text)
	if len(dst) < 20 {
		t.Fatalf("the dirty text has findings%s, want more", show(dst))
	}
	if n := testing.AllocsPerRun(20, func() { dst = d.Append(dst[:0], text) }); n != 0 {
		t.Errorf("Append allocates %v times where dst has room, want 0", n)
	}
}
