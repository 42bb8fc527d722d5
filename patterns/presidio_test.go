package patterns_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/testenv"
	"github.com/mcpveil/mcpveil/patterns"
)

// presidioTests maps each of Presidio's recogniser tests to our entity for what it recognises. A test whose entity
// no pack has is left out.
var presidioTests = map[string]detect.Entity{
	"aba_routing": "ABA_ROUTING_NUMBER", "au_abn": "AU_ABN", "au_acn": "AU_ACN", "au_medicare": "AU_MEDICARE", "au_tfn": "AU_TFN",
	"ca_sin": "CA_SIN", "certificate_number": "MEDICAL_LICENSE", "credit_card": "CREDIT_CARD", "crypto": "CRYPTO", "date": "DATE_TIME",
	"de_bsnr": "DE_BSNR", "de_fuehrerschein": "DE_FUEHRERSCHEIN", "de_handelsregister": "DE_HANDELSREGISTER", "de_health_insurance": "DE_HEALTH_INSURANCE",
	"de_id_card": "DE_ID_CARD", "de_kfz": "DE_KFZ", "de_lanr": "DE_LANR", "de_passport": "DE_PASSPORT", "de_plz": "DE_PLZ", "de_social_security": "DE_SOCIAL_SECURITY",
	"de_tax_id": "DE_TAX_ID", "de_tax_number": "DE_TAX_NUMBER", "de_vat_id": "DE_VAT_ID", "email": "EMAIL_ADDRESS",
	"es_nie": "ES_NIE", "es_nif": "ES_NIF", "es_passport": "ES_PASSPORT", "fi_personal_identity_code": "FI_PERSONAL_IDENTITY_CODE", "iban": "IBAN_CODE",
	"in_aadhaar": "IN_AADHAAR", "in_gstin": "IN_GSTIN", "in_pan": "IN_PAN", "in_passport": "IN_PASSPORT", "in_vehicle_registration": "IN_VEHICLE_REGISTRATION", "in_voter": "IN_VOTER",
	"ip": "IP_ADDRESS", "it_driver_license": "IT_DRIVER_LICENSE", "it_fiscal_code": "IT_FISCAL_CODE", "it_identity_card": "IT_IDENTITY_CARD", "it_passport": "IT_PASSPORT",
	"it_vat_code": "IT_VAT_CODE", "kr_brn": "KR_BRN", "kr_driver_license": "KR_DRIVER_LICENSE", "kr_frn": "KR_FRN", "kr_passport": "KR_PASSPORT", "kr_rrn": "KR_RRN",
	"mac": "MAC_ADDRESS", "ng_nin": "NG_NIN", "ng_vehicle_registration": "NG_VEHICLE_REGISTRATION", "ph_mobile_number": "PHONE_NUMBER", "ph_tin": "PH_TIN", "phone": "PHONE_NUMBER",
	"pl_pesel": "PL_PESEL", "se_organisationsnummer": "SE_ORGANISATIONSNUMMER", "se_personnummer": "SE_PERSONNUMMER", "sg_fin": "SG_NRIC_FIN", "sg_uen": "SG_UEN",
	"th_tnin": "TH_TNIN", "tr_license_plate": "TR_LICENSE_PLATE", "tr_national_id": "TR_NATIONAL_ID", "tr_phone_number": "PHONE_NUMBER",
	"uk_driving_licence": "UK_DRIVING_LICENCE", "uk_nhs": "UK_NHS", "uk_nino": "UK_NINO", "uk_passport": "UK_PASSPORT", "uk_postcode": "UK_POSTCODE", "uk_vehicle_registration": "UK_VEHICLE_REGISTRATION",
	"url": "URL", "us_bank": "US_BANK_NUMBER", "us_driver_license": "US_DRIVER_LICENSE", "us_itin": "US_ITIN", "us_mbi": "US_MBI", "us_npi": "US_NPI", "us_passport": "US_PASSPORT", "us_ssn": "US_SSN",
	"za_id_number": "ZA_ID_NUMBER",
}

// A presidioCase is one of Presidio's tests: a text, how many values it holds, and where, if that is told.
type presidioCase struct {
	index int
	text  string
	count int
	spans [][2]int
}

