package patterns_test

import (
	"fmt"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
)

// TestDates: dates are found under recall in the languages of the rules, and under no other profile; a date
// of birth is found by default, where a word or a field says that it is one.
func TestDates(t *testing.T) {
	packs := all(t)
	balanced, err := detect.New(patterns.Select(patterns.Balanced, packs...))
	if err != nil {
		t.Fatal(err)
	}
	recall, err := detect.New(patterns.Select(patterns.Recall, packs...))
	if err != nil {
		t.Fatal(err)
	}
	has := func(det *detect.Detector, entity detect.Entity, text, want string) bool {
		for _, f := range det.Append(nil, detect.Text{Raw: []byte(text), Escaped: text[0] == '{', Final: true}) {
			if f.Rule.Entity == entity && text[f.Start:f.End] == want {
				return true
			}
		}
		return false
	}
	for _, test := range []struct {
		lang, said, born string
		dates            []string
	}{
		{"en", "It was sent on %s to them.", "Date of birth: %s", []string{"2021-05-21", "5/21/2021", "21/05/2021", "May 21, 2021", "21 May 2021", "21st of May 2021", "May 21st, 2021", "5-May-2021"}},
		{"de", "Der Brief vom %s liegt vor.", "geboren am %s in Köln", []string{"21.05.2021", "21.5.2021", "21. Mai 2021", "3. Dezember 1999", "12. März 1985"}},
		{"fr", "Reçu le %s par nous.", "née le %s à Lyon", []string{"21/05/2021", "21 mai 2021", "1er janvier 2020", "3 août 1999", "12 décembre 1985"}},
		{"es", "Enviado el %s a Madrid.", "fecha de nacimiento: %s", []string{"21/05/2021", "21-05-2021", "21 de mayo de 2021", "3 de diciembre de 1999"}},
		{"it", "Inviato il %s a Roma.", "nata il %s", []string{"21/05/2021", "21 maggio 2021", "3 dicembre 1999"}},
		{"pt", "Enviado em %s para Lisboa.", "data de nascimento: %s", []string{"21/05/2021", "21 de maio de 2021", "3 de março de 1999"}},
		{"nl", "Verzonden op %s naar Utrecht.", "geboortedatum: %s", []string{"21-05-2021", "21 mei 2021", "3 maart 1999"}},
		{"pl", "Wysłano %s do Łodzi.", "data urodzenia: %s", []string{"21.05.2021", "21 maja 2021", "3 września 1999"}},
		{"ru", "Отправлено %s в Тверь.", "дата рождения: %s", []string{"21.05.2021", "21 мая 2021", "3 сентября 1999"}},
		{"tr", "Mektup %s günü geldi.", "doğum tarihi: %s", []string{"21.05.2021", "21 Mayıs 2021"}},
		{"ko", "발송일은 %s 입니다.", "생년월일: %s", []string{"2021-05-21", "2021년 5월 21일", "2021.05.21"}},
		{"ja", "発送日は%sです。", "生年月日：%s", []string{"2021年5月21日", "2021/05/21"}},
		{"zh", "发货日期%s到达。", "出生日期：%s", []string{"2021年5月21日", "2021-05-21"}},
	} {
		t.Run(test.lang, func(t *testing.T) {
			for _, date := range test.dates {
				text := fmt.Sprintf(test.said, date)
				if !has(recall, "DATE_TIME", text, date) {
					t.Errorf("recall does not find %s in %s", date, text)
				}
				if has(balanced, "DATE_TIME", text, date) || has(balanced, "DATE_OF_BIRTH", text, date) {
					t.Errorf("balanced finds %s in %s", date, text)
				}
				for _, text := range []string{fmt.Sprintf(test.born, date), fmt.Sprintf(`{"birthDate":"%s"}`, date)} {
					if !has(balanced, "DATE_OF_BIRTH", text, date) {
						t.Errorf("balanced does not find %s in %s", date, text)
					}
				}
			}
		})
	}
	for _, text := range []string{"version 2.13.45", "192.168.10.20", "the ratio is 13/45/99", "ISBN 978-3-16-148410-0", "call 06-12-34-56-78", "a 3/4 inch bolt", "Mayor 12 of 20", "marching 12 miles"} {
		for _, f := range recall.Append(nil, detect.Text{Raw: []byte(text), Final: true}) {
			if f.Rule.Entity == "DATE_TIME" {
				t.Errorf("%s takes %q of %q for a date", f.Rule.ID, text[f.Start:f.End], text)
			}
		}
	}
}
