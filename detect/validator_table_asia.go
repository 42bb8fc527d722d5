package detect

// Asia. Beside each stands who lays the number down.
var asia = map[string]tabled{
	// Korea; RRN and BRN are in validator_kr.go
	"kr-frn":  {0.1, specs{{forms: []string{"ddddddddddddd"}, also: alien, sums: []sum{{weights: []int16{2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5}, mod: 11, check: "32109876543"}}}}}, // 출입국관리법; for numbers of until October 2020
	"kr-corp": {0.1, specs{{forms: []string{"ddddddddddddd"}, sums: []sum{{weights: []int16{1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2}, mod: 10, check: lessTen}}}}},                    // 상업등기규칙; for registrations of until January 2025

	// China
	"cn-ric": {0.0909, specs{{forms: []string{"dddddddddddddddddd", "dddddddddddddddddX"}, also: chinese, sums: []sum{{ // GB 11643
		weights: []int16{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}, mod: 11, check: "10X98765432"}}}}},
	"cn-uscc": {0.0323, specs{{forms: []string{"xxddddddxxxxxxxxxx"}, also: usccLetters, sums: []sum{{ // GB 32100
		weights: []int16{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}, mod: 31, check: "0YXWUTRQPNMLKJHGFEDCBA987654321", alphabet: usccAlphabet}}}}},

	// Japan
	"jp-mynumber": {0.1, specs{{forms: []string{"dddddddddddd"}, sums: []sum{{weights: []int16{6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2}, mod: 11, check: lessElevenZero}}}}},                              // 番号法施行令, 総務省令第85号
	"jp-corp":     {0.1, specs{{forms: []string{"ddddddddddddd"}, prefix: "T", sums: []sum{{weights: []int16{2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1}, from: 1, mod: 9, check: "987654321", at: 1}}}}}, // 国税庁: the check digit is first

	// Taiwan, Hong Kong
	"tw-id": {0.1, specs{{forms: []string{"addddddddd", "aadddddddd"}, also: taiwanese}}}, // 內政部; two letters on old permits of residents
	"hk-id": {0.0909, specs{ // Immigration Department: the space before a single letter counts 36
		{forms: []string{"addddddx"}, sums: []sum{{weights: []int16{8, 7, 6, 5, 4, 3, 2}, plus: 9 * 36, mod: 11, check: "0A987654321"}}},
		{forms: []string{"aaddddddx"}, sums: []sum{{weights: []int16{9, 8, 7, 6, 5, 4, 3, 2}, mod: 11, check: "0A987654321"}}},
	}},

	// Singapore
	"sg-nric": {0.04, specs{ // ICA
		{forms: []string{"Sddddddda"}, sums: []sum{{weights: nric, from: 1, mod: 11, check: "JZIHGFEDCBA"}}},
		{forms: []string{"Tddddddda"}, sums: []sum{{weights: nric, from: 1, plus: 4, mod: 11, check: "JZIHGFEDCBA"}}},
		{forms: []string{"Fddddddda"}, sums: []sum{{weights: nric, from: 1, mod: 11, check: "XWUTRQPNMLK"}}},
		{forms: []string{"Gddddddda"}, sums: []sum{{weights: nric, from: 1, plus: 4, mod: 11, check: "XWUTRQPNMLK"}}},
		{forms: []string{"Mddddddda"}, sums: []sum{{weights: nric, from: 1, plus: 3, mod: 11, check: "XWUTRQPNJLK"}}},
	}},
	"sg-uen": {0.04, specs{ // ACRA: businesses, companies, others
		{forms: []string{"dddddddda"}, sums: []sum{{weights: []int16{10, 4, 9, 3, 8, 2, 7, 1}, mod: 11, check: "XMKECAWLJDB"}}},
		{forms: []string{"ddddddddda"}, also: uenYear, sums: []sum{{weights: []int16{10, 8, 6, 4, 9, 7, 5, 3, 1}, mod: 11, check: "ZKCMDNERGWH"}}},
		{forms: []string{"Rddaadddda", "Sddaadddda", "Tddaadddda"}, sums: []sum{{weights: []int16{4, 3, 5, 3, 10, 2, 2, 5, 7}, plus: -5, mod: 11, check: "ABCDEFGHJKL", alphabet: "ABCDEFGHJKLMNPQRSTUVWX0123456789"}}},
	}},

	// India; Aadhaar and PAN are in validator_in.go
	"in-gstin": {0.028, specs{{forms: []string{"ddaaaaaddddaxZx"}, also: gstin}}},                         // GSTN
	"in-epic":  {0.1, specs{{forms: []string{"aaaddddddd"}, also: epic}}},                                 // Election Commission of India
	"in-vid":   {0.1, specs{{forms: []string{"dddddddddddddddd"}, first: "23456789", also: allVerhoeff}}}, // UIDAI: virtual id

	// Thailand, Malaysia, Indonesia, Viet Nam
	"th-pin":  {0.1, specs{{forms: []string{"ddddddddddddd"}, first: "12345678", sums: []sum{{weights: []int16{13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2}, mod: 11, check: lessElevenLast}}}}}, // DOPA
	"my-nric": {1, specs{{forms: []string{"dddddddddddd"}, also: malaysian}}},                                                                                                               // JPN: day and place of birth
	"id-nik":  {1, specs{{forms: []string{"dddddddddddddddd"}, also: indonesian}}},                                                                                                          // Dukcapil: province, day of birth
	"id-npwp": {0.1, specs{{forms: []string{"ddddddddddddddd"}, also: luhn9}}},                                                                                                              // DJP
	"vn-mst":  {0.0909, specs{{forms: []string{"dddddddddd", "ddddddddddddd"}, sums: []sum{{weights: []int16{31, 29, 23, 19, 17, 13, 7, 5, 3}, mod: 11, check: "-9876543210", at: 10}}}}},   // Tổng cục Thuế
	"vn-cccd": {0.4, specs{{forms: []string{"dddddddddddd"}, also: vietnamese}}},                                                                                                            // Bộ Công an: province, century and sex
}

var nric = []int16{2, 7, 6, 5, 4, 3, 2}

const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
