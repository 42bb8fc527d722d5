package patterns_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/patterns"
)

// europe are the packs of the countries that TestEurope has texts of.
var europe = strings.Fields("eu uk ie de at ch fr be nl lu es pt it gr se no dk fi is pl cz sk hu ro bg hr si rs ee lv lt mt cy")

// TestEurope finds numbers in sentences, records and logs as people write them, each with
// the entity it is to have, and nothing in texts that look alike. The numbers are made up;
// their check digits are right where nothing else is said.
func TestEurope(t *testing.T) {
	det := balanced(t)
	ours := map[detect.Entity]bool{}
	for _, name := range europe {
		p, err := patterns.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range p.Entities() {
			ours[e] = true
		}
	}
	find := func(text string) []detect.Finding {
		return det.Append(nil, detect.Text{Raw: []byte(text), Final: true, Escaped: json.Valid([]byte(text))})
	}
	for _, name := range europe {
		if name == "eu" {
			continue
		}
		n, less := 3, 2
		if slices.Contains([]string{"uk", "de", "fr", "es", "it", "nl", "pl", "se"}, name) {
			n, less = 8, 5
		}
		if len(inEurope[name].yes) < n || len(inEurope[name].no) < less {
			t.Errorf("%s has %d texts with something and %d without, want %d and %d", name, len(inEurope[name].yes), len(inEurope[name].no), n, less)
		}
	}
	for name, texts := range inEurope {
		for _, y := range texts.yes {
			found := find(y.text)
			if !slices.ContainsFunc(found, func(f detect.Finding) bool {
				return f.Rule.Entity == y.entity && y.text[f.Start:f.End] == y.value
			}) {
				t.Errorf("%s: in %s no %s is %s, there is %s", name, y.text, y.entity, y.value, told(y.text, found))
			}
		}
		for _, no := range texts.no {
			found := slices.DeleteFunc(find(no), func(f detect.Finding) bool { return !ours[f.Rule.Entity] })
			if len(found) > 0 {
				t.Errorf("%s: in %s there is %s, want nothing", name, no, told(no, found))
			}
		}
	}
}

func told(text string, found []detect.Finding) string {
	var b strings.Builder
	for _, f := range found {
		b.WriteString(f.Rule.ID + " " + text[f.Start:f.End] + "; ")
	}
	return b.String()
}

type textWith struct {
	text   string
	entity detect.Entity
	value  string
}

