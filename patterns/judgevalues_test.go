package patterns_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/mcpveil/mcpveil/detect"
)

// A maker makes up the values that stand in the templates of testdata/judge: numbers with right check digits
// computed from random digits, written as people of a language write them.
type maker struct {
	*rand.Rand
	lang string
	who  person // whose record it is: the next name, address and e-mail address are theirs
}

type person struct{ first, last string }

// A spelling is what a language's templates differ in besides their words.
type spelling struct {
	people            string   // first and last name, by comma
	reversed, joined  bool     // the last name first; without a space
	phones, mobiles   []string // # is a digit, 9 one from 1 on; mobiles are bare
	international     []string
	iban              string // country; digits and letters of the BBAN: n, a
	dates, births     []string
	months            []string
	long              string // a date with the name of its month
	domains, streets  string
	parenthesisedMark string // the abbreviation for a telephone in brackets
}

var spellings = map[string]spelling{
	"en": {
		people: "Harriet Coleman,Dwayne Whitlock,Priya Raman,Oliver Stanton,Moira McAllister,Jerome Castellano", iban: "GB aaaannnnnnnnnnnnnn",
		phones: []string{"(212) 5##-####", "415-5##-####", "617.5##.####", "020 7### ####", "07### ######", "0161 8## ####"}, mobiles: []string{"07#########"},
		international: []string{"+44 20 7### ####", "+1 212-5##-####", "+447#########", "+1 (415) 5##-####"},
		dates:         []string{"02/01/2006", "2006-01-02", "01/02/06"}, births: []string{"01/02/2006", "2 January 2006", "January 2, 2006", "02/01/2006"},
		months: strings.Fields("January February March April May June July August September October November December"), long: "M D, Y|D M Y|Mth D, Y",
		domains: "harborline.com brightwell.co.uk gmail.com oakfieldclinic.org", streets: "14 Maple Street, Springfield|7 Station Road, Leeds LS1 4DY", parenthesisedMark: "tel.",
	},
	"de": {
		people: "Annegret Hoffmeister,Jörg Kellermann,Mehmet Özdemir,Sabine Großmann,Lukas Brandt", iban: "DE nnnnnnnnnnnnnnnnnn",
		phones: []string{"030 9######", "089/9#######", "0171 9######", "0221-9######", "(040) 9## ## ##", "0151 ########", "06221 / 9## ###"}, mobiles: []string{"0171#######", "015#########"},
		international: []string{"+49 30 9######", "+49 (0)171 9######", "+49 151 ########", "0049 89 9######", "+49 40/9#####"},
		dates:         []string{"02.01.2006", "2.1.2006", "02.01.06"}, births: []string{"02.01.2006", "2. M 2006"},
		months: strings.Fields("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"), long: "D. M Y",
		domains: "nordwind-logistik.de web.de praxis-lindenhof.de gmx.net", streets: "Lindenstraße 12, 10969 Berlin|Am Markt 3a, 50667 Köln", parenthesisedMark: "Tel.",
	},
	"fr": {
		people: "Hélène Marchand,Jean-Baptiste Lefèvre,Karim Benali,Chloé Garnier,Étienne Roussel", iban: "FR nnnnnnnnnnnnnnnnnnnnnnn",
		phones: []string{"06 ## ## ## ##", "01 ## ## ## ##", "07.##.##.##.##", "04-##-##-##-##"}, mobiles: []string{"06########", "07########"},
		international: []string{"+33 6 ## ## ## ##", "+33 (0)1 ## ## ## ##", "+336########", "0033 1 ## ## ## ##"},
		dates:         []string{"02/01/2006", "02-01-2006", "02.01.2006"}, births: []string{"02/01/2006", "2 M 2006"},
		months: strings.Fields("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"), long: "D M Y",
		domains: "clinique-stjean.fr orange.fr transports-marchand.fr laposte.net", streets: "18 rue des Lilas, 75011 Paris|4 bis avenue Foch, 69006 Lyon", parenthesisedMark: "tél.",
	},
	"es": {
		people: "María Fernández Ruiz,Íñigo Etxeberria,Lucía Navarro,Joaquín Cortés Vidal", iban: "ES nnnnnnnnnnnnnnnnnnnn",
		phones: []string{"6## ### ###", "91 9## ## ##", "93 9## ## ##", "9## ## ## ##", "6##-##-##-##"}, mobiles: []string{"6########", "7########"},
		international: []string{"+34 6## ### ###", "+34 91 9## ## ##", "+346########", "0034 93 9## ## ##"},
		dates:         []string{"02/01/2006", "2/1/2006", "02-01-2006"}, births: []string{"02/01/2006", "2 de M de 2006"},
		months: strings.Fields("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"), long: "D de M de Y",
		domains: "clinicasanjuan.es telefonica.net transportesruiz.es hotmail.es", streets: "Calle Mayor 14, 28013 Madrid|Avda. Diagonal 410, 08037 Barcelona", parenthesisedMark: "tel.",
	},
	"it": {
		people: "Giulia Ferrari,Niccolò De Santis,Francesca Moretti,Salvatore Greco", iban: "IT annnnnnnnnnnnnnnnnnnnnn",
		phones: []string{"3## #######", "06 9#######", "02 9### ####", "055-9######", "3##/#######", "3## ## ## ###"}, mobiles: []string{"3#########"},
		international: []string{"+39 3## #######", "+39 06 9#######", "+393#########", "0039 02 9#######"},
		dates:         []string{"02/01/2006", "2/1/2006", "02-01-2006"}, births: []string{"02/01/2006", "2 M 2006"},
		months: strings.Fields("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"), long: "D M Y",
		domains: "studioferrari.it libero.it ospedalecivile.it virgilio.it", streets: "Via Garibaldi 22, 20121 Milano|Piazza Dante 5, 80135 Napoli", parenthesisedMark: "tel.",
	},
	"pt": {
		people: "Beatriz Nascimento,João Paulo Teixeira,Larissa Guimarães,Tiago Magalhães", iban: "PT nnnnnnnnnnnnnnnnnnnnn",
		phones: []string{"(11) 99###-####", "(21) 3###-####", "11 98###-####", "(51) 9 9###-####"}, mobiles: []string{"1199#######", "2198#######"},
		international: []string{"+55 11 99###-####", "+351 91# ### ###", "+55 (21) 3###-####", "+5511999######"},
		dates:         []string{"02/01/2006", "2/1/2006", "02-01-2006"}, births: []string{"02/01/2006", "2 de M de 2006"},
		months: strings.Fields("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"), long: "D de M de Y",
		domains: "clinicaboavista.com.br uol.com.br logisticasul.com.br sapo.pt", streets: "Rua das Flores, 123, São Paulo|Avenida da Liberdade, 45, Lisboa", parenthesisedMark: "tel.",
	},
	"nl": {
		people: "Marieke van den Berg,Joost Dijkstra,Fatima El Amrani,Sander de Wit", iban: "NL aaaannnnnnnnnn",
		phones: []string{"06 ########", "06-########", "020 7######", "030-2######", "06 ## ## ## ##", "(0172) 4#####"}, mobiles: []string{"06########"},
		international: []string{"+31 6 ########", "+31 (0)20 7######", "+316########", "0031 30 2######"},
		dates:         []string{"02-01-2006", "2-1-2006", "02/01/2006"}, births: []string{"02-01-2006", "2 M 2006"},
		months: strings.Fields("januari februari maart april mei juni juli augustus september oktober november december"), long: "D M Y",
		domains: "dijkstra-transport.nl ziggo.nl huisartsdelinde.nl kpnmail.nl", streets: "Keizersgracht 201, 1016 DT Amsterdam|Dorpsstraat 8, 3511 AB Utrecht", parenthesisedMark: "tel.",
	},
	"pl": {
		people: "Agnieszka Wiśniewska,Grzegorz Wójcik,Małgorzata Żurawska,Paweł Łukasik", iban: "PL nnnnnnnnnnnnnnnnnnnnnnnn",
		phones: []string{"5## ### ###", "22 6## ## ##", "(12) 4## ## ##", "6##-###-###", "71 3######"}, mobiles: []string{"5########", "6########"},
		international: []string{"+48 5## ### ###", "+48 22 6## ## ##", "+486########", "0048 71 3## ## ##"},
		dates:         []string{"02.01.2006", "2006-01-02", "02-01-2006"}, births: []string{"02.01.2006", "2 M 2006", "02.01.2006 r."},
		months: strings.Fields("stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"), long: "D M Y r.|D M Y",
		domains: "logistyka-wschod.pl wp.pl przychodnia-zdrowie.pl onet.pl", streets: "ul. Marszałkowska 84/92, 00-514 Warszawa|ul. Długa 7, 31-147 Kraków", parenthesisedMark: "tel.",
	},
	"ja": {
		people: "太郎 山田,花子 佐藤,健一 鈴木,美咲 高橋", reversed: true, iban: "GB aaaannnnnnnnnnnnnn",
		phones: []string{"090-####-####", "03-3###-####", "080-####-####", "06-6###-####", "0120-###-###", "045-2##-####", "（03）3###-####"}, mobiles: []string{"090########"},
		international: []string{"+81-90-####-####", "+81 3-3###-####", "+81-(0)3-3###-####"},
		dates:         []string{"2006/01/02", "2006年1月2日", "2006-01-02"}, births: []string{"2006年1月2日", "2006/01/02", "昭和5#年1月2日"}, long: "Y年N月D日",
		domains: "yamada-shokai.co.jp docomo.ne.jp sakura-clinic.jp", streets: "東京都千代田区丸の内1-9-1|大阪府大阪市北区梅田3丁目1番3号", parenthesisedMark: "TEL",
	},
	"ko": {
		people: "민수 김,지영 박,서준 이,하은 최", reversed: true, joined: true, iban: "GB aaaannnnnnnnnnnnnn",
		phones: []string{"010-####-####", "02-5##-####", "031-7##-####", "010 #### ####", "010.####.####", "02)5##-####"}, mobiles: []string{"010########"},
		international: []string{"+82-10-####-####", "+82 2-5##-####", "+82 10 #### ####"},
		dates:         []string{"2006-01-02", "2006.01.02", "2006년 1월 2일"}, births: []string{"2006년 1월 2일", "2006.01.02", "2006-01-02", "060102"}, long: "Y년 N월 D일",
		domains: "hansol-logis.co.kr naver.com seoulclinic.kr", streets: "서울특별시 강남구 테헤란로 152|부산광역시 해운대구 센텀중앙로 79", parenthesisedMark: "전화",
	},
	"zh": {
		people: "伟 王,丽娟 李,建国 张,晓明 陈", reversed: true, joined: true, iban: "GB aaaannnnnnnnnnnnnn",
		phones: []string{"010-6#######", "021-5#######", "138-####-####", "139 #### ####", "0755-8#######", "(021)5#######"}, mobiles: []string{"138########", "159########", "186########"},
		international: []string{"+86 138 #### ####", "+86-10-6#######", "+86139########"},
		dates:         []string{"2006年1月2日", "2006-01-02", "2006/1/2"}, births: []string{"2006年1月2日", "2006-01-02", "2006.01.02"}, long: "Y年N月D日",
		domains: "huaxin-logistics.com.cn qq.com 163.com", streets: "北京市朝阳区建国路88号|上海市浦东新区世纪大道100号", parenthesisedMark: "电话",
	},
	"sv": {
		people: "Åsa Lindqvist,Björn Håkansson,Elin Sjöberg", iban: "SE nnnnnnnnnnnnnnnnnnnn",
		phones: []string{"070-### ## ##", "08-5## ### ##", "031-7## ## ##", "073 ### ## ##"}, mobiles: []string{"070#######"},
		international: []string{"+46 70 ### ## ##", "+46 (0)8 5## ### ##", "+4670#######"},
		dates:         []string{"2006-01-02", "2/1 2006", "02.01.2006"}, births: []string{"2006-01-02", "2 M 2006"},
		months: strings.Fields("januari februari mars april maj juni juli augusti september oktober november december"), long: "D M Y",
		domains: "lindqvistbygg.se telia.com vardcentralen.se", streets: "Storgatan 12, 111 51 Stockholm", parenthesisedMark: "tfn",
	},
	"ru": {
		people: "Ольга Смирнова,Дмитрий Кузнецов,Наталья Волкова", iban: "DE nnnnnnnnnnnnnnnnnn",
		phones: []string{"8 (9##) ###-##-##", "8 9## ### ## ##", "8-9##-###-##-##", "(495) 7##-##-##"}, mobiles: []string{"89#########"},
		international: []string{"+7 (9##) ###-##-##", "+7 9## ###-##-##", "+79#########"},
		dates:         []string{"02.01.2006", "02.01.06"}, births: []string{"02.01.2006", "2 M 2006 г.", "2 M 2006 года"},
		months: strings.Fields("января февраля марта апреля мая июня июля августа сентября октября ноября декабря"), long: "D M Y г.|D M Y года|D M Y",
		domains: "severlogistika.ru mail.ru yandex.ru", streets: "г. Москва, ул. Тверская, д. 12", parenthesisedMark: "тел.",
	},
	"tr": {
		people: "Ayşe Yılmaz,Mustafa Öztürk,Zeynep Çelik", iban: "TR nnnnnnnnnnnnnnnnnnnnnn",
		phones: []string{"0532 ### ## ##", "0 (532) ### ## ##", "0212 3## ## ##", "(0216) 4## ## ##", "0532-###-##-##"}, mobiles: []string{"0532#######", "532#######"},
		international: []string{"+90 532 ### ## ##", "+90 (212) 3## ## ##"},
		dates:         []string{"02.01.2006", "02/01/2006"}, births: []string{"02.01.2006", "2 M 2006", "02/01/2006"},
		months: strings.Fields("Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık"), long: "D M Y",
		domains: "ege-lojistik.com.tr hotmail.com saglikocagi.org.tr", streets: "Atatürk Cad. No: 12, Kadıköy, İstanbul", parenthesisedMark: "tel",
	},
	"hi": {
		people: "सुनीता शर्मा,राजेश कुमार,अनिल वर्मा", iban: "GB aaaannnnnnnnnnnnnn",
		phones: []string{"98### #####", "022-2#######", "98#-###-####", "0 98### #####"}, mobiles: []string{"98########", "87########", "70########"},
		international: []string{"+91 98### #####", "+91-22-2#######", "+9198########"},
		dates:         []string{"02/01/2006", "02-01-2006"}, births: []string{"02/01/2006", "2 M 2006"},
		months: strings.Fields("जनवरी फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर"), long: "D M Y",
		domains: "bharatlogistics.in rediffmail.com aarogya.co.in", streets: "12, एमजी रोड, पुणे 411001", parenthesisedMark: "फोन",
	},
}

