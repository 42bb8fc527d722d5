package patterns_test

import (
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
)

// foundBy returns what of entity det finds in text, the longest of what overlaps.
func foundBy(det *detect.Detector, entity detect.Entity, text string, escaped bool) (values []string) {
	end := -1
	for _, f := range det.Append(nil, detect.Text{Raw: []byte(text), Escaped: escaped, Final: true}) {
		if f.Rule.Entity != entity || f.End <= end {
			continue
		}
		if f.Start >= end {
			values = append(values, "")
		}
		end = f.End
		values[len(values)-1] = text[f.Start:f.End]
	}
	return values
}

// TestAddressesInText: whole addresses are found in running text of ten languages, between « and », and nothing
// that only looks like one.
func TestAddressesInText(t *testing.T) {
	det := balanced(t)
	for _, marked := range []string{
		"Please forward my mail to «48 Orchard Hill Rd, Bangor, ME 04401» until May.",
		"The parcel went to «1209 N 4th Ave Apt 7, Phoenix, AZ 85003» instead.",
		"mail it to «PO Box 881, Laramie, WY 82073»",
		"she lives at «31 Acacia Avenue, Sutton Coldfield, B72 1TH» with two cats",
		`{"text":"Lieferung an:\n«Karl-Liebknecht-Straße 14\n04107 Leipzig»\n"}`,
		"Umgezogen nach «Potsdamer Platz 3, 10785 Berlin», danke.",
		"Il a déménagé au «8 ter avenue de la République, 31000 Toulouse».",
		"entregar en «Calle Alcalá, 230, 4º B, 28027 Madrid» por la tarde",
		"consegnare in «Viale Monza, 112/A, 20127 Milano» entro le 18",
		"bezorgen op «Prinsengracht 263, 1016 GV Amsterdam» graag",
		"entregar na «Rua Oscar Freire, 379, Jardins, São Paulo - SP, 01426-001» amanhã",
		"dostawa: «ul. Piotrkowska 104/6, 90-926 Łódź» dzisiaj",
		"새 집은 «부산광역시 수영구 광안해변로 219»이고 이사는 내일",
		"등기상 «경기도 수원시 팔달구 매산동 12-3번지» 입니다",
		"新しい住所は«愛知県名古屋市中村区名駅４丁目７番１号»です",
		"请寄到«浙江省杭州市西湖区文三路478号»，谢谢",
		"寄到«高雄市苓雅區四維三路2號»即可",
	} {
		_, rest, _ := strings.Cut(marked, "«")
		want, _, _ := strings.Cut(rest, "»")
		text := strings.NewReplacer("«", "", "»", "").Replace(marked)
		got := foundBy(det, "STREET_ADDRESS", text, text[0] == '{')
		if len(got) != 1 || got[0] != want {
			t.Errorf("in %s: found %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{
		"Springfield, IL is not the only one.", "Paris, Berlin, 東京, 서울, 北京市", "10115 Berlin", "in 1999 Houston, TX grew",
		"at 12 the Road show starts in Austin, TX", "Platz 3, 10000 Zuschauer", "Version 12 Street Fighter, London", "Table 3 Main results, see Section 4",
		"released 2024 Ubuntu Server, London SW", "Windows 11 Home, Office 2021 Professional", "line 12 Error, code 20127 Milano",
		"서울에서 부산으로 2시간", "서울시 강남구 버스로 20분", "경기도 수원시 기준으로 12", "東京都で3回", "大阪府大阪市の人口は270万人です", "北京市2号线", "上海市浦东新区有3条路",
		"3 rue", "au 3 de la rue", "via email, 3 giorni", "la calle 13 es un grupo", "Av. Paulista", "ul. i 3",
	} {
		if got := foundBy(det, "STREET_ADDRESS", text, false); len(got) != 0 {
			t.Errorf("in %s: found %q, want nothing", text, got)
		}
	}
}
