package patterns_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
)

// TestVectors finds the numbers of detect's vectors behind a word that names them: the valid ones all,
// as what they are, and of the others none as sure.
func TestVectors(t *testing.T) {
	det := balanced(t)
	for _, file := range []string{"generated_checksum_vectors.json", "generated_extra_vectors.json"} {
		data, err := os.ReadFile("../detect/testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		var vectors map[string]struct{ Valid, Invalid []string }
		if err := json.Unmarshal(data, &vectors); err != nil {
			t.Fatal(err)
		}
		for kind, v := range vectors {
			want, ok := vectorRules[kind]
			if !ok {
				continue
			}
			best := func(number string) float32 {
				text := want.before + number
				score := float32(0)
				for _, f := range det.Append(nil, detect.Text{Raw: []byte(text), Final: true}) {
					if f.Rule.Entity == want.entity && f.Start <= len(text)-len(number) && f.End == len(text) {
						score = max(score, f.Score)
					}
				}
				return score
			}
			for _, s := range v.Valid {
				if best(s) == 0 {
					t.Errorf("%s: %s%s is not found as %s", kind, want.before, s, want.entity)
				}
			}
			for _, s := range v.Invalid {
				if score := best(s); score >= .8 {
					t.Errorf("%s: %s%s, which is not valid, is found as %s with %.2f", kind, want.before, s, want.entity, score)
				}
			}
		}
	}
}

// vectorRules says behind what, and as what, the numbers of the vectors are found. Left out are kinds that
// no profile but recall looks for, that name things and not people, or whose vectors nobody would be given:
// payment cards of lengths that no network issues, Polish tax offices 0 and Swedish organisations below 20.
var vectorRules = map[string]struct {
	before string
	entity detect.Entity
}{
	"ar_cbu": {"CBU: ", "AR_CBU"}, "ar_cuit": {"CUIT: ", "AR_CUIT"}, "at_tin": {"Abgabenkontonummer: ", "AT_TAX_NUMBER"},
	"at_vnr": {"SVNR: ", "AT_SVNR"}, "au_abn": {"ABN: ", "AU_ABN"}, "au_acn": {"ACN: ", "AU_ACN"}, "au_ihi": {"IHI: ", "AU_IHI"},
	"au_medicare": {"Medicare: ", "AU_MEDICARE"}, "au_tfn": {"TFN: ", "AU_TFN"}, "be_nn": {"rijksregisternummer: ", "BE_NATIONAL_NUMBER"},
	"be_vat": {"ondernemingsnummer: ", "BE_ENTERPRISE_NUMBER"}, "bg_egn": {"ЕГН: ", "BG_EGN"}, "bic": {"SWIFT: ", "SWIFT_CODE"},
	"br_cnpj": {"CNPJ: ", "BR_CNPJ"}, "br_cpf": {"CPF: ", "BR_CPF"}, "ca_bc_phn": {"PHN: ", "CA_BC_PHN"}, "ca_bn": {"business number: ", "CA_BN"},
	"ca_sin": {"social insurance number: ", "CA_SIN"}, "ch_ssn": {"AHV: ", "CH_AHV"}, "ch_uid": {"UID: ", "CH_UID"}, "cl_rut": {"RUT: ", "CL_RUT"},
	"cn_ric": {"身份证号: ", "CN_RESIDENT_ID"}, "cn_uscc": {"统一社会信用代码: ", "CN_USCC"}, "co_nit": {"NIT: ", "CO_NIT"}, "cy_vat": {"ΑΦΤ: ", "CY_TIN"},
	"cz_dic": {"DIČ: CZ", "CZ_DIC"}, "cz_rc": {"rodné číslo: ", "CZ_RODNE_CISLO"}, "de_idnr": {"Steuer-ID: ", "DE_TAX_ID"},
	"de_kvnr": {"Krankenversichertennummer: ", "DE_HEALTH_INSURANCE"}, "de_rvnr": {"Rentenversicherungsnummer: ", "DE_SOCIAL_SECURITY"},
	"de_stnr": {"Steuernummer: ", "DE_TAX_NUMBER"}, "de_vat": {"USt-IdNr: DE", "DE_VAT_ID"}, "dk_cpr": {"CPR: ", "DK_CPR"},
	"dk_cvr": {"CVR: ", "DK_CVR"}, "ec_ci": {"cédula: ", "EC_CEDULA"}, "ee_ik": {"isikukood: ", "EE_ISIKUKOOD"},
	"eg_tn": {"tax registration number: ", "EG_TAX"}, "es_ccc": {"cuenta: ", "ES_BANK_ACCOUNT"}, "es_cif": {"CIF: ", "ES_CIF"},
	"es_dni": {"DNI: ", "ES_NIF"}, "es_nie": {"NIE: ", "ES_NIE"}, "fi_hetu": {"henkilötunnus: ", "FI_PERSONAL_IDENTITY_CODE"},
	"fi_ytunnus": {"Y-tunnus: ", "FI_BUSINESS_ID"}, "fr_nif": {"numéro fiscal: ", "FR_NIF"}, "fr_nir": {"sécurité sociale: ", "FR_NIR"},
	"fr_siren": {"SIREN: ", "FR_SIREN"}, "fr_siret": {"SIRET: ", "FR_SIREN"}, "fr_tva": {"TVA: FR", "FR_TVA"}, "gb_nhs": {"NHS number: ", "UK_NHS"},
	"gb_upn": {"UPN: ", "UK_UPN"}, "gb_utr": {"UTR: ", "UK_UTR"}, "gb_vat": {"VAT: GB", "UK_VAT"}, "gr_amka": {"ΑΜΚΑ: ", "GR_AMKA"},
	"gr_vat": {"ΑΦΜ: ", "GR_AFM"}, "hk_id": {"HKID: ", "HK_ID"}, "hr_oib": {"OIB: ", "HR_OIB"}, "hu_anum": {"adószám: HU", "HU_TAX_NUMBER"},
	"iban_de": {"IBAN: ", "IBAN_CODE"}, "iban_fr": {"IBAN: ", "IBAN_CODE"}, "iban_gb": {"IBAN: ", "IBAN_CODE"}, "iban_nl": {"IBAN: ", "IBAN_CODE"},
	"id_nik": {"NIK: ", "ID_NIK"}, "ie_pps": {"PPSN: ", "IE_PPSN"}, "il_idnr": {"תעודת זהות: ", "IL_ID"}, "imei": {"IMEI: ", "IMEI_HARDWARE_ID"},
	"in_aadhaar": {"Aadhaar: ", "IN_AADHAAR"}, "in_epic": {"voter ID: ", "IN_VOTER"}, "in_gstin": {"GSTIN: ", "IN_GSTIN"}, "in_pan": {"PAN: ", "IN_PAN"},
	"in_vid": {"VID: ", "IN_AADHAAR_VID"}, "it_cf": {"codice fiscale: ", "IT_FISCAL_CODE"}, "it_iva": {"partita IVA: ", "IT_VAT_CODE"},
	"jp_corporate": {"法人番号: ", "JP_CORPORATE_NO"}, "jp_mynumber": {"マイナンバー: ", "JP_MY_NUMBER"}, "kr_brn": {"사업자등록번호: ", "KR_BRN"},
	"kr_corp": {"법인등록번호: ", "KR_CORP_NO"}, "kr_frn": {"외국인등록번호: ", "KR_FRN"}, "kr_rrn": {"주민등록번호: ", "KR_RRN"},
	"lt_asmens": {"asmens kodas: ", "LT_ASMENS_KODAS"}, "lu_tva": {"TVA: LU", "LU_VAT"}, "lv_pk": {"personas kods: ", "LV_PERSONAS_KODS"},
	"mt_vat": {"VAT: MT", "MT_VAT"}, "mx_curp": {"CURP: ", "MX_CURP"}, "mx_rfc": {"RFC: ", "MX_RFC"}, "my_nric": {"MyKad: ", "MY_NRIC"},
	"nl_bsn": {"BSN: ", "NL_BSN"}, "nl_btw": {"btw: ", "NL_VAT"}, "no_fodselsnummer": {"fødselsnummer: ", "NO_FODSELSNUMMER"},
	"no_kontonr": {"kontonummer: ", "NO_BANK_ACCOUNT"}, "no_orgnr": {"organisasjonsnummer: ", "NO_ORGNR"},
	"nz_bank": {"bank account: ", "NZ_BANK_ACCOUNT"}, "nz_ird": {"IRD: ", "NZ_IRD"}, "pe_ruc": {"RUC: ", "PE_RUC"}, "pl_pesel": {"PESEL: ", "PL_PESEL"},
	"pl_regon": {"REGON: ", "PL_REGON"}, "pt_cc": {"cartão de cidadão: ", "PT_CC"}, "pt_nif": {"NIF: ", "PT_NIF"}, "ro_cnp": {"CNP: ", "RO_CNP"},
	"ru_inn10": {"ИНН: ", "RU_INN"}, "ru_inn12": {"ИНН: ", "RU_INN"}, "se_personnummer": {"personnummer: ", "SE_PERSONNUMMER"},
	"sg_nric": {"NRIC: ", "SG_NRIC_FIN"}, "sg_uen_b": {"UEN: ", "SG_UEN"}, "si_emso": {"EMŠO: ", "SI_EMSO"},
	"sk_rc": {"rodným číslom: ", "SK_RODNE_CISLO"}, "th_pin": {"Thai ID: ", "TH_TNIN"}, "tr_tckimlik": {"TC kimlik no: ", "TR_NATIONAL_ID"},
	"tw_id": {"身分證字號: ", "TW_ID"}, "tw_ubn": {"統一編號: ", "TW_UBN"}, "ua_edrpou": {"ЄДРПОУ: ", "UA_EDRPOU"}, "ua_rntrc": {"РНОКПП: ", "UA_RNTRC"},
	"us_atin": {"ATIN: ", "US_ADOPTION_TAXPAYER_IDENTIFICATION_NUMBER"}, "us_dea": {"DEA number: ", "MEDICAL_LICENSE"},
	"us_ein": {"EIN: ", "US_EMPLOYER_IDENTIFICATION_NUMBER"}, "us_itin": {"ITIN: ", "US_ITIN"}, "us_npi": {"NPI: ", "US_NPI"},
	"us_ptin": {"PTIN: ", "US_PREPARER_TAXPAYER_IDENTIFICATION_NUMBER"}, "us_rtn": {"routing number: ", "ABA_ROUTING_NUMBER"},
	"us_ssn": {"SSN: ", "US_SSN"}, "uy_rut": {"RUT: ", "UY_RUT"}, "ve_rif": {"RIF: ", "VE_RIF"}, "vin": {"VIN: ", "VEHICLE_IDENTIFICATION_NUMBER"},
	"vn_mst": {"mã số thuế: ", "VN_TAX_CODE"}, "za_idnr": {"ID number: ", "ZA_ID_NUMBER"},
}