func (m *maker) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + byte(m.IntN(10))
	}
	if n > 0 && b[0] == '0' {
		b[0] = '1' + byte(m.IntN(9))
	}
	return string(b)
}

func (m *maker) from(alphabet string, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(alphabet[m.IntN(len(alphabet))])
	}
	return b.String()
}

func one[T any](m *maker, of []T) T { return of[m.IntN(len(of))] }

// fill puts digits where shape has #.
func (m *maker) fill(shape string) string {
	b := []byte(shape)
	for i, c := range b {
		if c == '#' {
			b[i] = '2' + byte(m.IntN(8)) // no zero and no one, which would start an area of their own in some plans
		}
	}
	return string(b)
}

func luhnSum(s string, double bool) (sum int) {
	for i := len(s) - 1; i >= 0; i-- {
		d := int(s[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum, double = sum+d, !double
	}
	return sum
}

func withLuhn(s string) string { return s + strconv.Itoa((10-luhnSum(s, true)%10)%10) }

func weighed(s string, weights ...int) (sum int) {
	for i, w := range weights {
		sum += int(s[i]-'0') * w
	}
	return sum
}

// until asks make until it has something.
func until(make func() (string, bool)) string {
	for {
		if s, ok := make(); ok {
			return s
		}
	}
}

func mod97(s string) (r int) {
	for _, c := range s {
		if c >= 'A' {
			r = (r*100 + int(c-'A') + 10) % 97
		} else {
			r = (r*10 + int(c-'0')) % 97
		}
	}
	return r
}

func grouped(s string, n int, sep string) string {
	var b strings.Builder
	for i, c := range s {
		if i > 0 && i%n == 0 {
			b.WriteString(sep)
		}
		b.WriteRune(c)
	}
	return b.String()
}

func (m *maker) iban() string {
	country, shape, _ := strings.Cut(spellings[m.lang].iban, " ")
	bban := strings.Map(func(r rune) rune {
		if r == 'a' {
			return 'A' + rune(m.IntN(26))
		}
		return '0' + rune(m.IntN(10))
	}, shape)
	if country == "IT" {
		bban = "X" + bban[1:]
	}
	return fmt.Sprintf("%s%02d%s", country, 98-mod97(bban+country+"00"), bban)
}

func (m *maker) card() string {
	return withLuhn(one(m, []string{"4539", "4916", "5204", "5391", "2223"}) + m.digits(11))
}

// mistyped changes a digit, so that no check passes.
func mistyped(s string) string {
	b := []byte(s)
	i := len(b) - 3
	b[i] = '0' + (b[i]-'0'+1)%10
	return string(b)
}

func (m *maker) day(from, years int) (y, mth, d int) {
	return from + m.IntN(years), 1 + m.IntN(12), 1 + m.IntN(28)
}

func (m *maker) written(layout string, from, years int) string {
	y, mth, d := m.day(from, years)
	month := ""
	if months := spellings[m.lang].months; months != nil {
		month = months[mth-1]
	}
	r := strings.NewReplacer("2006", fmt.Sprint(y), "January", month, "01", fmt.Sprintf("%02d", mth), "02", fmt.Sprintf("%02d", d), "06", fmt.Sprintf("%02d", y%100),
		"M", month, "1", fmt.Sprint(mth), "2", fmt.Sprint(d), "#", fmt.Sprint(m.IntN(9)+1), "0", "0")
	return r.Replace(layout)
}

func (m *maker) longDate() string {
	s := spellings[m.lang]
	y, mth, d := m.day(2019, 7)
	month := ""
	if s.months != nil {
		month = s.months[mth-1]
	}
	layout := one(m, strings.Split(s.long, "|"))
	return strings.NewReplacer("Mth", string([]rune(month + "   ")[:3]), "M", month, "D", fmt.Sprint(d), "Y", fmt.Sprint(y), "N", fmt.Sprint(mth)).Replace(layout)
}

func (m *maker) name() string {
	s := spellings[m.lang]
	sep := " "
	if s.joined {
		sep = ""
	}
	if s.reversed {
		return m.who.last + sep + m.who.first
	}
	return m.who.first + sep + m.who.last
}

var latin = strings.NewReplacer("á", "a", "ã", "a", "å", "a", "ä", "ae", "ç", "c", "é", "e", "è", "e", "í", "i", "ł", "l", "ñ", "n", "ó", "o", "ò", "o", "ö", "oe", "ß", "ss", "ş", "s", "ś", "s", "ü", "u",
	"ż", "z", "ı", "i", "å", "a", "ğ", "g", "ù", "u", "Å", "a", "Ö", "oe", "É", "e", "Í", "i", "Ç", "c", "Ż", "z", "Ł", "l", " ", "", "'", "")

func (m *maker) email() string {
	local := strings.ToLower(latin.Replace(m.who.first)) + "." + strings.ToLower(latin.Replace(m.who.last))
	if strings.ContainsFunc(local, func(r rune) bool { return r > 127 }) {
		local = one(m, []string{"yamada", "kim", "wang", "lee", "sato", "volkova", "sharma"}) + m.from("abcdefgh", 2) + one(m, []string{"", ".", "_"}) + strconv.Itoa(m.IntN(90)+10)
	}
	return local + one(m, []string{"", "", "+crm", strconv.Itoa(m.IntN(90) + 1)}) + "@" + one(m, strings.Fields(spellings[m.lang].domains))
}

// judged is what the values are, by kind. What is not here is nothing, or left out of the score.
var judged = map[string]detect.Entity{
	"email": "EMAIL_ADDRESS", "phone": "PHONE_NUMBER", "phoneb": "PHONE_NUMBER", "phonei": "PHONE_NUMBER", "ptmob": "PHONE_NUMBER",
	"card": "CREDIT_CARD", "cardg": "CREDIT_CARD", "cardbad": "CREDIT_CARD", "iban": "IBAN_CODE", "ibang": "IBAN_CODE", "ibanbad": "IBAN_CODE", "ip": "IP_ADDRESS", "url": "URL",
	"date": "DATE_TIME", "datel": "DATE_TIME", "dateiso": "DATE_TIME", "dob": "DATE_OF_BIRTH", "dobiso": "DATE_OF_BIRTH", "datel0": "DATE_OF_BIRTH", "tsx": "DATE_TIME",
	"name": "PERSON", "fname": "PERSON", "lname": "PERSON", "ssn": "US_SSN", "nhs": "UK_NHS", "nino": "UK_NINO", "detax": "DE_TAX_ID", "kvnr": "DE_HEALTH_INSURANCE", "devat": "DE_VAT_ID",
	"nir": "FR_NIR", "nirb": "FR_NIR", "siren": "FR_SIREN", "dni": "ES_NIF", "nie": "ES_NIE", "cf": "IT_FISCAL_CODE", "piva": "IT_VAT_CODE", "cpf": "BR_CPF", "cpfb": "BR_CPF", "cnpj": "BR_CNPJ", "ptnif": "PT_NIF",
	"bsn": "NL_BSN", "pesel": "PL_PESEL", "nip": "PL_NIP", "mynum": "JP_MY_NUMBER", "jpcorp": "JP_CORPORATE_NO", "rrn": "KR_RRN", "frn": "KR_FRN", "brn": "KR_BRN", "ric": "CN_RESIDENT_ID", "uscc": "CN_USCC",
	"pnr": "SE_PERSONNUMMER", "inn": "RU_INN", "inn10": "RU_INN", "snils": "RU_SNILS", "tckn": "TR_NATIONAL_ID", "aadhaar": "IN_AADHAAR", "pan": "IN_PAN",
}

// value makes up one of a kind.
func (m *maker) value(kind string) string {
	s := spellings[m.lang]
	switch kind {
	case "email":
		return m.email()
	case "phone":
		return m.fill(one(m, s.phones))
	case "phoneb":
		return m.fill(one(m, s.mobiles))
	case "phonei":
		return m.fill(one(m, s.international))
	case "ptmob":
		return m.fill("91# ### ###")
	case "card":
		return m.card()
	case "cardg":
		return grouped(m.card(), 4, one(m, []string{" ", "-"}))
	case "cardbad":
		return grouped(mistyped(m.card()), 4, one(m, []string{" ", "-", ""}))
	case "iban":
		return m.iban()
	case "ibang":
		return grouped(m.iban(), 4, " ")
	case "ibanbad":
		return mistyped(m.iban())
	case "ip":
		return fmt.Sprintf("%d.%d.%d.%d", one(m, []int{81, 85, 93, 178, 203}), m.IntN(200)+20, m.IntN(200)+20, m.IntN(200)+20)
	case "url":
		return "https://portal." + one(m, strings.Fields(s.domains)) + "/docs/" + m.from("abcdef", 6) + "?y=2024"
	case "date":
		return m.written(one(m, s.dates), 2019, 7)
	case "datel", "datel0":
		return m.longDate()
	case "dateiso":
		return m.written("2006-01-02", 2019, 7)
	case "tsx":
		return m.written("2006-01-02", 2019, 7) + "T10:42:07Z"
	case "dob":
		return m.written(one(m, s.births), 1945, 55)
	case "dobiso":
		return m.written("2006-01-02", 1945, 55)
	case "name":
		return m.name()
	case "fname":
		return m.who.first
	case "lname":
		return m.who.last
	case "addr":
		return one(m, strings.Split(s.streets, "|"))
	case "bic":
		return m.from("ABCDEFGHKLM", 4) + "DEFF"
	case "ssn":
		return fmt.Sprintf("%03d-%02d-%04d", 100+m.IntN(500), 10+m.IntN(80), 1000+m.IntN(8900))
	case "nino":
		return one(m, []string{"AB", "CE", "JG", "PX", "SK"}) + " " + grouped(m.digits(6), 2, " ") + " " + m.from("ABCD", 1)
	case "nhs":
		n := until(func() (string, bool) {
			d := m.digits(9)
			c := (11 - weighed(d, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11) % 11
			return d + strconv.Itoa(c), c < 10
		})
		return n[:3] + " " + n[3:6] + " " + n[6:]
	case "detax":
		return until(func() (string, bool) {
			perm := m.Perm(10)
			d := make([]byte, 10)
			for i := range d {
				d[i] = '0' + byte(perm[i])
			}
			d[9] = d[m.IntN(8)] // one digit twice, one not at all
			p := 10
			for _, c := range d {
				t := (p + int(c-'0')) % 10
				if t == 0 {
					t = 10
				}
				p = 2 * t % 11
			}
			c := (11 - p) % 11
			return string(d) + strconv.Itoa(c), c < 10 && d[0] != '0'
		})
	case "kvnr":
		letter := 1 + m.IntN(26)
		d := m.digits(8)
		return string(rune('A'+letter-1)) + d + strconv.Itoa(kvnrCheck(fmt.Sprintf("%02d", letter)+d))
	case "devat":
		d := m.digits(8)
		p := 10
		for _, c := range d {
			t := (p + int(c-'0')) % 10
			if t == 0 {
				t = 10
			}
			p = 2 * t % 11
		}
		return "DE" + d + strconv.Itoa((11-p)%11%10)
	case "nir", "nirb":
		d := fmt.Sprintf("%d%02d%02d%02d%03d%03d", 1+m.IntN(2), 45+m.IntN(50), 1+m.IntN(12), 1+m.IntN(90), 1+m.IntN(300), 1+m.IntN(400))
		n, _ := strconv.Atoi(d)
		d += fmt.Sprintf("%02d", 97-n%97)
		if kind == "nirb" {
			return d
		}
		return d[:1] + " " + d[1:3] + " " + d[3:5] + " " + d[5:7] + " " + d[7:10] + " " + d[10:13] + " " + d[13:]
	case "siren":
		d := withLuhn(m.digits(8))
		return d[:3] + " " + d[3:6] + " " + d[6:]
	case "dni", "nie":
		n := m.IntN(8000000)
		if kind == "nie" {
			x := m.IntN(3)
			return string("XYZ"[x]) + fmt.Sprintf("%07d", n) + string("TRWAGMYFPDXBNJZSQVHLCKE"[(x*10000000+n)%23])
		}
		n += 20000000
		return fmt.Sprintf("%08d", n) + one(m, []string{"", "-"}) + string("TRWAGMYFPDXBNJZSQVHLCKE"[n%23])
	case "cf":
		d := m.from("BCDFGLMNPRSTV", 3) + m.from("BCDFGLMNPRSTV", 3) + fmt.Sprintf("%02d", 45+m.IntN(50)) + m.from("ABCDEHLMPRST", 1) + fmt.Sprintf("%02d", 1+m.IntN(28)) + "H501"
		return d + string(rune('A'+cfSum(d)%26))
	case "piva":
		return withLuhn("0" + m.digits(6) + "015")
	case "cpf", "cpfb":
		d := m.digits(9)
		for w := 10; w <= 11; w++ {
			sum := 0
			for i := range d {
				sum += int(d[i]-'0') * (w - i)
			}
			d += strconv.Itoa(sum * 10 % 11 % 10)
		}
		if kind == "cpfb" {
			return d
		}
		return d[:3] + "." + d[3:6] + "." + d[6:9] + "-" + d[9:]
	case "cnpj":
		d := m.digits(8) + "0001"
		for _, w := range [][]int{{5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2}, {6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2}} {
			c := 11 - weighed(d, w...)%11
			if c > 9 {
				c = 0
			}
			d += strconv.Itoa(c)
		}
		return d[:2] + "." + d[2:5] + "." + d[5:8] + "/" + d[8:12] + "-" + d[12:]
	case "ptnif":
		d := "2" + m.digits(7)
		c := 11 - weighed(d, 9, 8, 7, 6, 5, 4, 3, 2)%11
		if c > 9 {
			c = 0
		}
		return d + strconv.Itoa(c)
	case "bsn":
		return until(func() (string, bool) {
			d := m.digits(8)
			c := weighed(d, 9, 8, 7, 6, 5, 4, 3, 2) % 11
			return d + strconv.Itoa(c), c < 10
		})
	case "pesel":
		y, mth, day := m.day(1945, 55)
		d := fmt.Sprintf("%02d%02d%02d%s", y%100, mth, day, m.digits(4))
		return d + strconv.Itoa((10-weighed(d, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3)%10)%10)
	case "nip":
		d := until(func() (string, bool) {
			d := "52" + m.digits(7)
			c := weighed(d, 6, 5, 7, 2, 3, 4, 5, 6, 7) % 11
			return d + strconv.Itoa(c), c < 10
		})
		return one(m, []string{d, d[:3] + "-" + d[3:6] + "-" + d[6:8] + "-" + d[8:]})
	case "mynum":
		d := m.digits(11)
		r := weighed(d, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2) % 11
		c := 0
		if r > 1 {
			c = 11 - r
		}
		d += strconv.Itoa(c)
		return one(m, []string{d, grouped(d, 4, "-"), grouped(d, 4, " ")})
	case "jpcorp":
		d := m.digits(12)
		return strconv.Itoa(9-weighed(d, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1)%9) + d
	case "rrn", "frn":
		y, mth, day := m.day(1950, 50)
		s := 1 + m.IntN(2)
		if kind == "frn" {
			s += 4
		}
		return fmt.Sprintf("%02d%02d%02d-%d%s", y%100, mth, day, s, m.digits(6))
	case "brn":
		d := fmt.Sprintf("%03d%02d%04d", 101+m.IntN(600), 81+m.IntN(8), m.IntN(10000))
		sum := weighed(d, 1, 3, 7, 1, 3, 7, 1, 3, 5) + int(d[8]-'0')*5/10
		d += strconv.Itoa((10 - sum%10) % 10)
		return d[:3] + "-" + d[3:5] + "-" + d[5:]
	case "ric":
		y, mth, day := m.day(1950, 50)
		d := one(m, []string{"110105", "310115", "440305", "510107"}) + fmt.Sprintf("%04d%02d%02d%03d", y, mth, day, m.IntN(999))
		return d + string("10X98765432"[weighed(d, 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)%11])
	case "uscc":
		const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
		d := "91" + one(m, []string{"110105", "310115", "440305"}) + "MA" + m.from(alphabet, 7)
		sum, w := 0, 1
		for i := range d {
			sum, w = sum+strings.IndexByte(alphabet, d[i])*w, w*3%31
		}
		return d + string(alphabet[(31-sum%31)%31])
	case "pnr":
		y, mth, day := m.day(1945, 55)
		d := withLuhn(fmt.Sprintf("%02d%02d%02d%s", y%100, mth, day, m.digits(3)))
		return one(m, []string{"", fmt.Sprint(y / 100)}) + d[:6] + "-" + d[6:]
	case "inn":
		d := "77" + m.digits(8)
		d += strconv.Itoa(weighed(d, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8) % 11 % 10)
		return d + strconv.Itoa(weighed(d, 3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10)
	case "inn10":
		d := "77" + m.digits(7)
		return d + strconv.Itoa(weighed(d, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10)
	case "snils":
		d := m.digits(9)
		c := weighed(d, 9, 8, 7, 6, 5, 4, 3, 2, 1) % 101 % 100
		return fmt.Sprintf("%s-%s-%s %02d", d[:3], d[3:6], d[6:], c)
	case "tckn":
		d := m.digits(9)
		odd, even := weighed(d, 1, 0, 1, 0, 1, 0, 1, 0, 1), weighed(d, 0, 1, 0, 1, 0, 1, 0, 1)
		c := ((7*odd-even)%10 + 10) % 10
		return d + strconv.Itoa(c) + strconv.Itoa((odd+even+c)%10)
	case "aadhaar":
		d := one(m, []string{"2", "4", "6", "9"}) + m.digits(10)
		return grouped(d+verhoeff(d), 4, " ")
	case "pan":
		return m.from("ABCDEFGH", 3) + "P" + m.from("KMRSV", 1) + m.digits(4) + m.from("ABCDEF", 1)
	case "sha":
		return m.from("0123456789abcdef", 40)
	case "hex32":
		return m.from("0123456789abcdef", 32)
	case "hex16":
		return m.from("0123456789abcdef", 16)
	case "hexU16":
		return m.from("0123456789ABCDEFX", 16)
	case "uuid":
		return m.from("0123456789abcdef", 8) + "-" + m.from("0123456789abcdef", 4) + "-4" + m.from("0123456789abcdef", 3) + "-9" + m.from("0123456789abcdef", 3) + "-" + m.from("0123456789abcdef", 12)
	case "epochms":
		return "17" + m.digits(11)
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(kind, "d")); err == nil {
		return m.digits(n)
	}
	panic("no such kind: " + kind)
}

func kvnrCheck(s string) int {
	sum := 0
	for i := range s {
		d := int(s[i]-'0') * (1 + i%2)
		sum += d/10 + d%10
	}
	return sum % 10
}

func cfSum(s string) (sum int) {
	odd := [...]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}
	for i := range s {
		v := int(s[i] - '0')
		if s[i] >= 'A' {
			v = int(s[i] - 'A')
		}
		if i%2 == 0 {
			v = odd[v]
		}
		sum += v
	}
	return sum
}

// verhoeff returns the check digit of s, by the dihedral group D5.
func verhoeff(s string) string {
	times := func(a, b int) int {
		switch {
		case a < 5 && b < 5:
			return (a + b) % 5
		case a < 5:
			return (a+b-5)%5 + 5
		case b < 5:
			return (a-5-b+5)%5 + 5
		}
		return (a - b + 5) % 5
	}
	p := [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	c := 0
	for i := range s {
		v := int(s[len(s)-1-i] - '0')
		for range i + 1 {
			v = p[v]
		}
		c = times(c, v)
	}
	return strconv.Itoa([10]int{0, 4, 3, 2, 1, 5, 6, 7, 8, 9}[c])
}
