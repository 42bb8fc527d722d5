package patterns_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
)

// TestOthersDefects holds what other detectors are known to get wrong, and what their
// users complain about: a line each, with the entities that are to be found, all of
// them and no others.
func TestOthersDefects(t *testing.T) {
	det := balanced(t)
	type found = []detect.Entity
	for _, tt := range []struct {
		why, text string
		want      found
	}{
		{"national numbers of Britain need the region GB, not UK", "phone 020 7946 0018", found{"PHONE_NUMBER"}},
		{"Korea and Japan are no default regions", "+82-10-2345-6789 and +81 3-1234-5678", found{"PHONE_NUMBER"}},
		{"Mastercard's 2-series", "2223003122003222", found{"CREDIT_CARD"}},
		{"Maestro of twelve digits", "card 676770000005 is lost", found{"CREDIT_CARD"}},
		{"cards of nineteen digits", "charged to card 6304000000000000000", found{"CREDIT_CARD"}},
		{"JCB's old prefixes", "213100000000001 or 180000000000002", found{"CREDIT_CARD"}},
		{"an IBAN in small letters", "my iban is gb42nawi04454264788619", found{"IBAN_CODE"}},
		{"an IBAN of another length than 15 or 18", "ES91 2100 0418 4502 0005 1332", found{"IBAN_CODE"}},
		{"a date of birth with the month's name", "born on 3 March 1985", found{"DATE_OF_BIRTH"}},
		{"any date taken for a date of birth", "due 03/12/1985", nil},
		{"keys of objects not scanned", `{"jane@example.com":{"ok":true}}`, found{"EMAIL_ADDRESS"}},
		{"numbers not scanned", `{"v":4242424242424242}`, found{"CREDIT_CARD"}},
		{"Corsica's departments", "sécurité sociale 1 84 12 2A 451 084 08", found{"FR_NIR"}},
		{"a word such as 'example' or 'test' lets a value pass", "for example, test company: jane@acme.io", found{"EMAIL_ADDRESS"}},
		{"a range in place of a hyphen", "536+90+4399", nil},
		{"American Express only at the end", "378282246310005 was charged", found{"CREDIT_CARD"}},
		{"a secret with 'false' in it", "password=falsehood7!", found{"PASSWORD"}},
		{"a number given out since October 2020, whose check digit is none", "211031-3123456", found{"KR_RRN"}},
		{"a business number without its check digit", "124-81-00997", nil},
		{"an ITIN of a group from 50 on", "ITIN 912-53-1234", found{"US_ITIN"}},

		{"a Figma node taken for a telephone", `{"nodeId":"1234:56789"}`, nil},
		{"a database's id taken for a telephone", `{"id":9725550143}`, nil},
		{"a dated name taken for a telephone", "hosted-eu-20260812-09", nil},
		{"a time in milliseconds taken for a card", `{"ts":1766750065523}`, nil},
		{"a commit taken for anything", "commit 4111111111111111aa0bb5a16d5c276d81810b8e", nil},
		{"a version taken for an address", "Chrome/120.0.6099.109 v1.2.3.4", nil},
		{"a float taken for a card", `[65.613616999999977,-43.4]`, nil},
		{"a time zone taken for a telephone", "Mon Sep 24 03:35:21 +0000 2014", nil},
		{"git@ taken for an e-mail address", "git clone git@github.com:acme/app.git", nil},
		{"an image taken for an e-mail address", "logo@2x.png", nil},
		{"a masked value taken for one in the clear", `{"card":"************1111","phone":"138****5678","password":"****"}`, nil},
		{"a label taken for a value", "[EMAIL_ADDRESS] [CREDIT_CARD]", nil},
		{"an issue tracker's ids taken for secrets", "LIN-1234 ENG-987 /issues/484078", nil},
		{"a UUID taken for a telephone", "eddd942a-9a83-4b04-8bde-352125550143", nil},
		{"a tool's name taken for a person's", `{"tools":[{"name":"jane_doe","description":"x"}]}`, nil},
		{"a schema's property taken for a password", `{"properties":{"password":{"type":"string"}}}`, nil},
		{"a page's token taken for a secret", `{"nextCursor":"eyJwIjoyfQ","progressToken":"a1b2c3"}`, nil},
		{"a quote or a bracket taken into an address", "<jane.doe@example.com>, 'o.neil@example.org'", found{"EMAIL_ADDRESS"}},
	} {
		text := detect.Text{Raw: []byte(tt.text), Final: true, Escaped: json.Valid([]byte(tt.text))}
		got := found(nil)
		for _, f := range det.Append(nil, text) {
			if !slices.Contains(got, f.Rule.Entity) {
				got = append(got, f.Rule.Entity)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: Append(%s) finds %v, want %v", tt.why, tt.text, got, tt.want)
		}
	}
}