// TestPresidio runs Presidio's own tests of its recognisers, of the entities that a pack has, under recall. A recogniser there
// takes a value by itself, at a score that its analyser raises where a word is near; we want the word at
// once. So a value that is not found as it stands must be found behind a word that its rule has for it.
func TestPresidio(t *testing.T) {
	data, err := os.ReadFile(testenv.Shared(t, "data/vectors/presidio_recognizer_tests.json"))
	if err != nil {
		t.Fatal(err)
	}
	var files map[string][]struct {
		Params string
		Rows   []json.RawMessage
	}
	if err := json.Unmarshal(data, &files); err != nil {
		t.Fatal(err)
	}
	packs := all(t)
	det, err := detect.New(patterns.Select(patterns.Recall, packs...))
	if err != nil {
		t.Fatal(err)
	}
	words := contextWords(packs)
	ran, passed := 0, 0
	for _, name := range slices.Sorted(maps.Keys(presidioTests)) {
		entity := presidioTests[name]
		blocks, ok := files["test_"+name+"_recognizer.py"]
		if !ok {
			t.Errorf("there are no tests %s", name)
			continue
		}
		if _, ok := words[entity]; !ok {
			t.Logf("%s: no pack finds %s", name, entity)
			continue
		}
		n, good := 0, 0
		var missed []int
		for _, b := range blocks {
			for _, row := range b.Rows {
				c, ok := presidioRow(row)
				if !ok {
					continue
				}
				c.index = n
				n++
				if c.holds(det, entity, "") || c.count > 0 && slices.ContainsFunc(words[entity], func(word string) bool { return c.holds(det, entity, word) }) {
					good++
					continue
				}
				missed = append(missed, c.index)
				if verbose {
					fmt.Printf("%s %d: %q %v\n", name, c.index, c.text, c.spans)
				}
			}
		}
		ran, passed = ran+n, passed+good
		if len(missed) > 0 {
			t.Logf("%-28s %3d of %3d, not %v", name, good, n, missed)
		}
	}
	t.Logf("%d of %d, %.1f %%", passed, ran, 100*float64(passed)/float64(max(1, ran)))
	if ran < 400 || 100*passed < 97*ran {
		t.Errorf("%d of %d of Presidio's tests hold, want 97 %% of 400 or more", passed, ran)
	}
}

// presidioRow reads [text, count, spans, scores]; one that was code and not data has no such form.
func presidioRow(row json.RawMessage) (c presidioCase, ok bool) {
	var parts []json.RawMessage
	if json.Unmarshal(row, &parts) != nil || len(parts) < 2 || json.Unmarshal(parts[0], &c.text) != nil || json.Unmarshal(parts[1], &c.count) != nil {
		return c, false
	}
	for _, part := range parts[2:] {
		var one [2]int
		if json.Unmarshal(part, &c.spans) == nil && len(c.spans) == c.count && c.spans != nil {
			return c, true
		}
		c.spans = nil
		if c.count == 1 && json.Unmarshal(part, &one) == nil && one[1] > one[0] {
			c.spans = [][2]int{one}
			return c, true
		}
	}
	c.spans = nil
	return c, true
}

// holds reports whether in the text, behind word, as many values are found as there are, at their places.
func (c *presidioCase) holds(det *detect.Detector, entity detect.Entity, word string) bool {
	before := ""
	if word != "" {
		before = word + ": "
	}
	var found []detect.Finding
	for _, f := range strongest(slices.DeleteFunc(det.Append(nil, detect.Text{Raw: []byte(before + c.text), Final: true}), func(f detect.Finding) bool { return f.Rule.Entity != entity })) {
		f.Start, f.End = f.Start-len(before), f.End-len(before)
		found = append(found, f)
	}
	for _, s := range c.spans {
		// Positions there count characters.
		start, end := byteOffset(c.text, s[0]), byteOffset(c.text, s[1])
		if !slices.ContainsFunc(found, func(f detect.Finding) bool {
			return 2*(min(end, f.End)-max(start, f.Start)) >= max(end, f.End)-min(start, f.Start)
		}) {
			return false
		}
	}
	return len(found) == c.count
}

func byteOffset(text string, n int) int {
	for i := range text {
		if n == 0 {
			return i
		}
		n--
	}
	return len(text)
}

// contextWords are by entity the first words of each of its rules that speak for it.
func contextWords(packs []*patterns.Pack) map[detect.Entity][]string {
	words := map[detect.Entity][]string{}
	for _, p := range packs {
		for _, r := range p.Rules {
			list := words[r.Entity]
			if r.Context != nil && !slices.Contains(list, r.Context[0]) {
				list = append(list, r.Context[0])
			}
			words[r.Entity] = slices.Clip(list)
		}
	}
	return words
}

// TestPresidioNames: each test there is either mapped, or one of a part of Presidio that recognises nothing by pattern.
func TestPresidioNames(t *testing.T) {
	data, err := os.ReadFile(testenv.Shared(t, "data/vectors/presidio_recognizer_tests.json"))
	if err != nil {
		t.Fatal(err)
	}
	var files map[string]any
	if err := json.Unmarshal(data, &files); err != nil {
		t.Fatal(err)
	}
	others := "entity gliner huggingface_ner pattern recognizer_result spacy stanza transformers"
	for file := range files {
		name := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(file, "test_"), ".py"), "_recognizer")
		if _, ok := presidioTests[name]; !ok && !slices.Contains(strings.Fields(others), name) {
			t.Errorf("%s is mapped to no entity", name)
		}
	}
}
