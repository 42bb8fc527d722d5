package detect

// Europe. Beside each stands who lays the number down.
var europe = map[string]tabled{
	// United Kingdom and Ireland
	"utr": {0.0909, specs{ // HMRC: the check digit is first, or follows three digits of the office; a K before or after says nothing
		{forms: []string{"dddddddddd", "ddddddddddK"}, sums: []sum{{weights: utr, from: 1, mod: 11, check: "21987654321", at: 1}}},
		{forms: []string{"Kdddddddddd"}, sums: []sum{{weights: utr, from: 2, mod: 11, check: "21987654321", at: 2}}},
		{forms: []string{"ddddddddddddd", "dddddddddddddK"}, sums: []sum{{weights: utr, from: 4, mod: 11, check: "21987654321", at: 4}}},
		{forms: []string{"Kddddddddddddd"}, sums: []sum{{weights: utr, from: 5, mod: 11, check: "21987654321", at: 5}}},
	}},
	"gb-upn": {0.0435, specs{{forms: []string{"adddddddddddd", "addddddddddda"}, sums: []sum{{ // DfE, UPN guide: the check letter is first
		weights: []int16{2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}, from: 1, mod: 23, check: "ABCDEFGHJKLMNPQRTUVWXYZ", at: 1}}}}},

	// Germany, Austria, Switzerland
	"de-vat":  {0.1, specs{{forms: []string{"ddddddddd"}, prefix: "DE", first: "123456789", also: allMod11x10}}},                               // BZSt
	"de-kvnr": {0.1, specs{{forms: []string{"addddddddd"}, also: germanInsured}}},                                                              // § 290 SGB V
	"de-lanr": {0.1, specs{{forms: []string{"ddddddddd"}, sums: []sum{{weights: []int16{4, 9, 4, 9, 4, 9}, mod: 10, check: lessTen, at: 7}}}}}, // KBV
	"at-svnr": {0.0909, specs{{forms: []string{"dddddddddd"}, first: "123456789", also: austrianDay, sums: []sum{{ // DVSV: the check digit is the fourth
		weights: []int16{3, 7, 9, 0, 5, 8, 4, 2, 1, 6}, mod: 11, check: restOnly, at: 4}}}}},
	"at-tin": {0.1, specs{{forms: []string{"ddddddddd"}, sums: []sum{{weights: []int16{1, 2, 1, 2, 1, 2, 1, 2}, cross: true, mod: 10, check: lessTen}}}}},                              // BMF: Abgabenkontonummer
	"at-vat": {0.1, specs{{forms: []string{"Udddddddd"}, prefix: "AT", sums: []sum{{weights: []int16{1, 2, 1, 2, 1, 2, 1}, from: 1, plus: 4, cross: true, mod: 10, check: lessTen}}}}}, // BMF: UID
	"ch-ahv": {0.1, specs{{forms: []string{"756dddddddddd"}, sums: []sum{{weights: []int16{1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3}, mod: 10, check: lessTen}}}}},                           // ZAS
	"ch-uid": {0.0909, specs{{forms: []string{"ddddddddd"}, prefix: "CHE", sums: []sum{{weights: []int16{5, 4, 3, 2, 7, 6, 5, 4}, mod: 11, check: lessEleven}}}}},                      // BFS

	// The Low Countries and France
	"nl-bsn": {0.0909, specs{ // RvIG; eight digits where the first is 0
		{forms: []string{"ddddddddd"}, sums: []sum{{weights: []int16{9, 8, 7, 6, 5, 4, 3, 2, -1}, mod: 11}}},
		{forms: []string{"dddddddd"}, sums: []sum{{weights: []int16{8, 7, 6, 5, 4, 3, 2, -1}, mod: 11}}},
	}},
	"be-nn":  {0.0103, specs{{forms: []string{"ddddddddddd"}, also: belgian}}},                                  // Rijksregister, KB 3 april 1984
	"be-vat": {0.0103, specs{{forms: []string{"dddddddddd"}, prefix: "BE", first: "01", also: belgianCompany}}}, // KBO
	"fr-nif": {0.0011, specs{{forms: []string{"ddddddddddddd"}, first: "0123", also: frenchTax}}},               // DGFiP: numéro SPI
	"lu-tva": {0.0112, specs{{forms: []string{"dddddddd"}, prefix: "LU", also: luxembourgVAT}}},                 // AED
	"lu-nin": {0.01, specs{{forms: []string{"ddddddddddddd"}, also: luxembourgish}}},                            // CTIE

	// Spain, Portugal
	"es-ccc": {0.01, specs{{forms: []string{"dddddddddddddddddddd"}, sums: []sum{ // Banco de España: bank and branch, then account
		{weights: []int16{4, 8, 5, 10, 9, 7, 3, 6}, mod: 11, check: "01987654321", at: 9},
		{weights: []int16{1, 2, 4, 8, 5, 10, 9, 7, 3, 6}, from: 10, mod: 11, check: "01987654321", at: 10}}}}},
	"pt-nif": {0.0909, specs{{forms: []string{"ddddddddd"}, prefix: "PT", first: "123456789", also: portugueseTax, sums: []sum{{weights: []int16{9, 8, 7, 6, 5, 4, 3, 2}, mod: 11, check: lessElevenZero}}}}}, // AT

	// Italy, Malta, Greece, Cyprus
	"it-iva":  {0.01, specs{{forms: []string{"ddddddddddd"}, prefix: "IT", also: italianVAT}}},                                                          // DPR 633/72
	"mt-vat":  {0.027, specs{{forms: []string{"dddddddd"}, prefix: "MT", sums: []sum{{weights: []int16{3, 4, 6, 7, 8, 9, 10, 1}, mod: 37}}}}},           // Commissioner for Revenue
	"gr-amka": {0.1, specs{{forms: []string{"ddddddddddd"}, also: greekInsured}}},                                                                       // ΗΔΙΚΑ, ν. 3655/2008
	"gr-afm":  {0.1, specs{{forms: []string{"ddddddddd"}, prefix: "EL", sums: greekTax}, {forms: []string{"ddddddddd"}, prefix: "GR", sums: greekTax}}}, // ΑΑΔΕ

	// The North
	"se-pnr":     {0.1, specs{{forms: []string{"dddddddddd", "dddddddddddd"}, also: swedish}}},                                                                                              // Skatteverket, SKV 704 and 707
	"se-orgnr":   {0.1, specs{{forms: []string{"dddddddddd"}, also: allLuhn}}},                                                                                                              // Bolagsverket, SKV 709
	"no-orgnr":   {0.0909, specs{{forms: []string{"ddddddddd", "dddddddddMVA"}, prefix: "NO", sums: []sum{{weights: []int16{3, 2, 7, 6, 5, 4, 3, 2}, mod: 11, check: lessEleven, at: 9}}}}}, // Brønnøysundregistrene
	"no-kontonr": {0.0909, specs{{forms: []string{"ddddddddddd"}, sums: []sum{{weights: []int16{5, 4, 3, 2, 7, 6, 5, 4, 3, 2}, mod: 11, check: lessEleven}}}}},                              // Bits
	"no-fnr": {0.0075, specs{{forms: []string{"ddddddddddd"}, also: norwegian, sums: []sum{ // Skatteetaten
		{weights: []int16{3, 7, 6, 1, 8, 9, 4, 5, 2}, mod: 11, check: lessEleven, at: 10},
		{weights: []int16{5, 4, 3, 2, 7, 6, 5, 4, 3, 2}, mod: 11, check: lessEleven}}}}},
	"dk-cpr":       {1, specs{{forms: []string{"dddddddddd"}, also: danish}}},                                                                                                     // CPR-kontoret: the day of birth
	"dk-cpr-mod11": {0.0909, specs{{forms: []string{"dddddddddd"}, also: danish, sums: []sum{{weights: []int16{4, 3, 2, 7, 6, 5, 4, 3, 2, 1}, mod: 11}}}}},                        // and the check digit, which numbers of after 2007 need not have
	"dk-cvr":       {0.0909, specs{{forms: []string{"dddddddd"}, prefix: "DK", first: "123456789", sums: []sum{{weights: []int16{2, 7, 6, 5, 4, 3, 2, 1}, mod: 11}}}}},            // Erhvervsstyrelsen
	"fi-ytunnus":   {0.0909, specs{{forms: []string{"dddddddd"}, prefix: "FI", sums: []sum{{weights: []int16{7, 9, 10, 5, 8, 4, 2}, mod: 11, check: lessEleven}}}}},               // PRH
	"is-kt":        {0.0909, specs{{forms: []string{"dddddddddd"}, also: icelandic, sums: []sum{{weights: []int16{3, 2, 7, 6, 5, 4, 3, 2}, mod: 11, check: lessEleven, at: 9}}}}}, // Þjóðskrá

	// The Baltic states
	"lv-pk": {0.1, specs{{forms: []string{"ddddddddddd"}, also: latvian}}}, // PMLP

	// Poland, Hungary
	"pl-nip": {0.0909, specs{{forms: []string{"dddddddddd"}, prefix: "PL", sums: []sum{{weights: []int16{6, 5, 7, 2, 3, 4, 5, 6, 7}, mod: 11, check: restOnly}}}}}, // MF
	"pl-regon": {0.1, specs{ // GUS
		{forms: []string{"ddddddddd"}, sums: []sum{{weights: regon9, mod: 11, check: restZero}}},
		{forms: []string{"dddddddddddddd"}, sums: []sum{{weights: regon9, mod: 11, check: restZero, at: 9},
			{weights: []int16{2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8}, mod: 11, check: restZero}}},
	}},
	"pl-dowod": {0.1, specs{{forms: []string{"aaadddddd"}, sums: []sum{{weights: []int16{7, 3, 1, 9, 7, 3, 1, 7, 3}, mod: 10}}}}}, // MSWiA: identity card
	"hu-tin": {0.1, specs{ // NAV: of persons; TAJ, of the health insurance; of companies, short and whole
		{forms: []string{"8ddddddddd"}, sums: []sum{{weights: []int16{1, 2, 3, 4, 5, 6, 7, 8, 9}, mod: 11, check: restOnly}}},
		{forms: []string{"ddddddddd"}, sums: []sum{{weights: []int16{3, 7, 3, 7, 3, 7, 3, 7}, mod: 10, check: "0123456789"}}},
		{forms: []string{"dddddddd", "ddddddddddd"}, prefix: "HU", sums: []sum{{weights: []int16{9, 7, 3, 1, 9, 7, 3, 1}, mod: 10}}},
	}},

	// The South-East
	"ro-cnp": {0.0909, specs{{forms: []string{"ddddddddddddd"}, also: romanian, sums: []sum{{weights: []int16{2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9}, mod: 11, check: "01234567891"}}}}}, // DEPABD, OUG 97/2005
	"ro-cui": {0.0909, specs{{forms: []string{"dd", "ddd", "dddd", "ddddd", "dddddd", "ddddddd", "dddddddd", "ddddddddd", "dddddddddd"}, prefix: "RO", first: "123456789", // ANAF
		sums: []sum{{weights: []int16{20, 30, 50, 70, 10, 20, 30, 50, 70}, right: true, mod: 11, check: restZero}}}}},
	"bg-egn":  {0.0909, specs{{forms: []string{"dddddddddd"}, also: bulgarian, sums: []sum{{weights: []int16{2, 4, 8, 5, 10, 9, 7, 3, 6}, mod: 11, check: restZero}}}}},              // ГРАО
	"hr-oib":  {0.1, specs{{forms: []string{"ddddddddddd"}, prefix: "HR", also: allMod11x10}}},                                                                                       // Zakon o OIB
	"si-emso": {0.1, specs{{forms: []string{"ddddddddddddd"}, also: yugoslav, sums: []sum{{weights: []int16{7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2}, mod: 11, check: lessElevenZero}}}}}, // CRP: EMŠO, JMBG in the other republics
	"si-tin":  {0.0909, specs{{forms: []string{"dddddddd"}, prefix: "SI", first: "123456789", sums: []sum{{weights: []int16{8, 7, 6, 5, 4, 3, 2}, mod: 11, check: "-0987654321"}}}}}, // FURS
	"rs-pib":  {0.1, specs{{forms: []string{"ddddddddd"}, also: allMod11x10}}},                                                                                                       // Poreska uprava
}

var (
	utr      = []int16{6, 7, 8, 9, 10, 5, 4, 3, 2}
	regon9   = []int16{8, 9, 2, 3, 4, 5, 6, 7}
	greekTax = []sum{{weights: []int16{256, 128, 64, 32, 16, 8, 4, 2}, mod: 11, check: restZero}}
)