var inEurope = map[string]struct {
	yes []textWith
	no  []string
}{
	"uk": {
		[]textWith{
			{"Please quote my National Insurance number, JG 10 37 59 A, on all letters.", "UK_NINO", "JG 10 37 59 A"},
			{`{"employee":{"surname":"Okafor","ni_number":"JG103759A"}}`, "UK_NINO", "JG103759A"},
			{"Hiya, my NHS no is 245 116 5227, can you book me in for Tuesday?", "UK_NHS", "245 116 5227"},
			{"patient_ref,nhs_number\nA17,1961675900", "UK_NHS", "1961675900"},
			{"HMRC wrote to me about UTR 24769 82705 and a penalty", "UK_UTR", "24769 82705"},
			{"Driver MORGA657054SM9IJ was stopped on the A38", "UK_DRIVING_LICENCE", "MORGA657054SM9IJ"},
			{"British passport no. 533380006, expires 2031", "UK_PASSPORT", "533380006"},
			{"We moved last week, the new postcode is LS6 2AB", "UK_POSTCODE", "LS6 2AB"},
			{"Pay into sort code 20-45-77 please", "UK_SORT_CODE", "20-45-77"},
			{`{"sortCode":"204577","accountNumber":"31926819"}`, "UK_BANK_ACCOUNT", "31926819"},
			{"the car's number plate was AB51 ABC I think", "UK_VEHICLE_REGISTRATION", "AB51 ABC"},
			{`{"vatRegistrationNumber":"GB 356 5147 86"}`, "EU_VAT", "GB 356 5147 86"},
		},
		[]string{
			"order AB123456C shipped on 12-03-24",
			"commit 2451165227 builds of 3 jobs",
			"The model B2B 4AA was discontinued in 2019.",
			`{"epoch":1961675900,"build":"AB51ABC"}`,
			"on 20-45-77 of the old series, page 12",
			"tcp 24769 82705 bytes in, 31926819 out",
		},
	},
	"ie": {
		[]textWith{
			{"Mo uimhir PSP: 2175170W, go raibh maith agat", "IE_PPSN", "2175170W"},
			{`{"ppsNumber":"4708802SW"}`, "IE_PPSN", "4708802SW"},
			{"Deliver to 7 Shop Street, Galway, H91 E2K3", "IE_EIRCODE", "H91 E2K3"},
			{"my irish passport PA1234567 was stolen", "IE_PASSPORT", "PA1234567"},
		},
		[]string{"part 2175170W is out of stock", "build D02 X285 of the firmware", `{"id":"4708802SW"}`},
	},
	"de": {
		[]textWith{
			{"Meine Steueridentifikationsnummer lautet 86 095 742 719.", "DE_TAX_ID", "86 095 742 719"},
			{`{"mitarbeiter":{"name":"Öztürk","steuerId":"86095742719"}}`, "DE_TAX_ID", "86095742719"},
			{"Steuernummer: 151/815/08156, Finanzamt Stuttgart", "DE_TAX_NUMBER", "151/815/08156"},
			{"SV-Nr. 12 110979 B 426 liegt der Krankenkasse vor", "DE_SOCIAL_SECURITY", "12 110979 B 426"},
			{"Rentenversicherungsnummer 65200667K238", "DE_SOCIAL_SECURITY", "65200667K238"},
			{"Versichertennummer A148911254 (AOK Bayern)", "DE_HEALTH_INSURANCE", "A148911254"},
			{"Bitte legen Sie den Personalausweis LZ6311T48 vor.", "DE_ID_CARD", "LZ6311T48"},
			{"Reisepass-Nr. C7GH40PR8, gültig bis 2030", "DE_PASSPORT", "C7GH40PR8"},
			{"USt-IdNr.: DE136695976", "DE_VAT_ID", "DE136695976"},
			{"Das Fahrzeug mit dem Kennzeichen HH-AB 1234 parkt falsch.", "DE_KFZ", "HH-AB 1234"},
			{"LANR 127229301, Praxis Dr. Wolf", "DE_LANR", "127229301"},
			{`{"kontonummer":"532013000","blz":"37040044"}`, "DE_BANK_ACCOUNT", "37040044"},
		},
		[]string{
			"Bestellung 86095742719 wurde versandt",
			"Artikel A148911254 ist lieferbar",
			"Pfad /2024/01/15/08156 nicht gefunden",
			"Fehler in Modul C7GH40PR8 Zeile 12",
			"DE123456789 ist keine Nummer",
			`{"ts":1738095742,"seq":532013000}`,
		},
	},
	"at": {
		[]textWith{
			{"Versicherungsnummer 3262 011088 bei der ÖGK", "AT_SVNR", "3262 011088"},
			{`{"svnr":"7937090588"}`, "AT_SVNR", "7937090588"},
			{"Unsere UID lautet ATU73004438.", "EU_VAT", "ATU73004438"},
			{"Reisepassnummer P1234567, ausgestellt in Graz", "AT_PASSPORT", "P1234567"},
		},
		[]string{"Bestellnummer 3262011088", "Version ATU7300443 des Treibers", "Auftrag P1234567"},
	},
	"ch": {
		[]textWith{
			{"Meine AHV-Nummer: 756.6967.8109.37", "CH_AHV", "756.6967.8109.37"},
			{"numéro AVS 7564627011939 de Mme Rochat", "CH_AHV", "7564627011939"},
			{"Rechnung von CHE-453.943.304 MWST", "CH_UID", "CHE-453.943.304"},
		},
		[]string{"EAN 7564627011939", "756.6967.8109.38", "CHE-1234"},
	},
	"fr": {
		[]textWith{
			{"Mon numéro de sécu est le 2 55 08 14 168 025 38", "FR_NIR", "2 55 08 14 168 025 38"},
			{"N.I.R. : 1630575687457 clé 41", "FR_NIR", "1630575687457"},
			{`{"patient":{"nom":"Lefèvre","nir":"163057568745741"}}`, "FR_NIR", "163057568745741"},
			{"nom;nir\nDurand;288016963516834", "FR_NIR", "288016963516834"},
			{"Numéro fiscal : 14 95 497 131 443", "FR_NIF", "14 95 497 131 443"},
			{"SIRET 775 057 573 50992 - APE 6201Z", "FR_SIREN", "775 057 573 50992"},
			{"n° de TVA intracommunautaire FR62962160412", "FR_TVA", "FR62962160412"},
			{"Carte nationale d'identité n° 880692310285", "FR_CNI", "880692310285"},
			{"passeport 14CV38291 délivré à Lyon", "FR_PASSPORT", "14CV38291"},
			{"permis de conduire n° 920775100123", "FR_DRIVER_LICENSE", "920775100123"},
			{`{"immatriculation":"AB-123-CD"}`, "FR_VEHICLE_REGISTRATION", "AB-123-CD"},
			{"RIB : 30004 92467 33956621464 96", "FR_BANK_ACCOUNT", "30004 92467 33956621464 96"},
		},
		[]string{
			"commande 255081416802538 expédiée",
			"la référence AB-123-CD est épuisée",
			"le lot 775057573 contient 12 pièces",
			"page 14 95 du catalogue",
			`{"ts":1738095742123,"ref":"880692310285"}`,
		},
	},
	"be": {
		[]textWith{
			{"Mijn rijksregisternummer is 88.05.23-948.51.", "BE_NATIONAL_NUMBER", "88.05.23-948.51"},
			{`{"niss":"63011583743"}`, "BE_NATIONAL_NUMBER", "63011583743"},
			{"TVA BE 0464.011.277, Namur", "BE_ENTERPRISE_NUMBER", "BE 0464.011.277"},
		},
		[]string{"88.05.23-948.52", "pakket 63011583743 is onderweg", "versie 0464.011"},
	},
	"nl": {
		[]textWith{
			{"Mijn BSN is 680432267, kunt u dat controleren?", "NL_BSN", "680432267"},
			{`{"burgerservicenummer":"186977268"}`, "NL_BSN", "186977268"},
			{"burgerservicenummer 1869.77.268 van de verzekerde", "NL_BSN", "1869.77.268"},
			{"naam,bsn,stad\nde Vries,899083559,Utrecht", "NL_BSN", "899083559"},
			{"Ons btw-nummer is NL680432267B01", "NL_VAT", "NL680432267B01"},
			{"KvK-nummer 12345678 te Rotterdam", "NL_KVK", "12345678"},
			{"Paspoortnummer NW3F7B2K9 verloopt in mei", "NL_PASSPORT", "NW3F7B2K9"},
			{"mijn rijbewijsnummer: 5012345678", "NL_DRIVER_LICENSE", "5012345678"},
			{"auto met kenteken GB-123-X", "NL_VEHICLE_REGISTRATION", "GB-123-X"},
		},
		[]string{
			"bestelling 680432267 is verzonden",
			"artikel GB-123-X is leverbaar",
			"ordernummer 5012345678",
			"rekening 12345678 euro",
			`{"ts":1738095742,"size":186977268}`,
		},
	},
	"lu": {
		[]textWith{
			{"matricule 1984 0519 123 29 auprès de la CNS", "LU_NIN", "1984 0519 123 29"},
			{`{"matricule":"1975120345660"}`, "LU_NIN", "1975120345660"},
			{"TVA LU39490007", "LU_VAT", "LU39490007"},
		},
		[]string{"backup-1984051912329.tar", "série LU39490008"},
	},
	"es": {
		[]textWith{
			{"Mi DNI es el 77065077N, gracias", "ES_NIF", "77065077N"},
			{"don Luis Marín, con D.N.I. 64.813.437-N", "ES_NIF", "64.813.437-N"},
			{`{"cliente":{"nif":"58870741x"}}`, "ES_NIF", "58870741x"},
			{"operador con NIF ES77065077N", "EU_VAT", "ES77065077N"},
			{"con NIE Y4467373M y domicilio en Cádiz", "ES_NIE", "Y4467373M"},
			{"la sociedad con CIF A82672684", "ES_CIF", "A82672684"},
			{"Nº Seg. Social: 28/12345678/40", "ES_NUSS", "28/12345678/40"},
			{"pasaporte PAB123456 a nombre de su hija", "ES_PASSPORT", "PAB123456"},
			{"número de cuenta 1163 7437 63 0009843204", "ES_BANK_ACCOUNT", "1163 7437 63 0009843204"},
			{"coche con matrícula 1234 BCD", "LICENSE_PLATE", "1234 BCD"},
			{"nombre;dni\nAna Gil;12345678Z", "ES_NIF", "12345678Z"},
		},
		[]string{
			"el pedido 77065077N ya salió",
			"documento 20240115 y otros anexos",
			"pieza A82672684 agotada",
			"la versión 1234 BCD del plano",
			`{"id":281234567840,"ref":"12345678Z"}`,
		},
	},
	"pt": {
		[]textWith{
			{"O meu NIF é 252445139.", "PT_NIF", "252445139"},
			{`{"contribuinte":"290210178"}`, "PT_NIF", "290210178"},
			{"Cartão de Cidadão 54374124 7 ZX8", "PT_CC", "54374124 7 ZX8"},
			{"NISS 11234567890 da trabalhadora", "PT_NISS", "11234567890"},
		},
		[]string{"encomenda 252445139", "54374124 7 ZX9", "lote 11234567890"},
	},
	"it": {
		[]textWith{
			{"Il mio codice fiscale è RSSMRA85R41L219C", "IT_FISCAL_CODE", "RSSMRA85R41L219C"},
			{"cliente rssmra70r60f205j, Milano", "IT_FISCAL_CODE", "rssmra70r60f205j"},
			{`{"anagrafica":{"cognome":"Bianchi","cf":"BNCLCU92S41H501J"}}`, "IT_FISCAL_CODE", "BNCLCU92S41H501J"},
			{"C.F. RSSMRA85R41L219Q come da denuncia", "IT_FISCAL_CODE", "RSSMRA85R41L219Q"}, // mistyped
			{"Fattura a P.IVA 48218950169", "IT_VAT_CODE", "48218950169"},
			{"partita IVA IT79408530362", "IT_VAT_CODE", "IT79408530362"},
			{"carta d'identità n. CA12345AB rilasciata a Bari", "IT_IDENTITY_CARD", "CA12345AB"},
			{"passaporto YA1234567, scadenza 2030", "IT_PASSPORT", "YA1234567"},
			{"patente U1H00B000C categoria B", "IT_DRIVER_LICENSE", "U1H00B000C"},
			{"un'auto targata AB 123 CD", "LICENSE_PLATE", "AB 123 CD"},
		},
		[]string{
			"ordine 48218950169 spedito",
			"il codice RSSMRA85R41L219Q non esiste",
			"articolo CA12345AB esaurito",
			"protocollo YA1234567",
			`{"sku":"U1H00B000C","qty":79408530362}`,
		},
	},
	"gr": {
		[]textWith{
			{"Ο ΑΜΚΑ μου είναι 28037513158", "GR_AMKA", "28037513158"},
			{`{"afm":"095269219"}`, "GR_AFM", "095269219"},
			{"με ΑΔΤ ΑΝ 654321 και ΑΦΜ 099246584", "GR_ID_CARD", "ΑΝ 654321"},
			{"με ΑΔΤ ΑΝ 654321 και ΑΦΜ 099246584", "GR_AFM", "099246584"},
		},
		[]string{"παραγγελία 28037513158", "αριθμός 099246584"},
	},
	"se": {
		[]textWith{
			{"Mitt personnummer är 910715-5906.", "SE_PERSONNUMMER", "910715-5906"},
			{"Kund 910715-5906 ringde i morse", "SE_PERSONNUMMER", "910715-5906"},
			{`{"personnummer":"201109252385"}`, "SE_PERSONNUMMER", "201109252385"},
			{"pnr: 20110925-2385", "SE_PERSONNUMMER", "20110925-2385"},
			{"namn;personnr\nLind;7505093133", "SE_PERSONNUMMER", "7505093133"},
			{"samordningsnummer 880363-2382", "SE_PERSONNUMMER", "880363-2382"},
			{"Faktura från 556703-7485 (orgnr)", "SE_ORGANISATIONSNUMMER", "556703-7485"},
			{`{"organisationsnummer":"5527422025"}`, "SE_ORGANISATIONSNUMMER", "5527422025"},
			{"betala till bankgiro 5050-1055", "SE_BANKGIRO", "5050-1055"},
			{"passnummer 91234567 gäller till 2029", "SE_PASSPORT", "91234567"},
		},
		[]string{
			"backup_20260812-0934.tar.gz",
			"log-260812-0934",
			"order 201109252385 skickad",
			"tel. 5050-1055 går inte fram till artikeln 123456",
			`{"build":"240115-1030","ts":7505093133}`,
		},
	},
	"no": {
		[]textWith{
			{"Fødselsnummeret mitt er 090588 96567", "NO_FODSELSNUMMER", "090588 96567"},
			{`{"fnr":"28016354416"}`, "NO_FODSELSNUMMER", "28016354416"},
			{"Faktura fra 972 951 099 MVA", "NO_ORGNR", "972 951 099 MVA"},
			{"kontonummer 5828.05.80226 i DNB", "NO_BANK_ACCOUNT", "5828.05.80226"},
		},
		[]string{"ordre 28016354416", "varenummer 972951099"},
	},
	"dk": {
		[]textWith{
			{"Mit CPR-nr. er 230588-1364", "DK_CPR", "230588-1364"},
			{`{"cprNummer":"1507913378"}`, "DK_CPR", "1507913378"},
			{"CVR-nr. 19081648 i Aarhus", "DK_CVR", "19081648"},
		},
		[]string{"fil 230588-1364", "bestilling 1507913378", "19081648 kr."},
	},
	"fi": {
		[]textWith{
			{"Henkilötunnukseni on 131052-308T.", "FI_PERSONAL_IDENTITY_CODE", "131052-308T"},
			{`{"hetu":"150391-7614"}`, "FI_PERSONAL_IDENTITY_CODE", "150391-7614"},
			{"asiakas 010594Y9032 soitti", "FI_PERSONAL_IDENTITY_CODE", "010594Y9032"},
			{"Y-tunnus 6170135-3, Tampere", "FI_BUSINESS_ID", "6170135-3"},
		},
		[]string{"131052/308T", "tuote 131052-308U", "lasku 6170135-3"},
	},
	"is": {
		[]textWith{
			{"Kennitala mín er 090563-8749", "IS_KENNITALA", "090563-8749"},
			{`{"kennitala":"1507882779"}`, "IS_KENNITALA", "1507882779"},
			{"Jón, kt. 090391-2599, Akureyri", "IS_KENNITALA", "090391-2599"},
		},
		[]string{"pöntun 1507882779", "090563-8748 km"},
	},
	"pl": {
		[]textWith{
			{"Mój PESEL to 91121543996", "PL_PESEL", "91121543996"},
			{`{"pacjent":{"imie":"Zofia","pesel":"88122816020"}}`, "PL_PESEL", "88122816020"},
			{"imię;pesel\nJan;63100145002", "PL_PESEL", "63100145002"},
			{"NIP 254-197-55-76, REGON 138889972", "PL_NIP", "254-197-55-76"},
			{"NIP 254-197-55-76, REGON 138889972", "PL_REGON", "138889972"},
			{"legitymuje się dowodem osobistym CAR 817357", "PL_ID_CARD", "CAR 817357"},
			{"seria i numer dowodu: AZG066357", "PL_ID_CARD", "AZG066357"},
			{"nr paszportu ZS2066403", "PL_PASSPORT", "ZS2066403"},
			{"prawo jazdy nr 00123/19/1465", "PL_DRIVER_LICENSE", "00123/19/1465"},
			{"przelew na 69 1020 2446 4833 4563 1609 7083", "PL_BANK_ACCOUNT", "69 1020 2446 4833 4563 1609 7083"},
		},
		[]string{
			"zamówienie 91121543996 wysłano",
			"część CAR817357 niedostępna",
			"faktura 254-197-55-77 z dnia",
			"plik 00123/19/1465",
			`{"ts":63100145002,"sku":"AZG066357"}`,
		},
	},
	"cz": {
		[]textWith{
			{"Moje rodné číslo je 880109/2168.", "CZ_RODNE_CISLO", "880109/2168"},
			{`{"rodne_cislo":"8853153980"}`, "CZ_RODNE_CISLO", "8853153980"},
			{"Jana Nová, r. č. 885315/3980, Brno", "CZ_RODNE_CISLO", "885315/3980"},
			{"IČO 35669420, zapsaná v Praze", "CZ_ICO", "35669420"},
			{"číslo účtu 19-2000145399/0800", "CZ_BANK_ACCOUNT", "19-2000145399/0800"},
		},
		[]string{"objednávka 8853153980", "/data/240115/1030", "880109/2169"},
	},
	"sk": {
		[]textWith{
			{"s rodným číslom 881023/6710, bytom Žilina", "SK_RODNE_CISLO", "881023/6710"},
			{"IČO: 36 123 456", "SK_ICO", "36 123 456"},
			{`{"obciansky_preukaz":"HB654321"}`, "SK_ID_CARD", "HB654321"},
		},
		[]string{"objednávka 8810236710", "diel HB654321"},
	},
	"hu": {
		[]textWith{
			{"A TAJ-számom 614 336 140", "HU_TAJ", "614 336 140"},
			{`{"adoazonosito":"8901933500"}`, "HU_TAX_ID", "8901933500"},
			{"adószám: 89366192-1-42", "HU_TAX_NUMBER", "89366192-1-42"},
			{"személyi igazolvány: 123456AB", "HU_ID_CARD", "123456AB"},
		},
		[]string{"rendelés 614336140", "cikkszám 123456AB"},
	},
	"ro": {
		[]textWith{
			{"Subsemnatul, având CNP 1910301404752", "RO_CNP", "1910301404752"},
			{`{"cnp":"1750715128460"}`, "RO_CNP", "1750715128460"},
			{"posesor al C.I. seria RX nr. 654321", "RO_ID_CARD", "RX nr. 654321"},
		},
		[]string{"comanda 1910301404752", "colet RX 654321"},
	},
	"bg": {
		[]textWith{
			{"Иван Петров, ЕГН 6301287978", "BG_EGN", "6301287978"},
			{`{"egn":"9110159089"}`, "BG_EGN", "9110159089"},
			{"лична карта № 641234567", "BG_ID_CARD", "641234567"},
		},
		[]string{"поръчка 6301287978", "фактура 641234567"},
	},
	"hr": {
		[]textWith{
			{"Moj OIB je 85448298414", "HR_OIB", "85448298414"},
			{`{"oib":"78745788693"}`, "HR_OIB", "78745788693"},
			{"broj osobne iskaznice 112345678", "HR_ID_CARD", "112345678"},
		},
		[]string{"narudžba 85448298414", "račun 112345678"},
	},
	"si": {
		[]textWith{
			{"EMŠO: 2305963508029", "SI_EMSO", "2305963508029"},
			{"davčna številka 41874706", "SI_TAX", "41874706"},
			{`{"emso":"1512975509456"}`, "SI_EMSO", "1512975509456"},
		},
		[]string{"naročilo 2305963508029", "račun 41874706"},
	},
	"rs": {
		[]textWith{
			{"ЈМБГ 0110988718637, Нови Сад", "RS_JMBG", "0110988718637"},
			{`{"jmbg":"1503991719364"}`, "RS_JMBG", "1503991719364"},
			{"PIB 366736913", "RS_PIB", "366736913"},
		},
		[]string{"porudžbina 0110988718637", "račun 366736913"},
	},
	"ee": {
		[]textWith{
			{"Minu isikukood on 38807097718", "EE_ISIKUKOOD", "38807097718"},
			{`{"isikukood":"47512090937"}`, "EE_ISIKUKOOD", "47512090937"},
			{"KMKR EE114835828", "EE_VAT", "EE114835828"},
		},
		[]string{"tellimus 38807097718", "arve EE114835828"},
	},
	"lv": {
		[]textWith{
			{"personas kods 230175-15222", "LV_PERSONAS_KODS", "230175-15222"},
			{`{"personasKods":"28078818799"}`, "LV_PERSONAS_KODS", "28078818799"},
			{"personas kods 230175 15222", "LV_PERSONAS_KODS", "230175 15222"},
			{"ar personas kodu 320123-45678", "LV_PERSONAS_KODS", "320123-45678"},
		},
		[]string{"pasūtījums 28078818799", "fails 230175-15223"},
	},
	"lt": {
		[]textWith{
			{"asmens kodas 46312281485", "LT_ASMENS_KODAS", "46312281485"},
			{`{"asmensKodas":"47510150818"}`, "LT_ASMENS_KODAS", "47510150818"},
			{"PVM kodas LT793605413", "LT_PVM", "LT793605413"},
		},
		[]string{"užsakymas 46312281485", "prekė LT793605413"},
	},
	"mt": {
		[]textWith{
			{"my ID card is 0012388M", "MT_ID_CARD", "0012388M"},
			{"karta tal-identità 45678G", "MT_ID_CARD", "45678G"},
			{"VAT no. MT77897225", "MT_VAT", "MT77897225"},
		},
		[]string{"bolt 0012388M", "the ID card printer has 512 MB"},
	},
	"cy": {
		[]textWith{
			{"αριθμός ταυτότητας 1234567", "CY_ID_CARD", "1234567"},
			{"διαβατήριο K12345678", "CY_PASSPORT", "K12345678"},
			{"ΑΦΤ 19259465M", "CY_TIN", "19259465M"},
		},
		[]string{"παραγγελία 1234567", "κωδικός K12345678"},
	},
	"eu": {
		[]textWith{
			{"EHIC 80276860074147692134, valid to 2030", "EU_EHIC", "80276860074147692134"},
			{`{"national_id":"ABC-123456"}`, "NATIONAL_ID", "ABC-123456"},
			{`{"passport_number":"X1234567"}`, "PASSPORT", "X1234567"},
			{"residence permit ZRX123456", "EU_RESIDENCE_PERMIT", "ZRX123456"},
			{"øko, førerkortnummer 12345678901", "DRIVER_LICENSE", "12345678901"},
		},
		[]string{"the vat of 20.00 is due", `{"passport":"local","strategy":"jwt"}`, `{"uid":"1000","gid":"20240115"}`, "pass 12345678 to the function",
			`{"personal_code":"PROMO-2024-X"}`, `{"license_number":"GPL-3.0","matricula":"2023001234"}`, `{"cf":"CF-RAY-1234","tax_id":"none"}`},
	},
}
