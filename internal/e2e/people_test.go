package e2e

import (
	"crypto/rand"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A person is a row of customer data, drawn anew at each run: its values are the
// canaries that must never show where they have no business.
type person struct {
	ID                            string
	Email, Phone, Card, IBAN, SSN string
	Note                          string // holds nothing personal
}

var columns = []string{"id", "email", "phone", "card", "iban", "ssn", "note"}

func (p person) row() []string {
	return []string{p.ID, p.Email, p.Phone, p.Card, p.IBAN, p.SSN, p.Note}
}

// sensitive holds the columns that must be sealed.
var sensitive = []string{"email", "phone", "card", "iban", "ssn"}

func (p person) values() []string { return p.row()[1:6] }

// people draws n persons.
func people(n int) []person {
	list := make([]person, n)
	for i := range list {
		list[i] = person{
			ID:    fmt.Sprintf("c%d", i+1),
			Email: fmt.Sprintf("%s.%s@%s.com", letters(6), letters(8), letters(9)),
			Phone: "+1 " + pick("212", "415", "617", "303") + " " + pick("2", "3", "4") + pick("2", "3", "4", "6") + digits(1) + " " + digits(4),
			Card:  luhn("4" + digits(14)),
			IBAN:  iban("DE", digits(18)),
			SSN:   pick("1", "2", "3", "4", "5") + digits(1) + pick("1", "3", "7") + "-" + pick("1", "4", "7") + digits(1) + "-" + pick("2", "5", "8") + digits(3),
			Note:  pick("prefers tea", "pays late", "likes chess", "since spring"),
		}
	}
	return list
}

func customersCSV(list []person) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(columns)
	for _, p := range list {
		_ = w.Write(p.row())
	}
	w.Flush()
	return b.String()
}

// checkNone reports every value of list that stands in text as it is, or with its
// blanks and hyphens taken out.
func checkNone(t testing.TB, where, text string, list []person) {
	t.Helper()
	for i, p := range list {
		for k, v := range p.values() {
			for _, form := range []string{v, strings.NewReplacer(" ", "", "-", "").Replace(v)} {
				if at := strings.Index(text, form); at >= 0 {
					t.Errorf("%s holds the %s of person %d at %d: …%.120q…", where, sensitive[k], i, at, text[max(0, at-40):])
					break
				}
			}
		}
	}
}

var tokenRE = regexp.MustCompile(`pii-[a-z0-9]{1,20}-1[a-z0-9]+`)

// tokens returns the tokens in text, in order.
func tokens(text string) []string { return tokenRE.FindAllString(text, -1) }

func isToken(s string) bool { return s != "" && tokenRE.FindString(s) == s }

// checkSealedCSV checks that got is the table of list with each sensitive column a
// token and every other byte as it was.
func checkSealedCSV(t testing.TB, got string, list []person) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(got)).ReadAll()
	if err != nil || len(rows) != len(list)+1 {
		t.Fatalf("the sealed table has %d rows (%v), want %d: %.400q", len(rows), err, len(list)+1, got)
	}
	want := customersCSV(list)
	for i, row := range rows[1:] {
		for k, name := range columns {
			if !slices.Contains(sensitive, name) {
				continue
			}
			if !isToken(row[k]) {
				t.Errorf("row %d: %s is %q, want a token", i, name, row[k])
				continue
			}
			want = strings.Replace(want, list[i].row()[k], row[k], 1)
		}
	}
	if got != want && !t.Failed() {
		t.Errorf("outside the tokens the table changed:\ngot  %.600q\nwant %.600q", got, want)
	}
}

func mustJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func random(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(err)
	}
	return int(i.Int64())
}

func pick(from ...string) string { return from[random(len(from))] }

func letters(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + random(26))
	}
	return string(b)
}

func digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + random(10))
	}
	return string(b)
}

// luhn appends the check digit of ISO/IEC 7812-1.
func luhn(s string) string {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return s + fmt.Sprint((10-sum%10)%10)
}

// iban puts the check digits of ISO 13616 between country and account.
func iban(country, account string) string {
	digits := account
	for _, c := range country + "00" {
		if c >= 'A' {
			digits += fmt.Sprint(int(c-'A') + 10)
		} else {
			digits += string(c)
		}
	}
	n, _ := new(big.Int).SetString(digits, 10)
	check := 98 - new(big.Int).Mod(n, big.NewInt(97)).Int64()
	return fmt.Sprintf("%s%02d%s", country, check, account)
}

func contains(s, sub string) bool { return strings.Contains(s, sub) }
