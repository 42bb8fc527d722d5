package patterns_test

import (
	"fmt"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
)

// TestPhones: a number is found in the forms that people of its country write, with the country's
// code by itself, and without it behind a word in their language or in a field.
func TestPhones(t *testing.T) {
	det := balanced(t)
	found := func(text, want string) bool {
		for _, f := range strongest(det.Append(nil, detect.Text{Raw: []byte(text), Escaped: text[0] == '{', Final: true})) {
			if f.Rule.Entity == "PHONE_NUMBER" && text[f.Start:f.End] == want {
				return true
			}
		}
		return false
	}
	for _, test := range []struct {
		country, said           string // said stands before a national number
		international, national []string
	}{
		{"US", "Call me at %s.", []string{"+1 202-555-0143", "+1 (202) 555-0143", "+1.202.555.0143", "+12025550143", "+1 2025550143"}, []string{"202-555-0143", "(202) 555-0143", "202.555.0143", "202 555 0143", "2025550143"}},
		{"GB", "My mobile is %s, ring any time", []string{"+44 20 7946 0018", "+44 (0)20 7946 0018", "+447700900123", "+44 7700 900123"}, []string{"020 7946 0018", "07700 900123", "(0161) 496 0123", "07700900123"}},
		{"DE", "Telefon: %s (Büro)", []string{"+49 30 23125000", "+49 170 1234567", "+49 (0)170 1234567", "+49 30/23125000", "+49 1701234567"}, []string{"030 23125000", "030/23125000", "0170 1234567", "(030) 23125000", "0170-1234567"}},
		{"FR", "Téléphone : %s", []string{"+33 6 12 34 56 78", "+33 1 42 68 53 00", "+33612345678", "+33 (0)6 12 34 56 78"}, []string{"06 12 34 56 78", "06.12.34.56.78", "0612345678", "01-42-68-53-00"}},
		{"ES", "Teléfono: %s", []string{"+34 612 345 678", "+34 91 123 45 67", "+34612345678"}, []string{"612 345 678", "91 123 45 67", "612345678", "912 34 56 78"}},
		{"IT", "cellulare %s", []string{"+39 06 6784 343", "+39 347 123 4567", "+39 3471234567"}, []string{"06 6784 343", "347 123 4567", "347 1234567", "3471234567"}},
		{"PT", "telefone: %s", []string{"+351 912 345 678", "+351912345678"}, []string{"912 345 678", "912345678", "21 123 4567"}},
		{"NL", "Telefoon: %s", []string{"+31 6 12345678", "+31 20 123 4567"}, []string{"06-12345678", "020-1234567", "06 12345678", "0612345678"}},
		{"PL", "tel. %s", []string{"+48 601 234 567", "+48601234567"}, []string{"601 234 567", "601-234-567", "601234567", "22 123 45 67"}},
		{"KR", "연락처: %s", []string{"+82 10-1234-5678", "+82-2-312-3456", "+821012345678"}, []string{"010-1234-5678", "02-312-3456", "01012345678", "010 1234 5678"}},
		{"JP", "電話番号：%s", []string{"+81 90-1234-5678", "+81 3-1234-5678", "+819012345678"}, []string{"090-1234-5678", "03-1234-5678", "09012345678", "0120-123-456"}},
		{"CN", "手机号：%s", []string{"+86 138 1234 5678", "+86 13812345678", "+8613812345678"}, []string{"13812345678", "138 1234 5678", "138-1234-5678", "010-62345678"}},
		{"IN", "Mobile: %s", []string{"+91 98765 43210", "+91-9876543210", "+919876543210", "+91 9876543210"}, []string{"98765 43210", "9876543210", "09876543210", "022-2345 6789"}},
		{"BR", "celular: %s", []string{"+55 11 98456-5666", "+55 (11) 98456-5666", "+5511984565666"}, []string{"(11) 98456-5666", "11 98456-5666", "(21) 3456-7890", "11984565666"}},
		{"AU", "Phone: %s", []string{"+61 412 345 678", "+61 2 9876 5432", "+61412345678"}, []string{"0412 345 678", "02 9876 5432", "(02) 9876 5432", "0412345678"}},
		{"RU", "тел. %s", []string{"+7 912 345-67-89", "+7 (912) 345-67-89", "+79123456789"}, []string{"8 912 345-67-89", "8 (912) 345-67-89", "(495) 123-45-67"}},
		{"MX", "Teléfono: %s", []string{"+52 55 1234 5678", "+525512345678"}, []string{"55 1234 5678", "5512345678"}},
		{"SE", "Mobil: %s", []string{"+46 70 123 45 67", "+46701234567"}, []string{"070-123 45 67", "0701234567", "08-123 456 78"}},
		{"CH", "Tel. %s", []string{"+41 44 668 18 00", "+41 79 123 45 67"}, []string{"044 668 18 00", "079 123 45 67"}},
		{"TR", "cep telefonu: %s", []string{"+90 532 123 45 67", "+905321234567"}, []string{"0532 123 45 67", "(0532) 123 45 67"}},
	} {
		t.Run(test.country, func(t *testing.T) {
			for _, n := range test.international {
				for _, form := range []string{"%s", "you get me under %s after six", `{"note":"%s"}`} {
					if text := fmt.Sprintf(form, n); !found(text, n) {
						t.Errorf("%s is not found in %s", n, text)
					}
				}
			}
			for _, n := range test.national {
				for _, form := range []string{test.said, `{"phone":"%s"}`, `{"mobileNumber": "%s"}`} {
					if text := fmt.Sprintf(form, n); !found(text, n) {
						t.Errorf("%s is not found in %s", n, text)
					}
				}
			}
		})
	}
}

// TestNoPhones: numbers that look like telephone numbers are none where nobody says so.
func TestNoPhones(t *testing.T) {
	det := balanced(t)
	for _, text := range []string{
		"order 4500012345 from 2021-05-21", "build 20210521.3 of 1.12.3456", `{"id":9876543210,"ts":1766750065523}`, "Mon Sep 24 03:35:21 +0000 2014",
		"pages 123-456 and 789-012", "ISBN 978-3-16-148410-0", "3.14159265358979", "@@ -1024,7 +1024,9 @@", "2012-2026", "12.34.56.78.90.12", `{"size":612345678,"offset":912345678}`,
		"lat 37.422131 lng -122.084801", "x+1234567", "5 + 12345678 = 12345683", "2021/05/21 10:15:30", "ratio 16:9 at 1920 1080 60",
	} {
		for _, f := range det.Append(nil, detect.Text{Raw: []byte(text), Escaped: text[0] == '{', Final: true}) {
			if f.Rule.Entity == "PHONE_NUMBER" {
				t.Errorf("%s takes %q of %q for a telephone number", f.Rule.ID, text[f.Start:f.End], text)
			}
		}
	}
}
