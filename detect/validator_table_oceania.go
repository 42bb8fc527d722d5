package detect

// Oceania, Africa, the Middle East, Turkey, Russia and its neighbours. Beside each
// stands who lays the number down.
var elsewhere = map[string]tabled{
	// Australia
	"au-tfn": {0.0909, specs{ // ATO; eight digits are of individuals of long ago
		{forms: []string{"ddddddddd"}, sums: []sum{{weights: []int16{1, 4, 3, 7, 5, 8, 6, 9, 10}, mod: 11}}},
		{forms: []string{"dddddddd"}, sums: []sum{{weights: []int16{10, 7, 8, 4, 6, 3, 5, 1}, mod: 11}}},
	}},
	"au-abn": {0.0112, specs{{forms: []string{"ddddddddddd"}, first: "123456789", sums: []sum{{weights: []int16{10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19}, plus: -10, mod: 89}}}}}, // ABR
	"au-acn": {0.1, specs{{forms: []string{"ddddddddd"}, sums: []sum{{weights: []int16{8, 7, 6, 5, 4, 3, 2, 1}, mod: 10, check: lessTen}}}}},                                    // ASIC, Corporations Regulations
	"au-medicare": {0.09, specs{{forms: []string{"dddddddddd", "ddddddddddd"}, first: "23456", also: issueNumber, // Services Australia; the eleventh digit is the holder's
		sums: []sum{{weights: []int16{1, 3, 7, 9, 1, 3, 7, 9}, mod: 10, check: "0123456789", at: 9}}}}},
	"au-ihi": {0.1, specs{{forms: []string{"80036ddddddddddd"}, also: allLuhn}}}, // Healthcare Identifiers Act 2010: of persons, of providers, of organisations

	// Africa
	"za-id": {0.1, specs{{forms: []string{"ddddddddddddd"}, also: southAfrican}}}, // Identification Act 68 of 1997
	"eg-id": {1, specs{{forms: []string{"dddddddddddddd"}, also: egyptian}}},      // Civil Status Department; its check digit is not published

	// The Middle East and Turkey
	"il-id": {0.1, specs{{forms: []string{"ddddddddd", "dddddddd"}, also: allLuhn}}},   // Population and Immigration Authority; the first zero may be left out
	"ae-id": {0.1, specs{{forms: []string{"784dddddddddddd"}, also: allLuhn}}},         // ICP: Emirates ID
	"sa-id": {0.1, specs{{forms: []string{"dddddddddd"}, first: "12", also: allLuhn}}}, // NIC: citizens 1, residents 2
	"kw-id": {0.09, specs{{forms: []string{"dddddddddddd"}, first: "123", also: kuwaiti, sums: []sum{{ // PACI
		weights: []int16{2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}, mod: 11, check: lessEleven}}}}},

	// Russia, Ukraine, Kazakhstan
	"ru-inn": {0.1, specs{ // FNS: of companies, of persons
		{forms: []string{"dddddddddd"}, sums: []sum{{weights: []int16{2, 4, 10, 3, 5, 9, 4, 6, 8}, mod: 11, check: restZero}}},
		{forms: []string{"dddddddddddd"}, sums: []sum{
			{weights: []int16{7, 2, 4, 10, 3, 5, 9, 4, 6, 8}, mod: 11, check: restZero, at: 11},
			{weights: []int16{3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8}, mod: 11, check: restZero}}},
	}},
	"ua-rntrc": {0.0909, specs{{forms: []string{"dddddddddd"}, sums: []sum{{weights: []int16{-1, 5, 7, 9, 4, 6, 10, 5, 7}, mod: 11, check: restZero}}}}}, // State Tax Service
}
