// Package demo tells mcpveil's story with nothing but the program itself: a sample customer-data
// MCP server, a scripted model on a real MCP client, and mcpveil between them, each a process of
// its own. It shows what either side saw and then verifies that no real value reached the model
// and that every permitted one reached the tool.
package demo

import (
	crand "crypto/rand"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
)

// A Customer is what the sample server keeps. Every value in it but ID, City and Tier is
// personal data that mcpveil is to seal.
type Customer struct {
	ID        string  `json:"id" jsonschema:"customer number"`
	FirstName string  `json:"first_name"`
	LastName  string  `json:"last_name"`
	Email     string  `json:"email"`
	Phone     string  `json:"phone"`
	Card      string  `json:"card_number"`
	SSN       string  `json:"ssn"`
	IBAN      string  `json:"iban"`
	BirthDate string  `json:"date_of_birth"`
	Address   Address `json:"address"`
	Tier      string  `json:"tier" jsonschema:"basic, silver or gold"`
}

// An Address is where a Customer lives.
type Address struct {
	Street string `json:"street"`
	City   string `json:"city"`
}

// values are the personal data of c, by what to call them.
func (c *Customer) values() map[string]string {
	return map[string]string{
		"first name": c.FirstName, "last name": c.LastName, "e-mail": c.Email, "phone": c.Phone,
		"card": c.Card, "SSN": c.SSN, "IBAN": c.IBAN, "birth date": c.BirthDate,
		"street": c.Address.Street,
	}
}

var (
	firstNames = strings.Fields("Adaeze Bartholomew Clementine Dorothea Evangeline Fitzgerald Guinevere Hildegard Ignatius Josephine Konstantin Leopoldine Montgomery Ottilie Persephone Rosalind Seraphina Thaddeus Wilhelmina Zacharias")
	lastNames  = strings.Fields("Abernathy Blackwood Castellanos Delacroix Ellsworth Featherstone Goldschmidt Haverford Ivanovic Kowalczyk Lindqvist Montefiore Nakamura Oyelaran Pemberton Rosenthal Silverstone Thorvaldsen Underhill Winterbourne")
	streets    = strings.Fields("Alder Birch Cedar Dogwood Elm Foxglove Hawthorn Juniper Linden Magnolia Poplar Rowan Sycamore Willow")
	cities     = strings.Fields("Albuquerque Baltimore Chattanooga Duluth Evansville Fayetteville Galveston Harrisburg Kalamazoo Lancaster Milwaukee Nashville Pittsburgh Sacramento Tallahassee Wilmington")
)

// Draw returns n customers drawn at random, no two with a value in common.
func Draw(n int) []Customer {
	var seed [32]byte
	_, _ = crand.Read(seed[:]) // never fails
	r := rand.New(rand.NewChaCha8(seed))
	used := map[string]bool{}
	list := make([]Customer, n)
	for i := range list {
		for {
			c := draw(r, i)
			clash := false
			for _, v := range c.values() {
				clash = clash || used[v]
			}
			if clash {
				continue
			}
			for _, v := range c.values() {
				used[v] = true
			}
			list[i] = c
			break
		}
	}
	return list
}

func draw(r *rand.Rand, i int) Customer {
	first, last := pick(r, firstNames), pick(r, lastNames)
	return Customer{
		ID:        fmt.Sprintf("C-%d", 1001+i),
		FirstName: first,
		LastName:  last,
		Email:     fmt.Sprintf("%s.%s%d@%s", strings.ToLower(first), strings.ToLower(last), 10+r.IntN(90), pick(r, []string{"example.com", "example.org", "example.net"})),
		Phone:     fmt.Sprintf("+1 %s-%d%02d-%04d", pick(r, []string{"212", "312", "415", "617", "713"}), 2+r.IntN(7), 12+r.IntN(87), r.IntN(10_000)),
		Card:      card(r),
		SSN:       ssn(r),
		IBAN:      iban(r),
		BirthDate: fmt.Sprintf("%d-%02d-%02d", 1940+r.IntN(64), 1+r.IntN(12), 1+r.IntN(28)),
		Address:   Address{Street: fmt.Sprintf("%d %s Lane", 11+r.IntN(989), pick(r, streets)), City: pick(r, cities)},
		Tier:      pick(r, []string{"basic", "silver", "gold"}),
	}
}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

// card returns a number as a Visa card has it, its Luhn digit right.
func card(r *rand.Rand) string {
	d := []byte("4")
	for len(d) < 15 {
		d = append(d, byte('0'+r.IntN(10)))
	}
	sum := 0
	for i, c := range d { // of the 16 digits, those at even places from the left are doubled
		n := int(c - '0')
		if i%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	d = append(d, byte('0'+(10-sum%10)%10))
	return fmt.Sprintf("%s %s %s %s", d[:4], d[4:8], d[8:12], d[12:])
}

// ssn returns a US social security number of a kind that is issued.
func ssn(r *rand.Rand) string {
	area := 100 + r.IntN(500) // 666 and 9xx are not
	return fmt.Sprintf("%03d-%02d-%04d", area, 1+r.IntN(99), 1000+r.IntN(9000))
}

// iban returns a German account number, its check digits right.
func iban(r *rand.Rand) string {
	bban := fmt.Sprintf("%08d%010d", 10_000_000+r.IntN(80_000_000), r.Int64N(10_000_000_000))
	n, ok := new(big.Int).SetString(bban+"131400", 10) // DE00 behind, letters as numbers
	if !ok {
		panic("demo: internal error: a bank account is no number")
	}
	return fmt.Sprintf("DE%02d%s", 98-new(big.Int).Mod(n, big.NewInt(97)).Int64(), bban)
}
