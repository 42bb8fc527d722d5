package detect

// What is numbered alike all over the world, and, at the end, the United States. Beside each stands the standard.
var world = map[string]tabled{
	"lei":     {0.0103, specs{{forms: []string{"xxxxxxxxxxxxxxxxxxdd"}, also: mod97x10}}},                                                                                      // ISO 17442
	"isin":    {0.1, specs{{forms: []string{"aaxxxxxxxxxd"}, also: isin}}},                                                                                                     // ISO 6166
	"cusip":   {0.1, specs{{forms: []string{"xxxxxxxxd"}, also: cusip}}},                                                                                                       // ANSI X9.6
	"sedol":   {0.1, specs{{forms: []string{"xxxxxxd"}, also: sedol, sums: []sum{{weights: []int16{1, 3, 1, 7, 3, 9}, mod: 10, check: lessTen}}}}},                             // London Stock Exchange
	"imei":    {0.1, specs{{forms: []string{"ddddddddddddddd"}, also: allLuhn}}},                                                                                               // 3GPP TS 23.003; the sixteen digits of an IMEISV have no check
	"iccid":   {0.1, specs{{forms: []string{"89ddddddddddddddddd", "89dddddddddddddddddd"}, also: allLuhn}}},                                                                   // ITU-T E.118
	"imo":     {0.1, specs{{forms: []string{"ddddddd"}, prefix: "IMO", sums: []sum{{weights: []int16{7, 6, 5, 4, 3, 2}, mod: 10, check: "0123456789"}}}}},                      // IMO A.1117(30)
	"isbn13":  {0.1, specs{{forms: []string{"978dddddddddd", "979dddddddddd"}, sums: []sum{{weights: []int16{1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3}, mod: 10, check: lessTen}}}}}, // ISO 2108
	"isni":    {0.0909, specs{{forms: []string{"dddddddddddddddd", "dddddddddddddddX"}, also: mod11x2}}},                                                                       // ISO 27729; ORCID
	"iso6346": {0.1, specs{{forms: []string{"aaaUddddddd", "aaaJddddddd", "aaaZddddddd"}, also: container}}},                                                                   // freight containers

	// United States
	"aba":     {0.037, specs{{forms: []string{"ddddddddd"}, also: fedDistrict, sums: []sum{{weights: []int16{3, 7, 1, 3, 7, 1, 3, 7, 1}, mod: 10}}}}}, // ABA Key to Routing Numbers
	"npi":     {0.1, specs{{forms: []string{"dddddddddd"}, first: "12", also: npi}}},                                                                  // 45 CFR 162.406
	"dea":     {0.1, specs{{forms: []string{"axddddddd"}, also: dea}}},                                                                                // DEA, 21 CFR 1301.13
	"mbi":     {1, specs{{forms: []string{"daxdaxdaadd"}, first: "123456789", also: mbi}}},                                                            // CMS, MBI format; no check digit
	"us-ein":  {0.83, specs{{forms: []string{"ddddddddd"}, also: einPrefix}}},                                                                         // IRS: the campus that gave it out
	"us-atin": {1, specs{{forms: []string{"9dd93dddd"}}}},                                                                                             // IRS
	"us-ptin": {1, specs{{forms: []string{"Pdddddddd"}}}},                                                                                             // IRS
}
