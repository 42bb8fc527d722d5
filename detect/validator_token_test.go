package detect

import "testing"

// TestTokenChecks holds the checks of credentials against published vectors and against
// one character changed.
func TestTokenChecks(t *testing.T) {
	xprv := "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi" // BIP 32, test vector 1
	nsec := "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5"                                                 // NIP 19
	gitlab := "glpat-RmFrZTFNYWRlMlVwM05vdDRBNVJlYWw2S2V5N09mOA.01.16"                                                        // without its checksum
	for _, c := range []struct {
		name  string
		valid func([]byte) bool
		text  string
		want  bool
	}{
		{"xprv", validXPRV, xprv, true},
		{"xprv", validXPRV, xprv[:len(xprv)-1] + "j", false},
		{"bech32", validBech32, nsec, true},
		{"bech32", validBech32, nsec[:len(nsec)-1] + "q", false},
		{"gitlab-crc", validGitLabRoutable, gitlab + "0000000", false},
		{"discord", validDiscordToken, "MTIzNDU2Nzg5MDEyMzQ1Njc4.Fake1M.ade2Up3Not4A5Real6Key7Of8Nob", true},
		{"discord", validDiscordToken, "bm90IGEgc25vd2ZsYWtlISEh.Fake1M.ade2Up3Not4A5Real6Key7Of8Nob", false},
		{"key", validKey, "glpat-Fake1Made2Up3Not4A5R", true},
		{"key", validKey, "glpat-xxxxxxxxxxxxxxxxxxxx", false},
		{"key", validKey, "glpat-your-token-goes-here", false},
		{"key", validKey, "api_org_ABCDEFGHIJEXAMPLEabcdefghijklmnop", false},
	} {
		if got := c.valid([]byte(c.text)); got != c.want {
			t.Errorf("%s(%s) = %v, want %v", c.name, c.text, got, c.want)
		}
	}
}
