package detect

// The Americas. Beside each stands who lays the number down.
var americas = map[string]tabled{
	// Canada
	"ca-sin":    {0.1, specs{{forms: []string{"ddddddddd"}, first: "12345679", also: allLuhn}}},                                                                  // ESDC; 8 is for business numbers
	"ca-bn":     {0.1, specs{{forms: []string{"ddddddddd", "dddddddddaadddd"}, also: luhn9}}},                                                                    // CRA: business number, with a program account or without
	"ca-ohip":   {0.1, specs{{forms: []string{"dddddddddd", "dddddddddda", "ddddddddddaa"}, first: "123456789", also: luhn10}}},                                  // Ontario MOH, with a version code or without
	"ca-bc-phn": {0.0909, specs{{forms: []string{"9ddddddddd"}, sums: []sum{{weights: []int16{2, 4, 8, 5, 10, 9, 7, 3}, from: 1, mod: 11, check: lessEleven}}}}}, // BC Ministry of Health
	"ca-ramq":   {1, specs{{forms: []string{"aaaadddddddd"}, also: ramqDay}}},                                                                                    // RAMQ: four letters of the name, day of birth, two digits

	// Mexico
	"mx-curp": {0.1, specs{{forms: []string{"aaaaddddddaaaaaaxd"}, also: curpDay, sums: []sum{{ // RENAPO, Instructivo normativo para la asignación de la CURP
		weights: []int16{18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2}, mod: 10, check: lessTen, alphabet: "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ"}}}}},
	"mx-clabe": {0.1, specs{{forms: []string{"dddddddddddddddddd"}, sums: []sum{{weights: []int16{3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7}, mod: 10, check: lessTen}}}}}, // ABM

	// Brazil; CPF and CNPJ are in validator_br.go
	"br-pis": {0.1, specs{{forms: []string{"ddddddddddd"}, sums: []sum{{weights: []int16{3, 2, 9, 8, 7, 6, 5, 4, 3, 2}, mod: 11, check: lessElevenZero}}}}},                      // Caixa: PIS, PASEP, NIS, NIT
	"br-cns": {0.0909, specs{{forms: []string{"ddddddddddddddd"}, first: "12789", sums: []sum{{weights: []int16{15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, mod: 11}}}}}, // Ministério da Saúde: Cartão Nacional de Saúde

	// Argentina
	"ar-cuit": {0.0909, specs{{forms: []string{"20ddddddddd", "23ddddddddd", "24ddddddddd", "25ddddddddd", "26ddddddddd", "27ddddddddd", // ARCA (AFIP)
		"30ddddddddd", "33ddddddddd", "34ddddddddd", "50ddddddddd", "51ddddddddd", "55ddddddddd"},
		sums: []sum{{weights: []int16{5, 4, 3, 2, 7, 6, 5, 4, 3, 2}, mod: 11, check: "09987654321"}}}}},
	"ar-cbu": {0.01, specs{{forms: []string{"dddddddddddddddddddddd"}, sums: []sum{ // BCRA, Com. A 2520: bank and branch, then account
		{weights: []int16{7, 1, 3, 9, 7, 1, 3}, mod: 10, check: lessTen, at: 8},
		{weights: []int16{3, 9, 7, 1, 3, 9, 7, 1, 3, 9, 7, 1, 3}, from: 8, mod: 10, check: lessTen}}}}},

	// Chile, Colombia, Peru, Ecuador, Uruguay; Venezuela is in validator_americas.go
	"cl-rut": {0.0909, specs{{forms: []string{"dddddddx", "ddddddddx"}, prefix: "CL", // Registro Civil, SII
		sums: []sum{{weights: []int16{2, 3, 4, 5, 6, 7, 2, 3}, right: true, mod: 11, check: "0K987654321"}}}}},
	"co-nit": {0.0909, specs{{forms: []string{"dddddddd", "ddddddddd", "dddddddddd", "ddddddddddd"}, // DIAN, Orden administrativa 4 de 1989
		sums: []sum{{weights: []int16{3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47}, right: true, mod: 11, check: "01987654321"}}}}},
	"pe-ruc": {0.1, specs{{forms: []string{"10ddddddddd", "15ddddddddd", "16ddddddddd", "17ddddddddd", "20ddddddddd"}, // SUNAT
		sums: []sum{{weights: []int16{5, 4, 3, 2, 7, 6, 5, 4, 3, 2}, mod: 11, check: lessElevenLast}}}}},
	"ec-ci": {0.0175, specs{{forms: []string{"dddddddddd"}, also: ecuadorian}}},                                                         // Registro Civil
	"uy-ci": {0.1, specs{{forms: []string{"dddddddd"}, sums: []sum{{weights: []int16{2, 9, 8, 7, 6, 3, 4}, mod: 10, check: lessTen}}}}}, // DNIC
	"uy-rut": {0.0909, specs{{forms: []string{"ddddddddd00d", "ddddddddd01d", "dddddddd001d"}, also: uruguayan, // DGI
		sums: []sum{{weights: []int16{4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2}, mod: 11, check: lessEleven}}}}},
}
