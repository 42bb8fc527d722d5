package patterns_test

import (
	"strings"
	"testing"
)

// TestNamesInText: names between « and » are found by what stands around them, in ten languages, and what only stands
// where names do is not.
func TestNamesInText(t *testing.T) {
	det := balanced(t)
	for _, marked := range []string{
		"yesterday Mrs. «Okafor» called about the refund",
		"Referred by Dr. «Maria L. Costa», cardiology",
		"Passenger: «Tomás Ibarra»\nSeat: 14C",
		"Attn: «Priya Raman»",
		"Dear «Wendy»,\nthank you",
		`{"text":"See you then.\n\nKind regards,\n«Oluwaseun Ade»\n"}`,
		"From: «Nadia Petrov» <nadia@example.com>",
		"Bitte an Frau «Lindqvist-Meyer» weiterleiten",
		"Ansprechpartner: Herr «Uwe Tannhäuser», Tel. folgt",
		"Mme «Delacroix» arrive demain",
		"Cordialement,\n«Hélène Vasseur»",
		"la Sra. «Ibáñez» pregunta",
		"Paciente: «Rosa Quintero Vélez», 54 años",
		"il Sig. «Bellini» ha chiamato",
		"Met vriendelijke groet,\n«Joost Bakker»",
		"Atenciosamente,\n«Thiago Moreira»",
		"Pacjent: «Zofia Lewandowska»",
		"담당자: «최은영», 내선 201",
		"어제 «박지훈» 씨가 전화했습니다",
		"担当：«佐々木健»",
		"«鈴木»様、ご注文ありがとうございます",
		"联系人：«陈晓华»，电话另附",
		"请转告«刘»女士",
	} {
		_, rest, _ := strings.Cut(marked, "«")
		want, _, _ := strings.Cut(rest, "»")
		text := strings.NewReplacer("«", "", "»", "").Replace(marked)
		if got := foundBy(det, "PERSON", text, text[0] == '{'); len(got) != 1 || got[0] != want {
			t.Errorf("in %s: found %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{
		"Dear Customer, welcome", "Dear Sir or Madam,", "Dear All,", "Best regards,\nThe Billing Team", "Regards,\nplease reply", "Sr. Software Engineer", "Mr. and Mrs.", "a Dr. visit",
		"Patient: 41 years old", "Patient: Test Patient", "Employee: Human Resources", "Candidate: Release 2", "From: Acme Support <help@example.com>", "Author: see git log",
		"Herr Professor", "Frau und Mann", "Liebe Kolleginnen,", "Mesdames, Messieurs", "Avenida Dr. Fleming, 12", "Cher client,", "Estimado cliente:", "Gentile Cliente,",
		"담당자: 영업팀", "고객님 안녕하세요", "오늘 날씨가 좋다", "글씨가 작다", "担当：営業部", "お客様各位", "多様な仕様", "皆様", "客户：高级会员", "先生们女士们", "联系人：无",
	} {
		if got := foundBy(det, "PERSON", text, false); len(got) != 0 {
			t.Errorf("in %s: found %q, want nothing", text, got)
		}
	}
}

// TestNamesInObjects: by the shape of the object that a name stands in, and never where tools, packages and files have one.
func TestNamesInObjects(t *testing.T) {
	det := balanced(t)
	for text, want := range map[string]string{
		`{"result":{"users":[{"id":4,"name":"Jane Doe"},{"id":5,"name":"Ali Veli"}]}}`: "Jane Doe|Ali Veli",
		`{"contact":{"name":"Jane Doe"}}`:                                              "Jane Doe",
		`{"commit":{"author":{"name":"Jane Doe","date":"2026-01-02"}}}`:                "Jane Doe",
		`{"name":[{"given":"Ann","family":"Lee"}]}`:                                    "Ann|Lee",
		`{"participants":[{"role":"host","name":"Jane Doe"}]}`:                         "Jane Doe",
		`{"환자":{"이름":"김민수"}}`:                                                          "김민수",
		`{"氏名":"山田太郎","電話番号":"x"}`:                                                     "山田太郎",
		`{"姓名":"王小明"}`:                                                                 "王小明",
		`{"name":"search","inputSchema":{"type":"object"}}`:                            "",
		`{"name":"left-pad","version":"1.3.0","license":"MIT"}`:                        "",
		`{"repository":{"name":"hello-world","full_name":"octocat/hello-world"}}`:      "",
		`{"product":{"name":"Blue Chair","price":12}}`:                                 "",
		`{"name":"report.pdf","size":12}`:                                              "",
		`{"tools":[{"name":"get_user","title":"Get User"}]}`:                           "",
	} {
		if got := strings.Join(foundBy(det, "PERSON", text, true), "|"); got != want {
			t.Errorf("in %s: found %q, want %q", text, got, want)
		}
	}
}
