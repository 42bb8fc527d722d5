package corpus

import (
	"fmt"
	"math/big"
	"strings"
)

// value draws one value of a kind that the built-in packs find by itself.
func (g *generator) value() Planted {
	p := Planted{Message: g.message}
	switch g.r.IntN(8) {
	case 0:
		p.Entity, p.Value = "EMAIL_ADDRESS", fmt.Sprintf("%s.%s%d@%s-mail.org", g.pick(firstNames), g.pick(lastNames), g.r.IntN(100), g.pick([]string{"acme", "north", "river", "oak"}))
	case 1:
		p.Entity, p.Value = "CREDIT_CARD", g.card()
	case 2:
		p.Entity, p.Value = "IBAN_CODE", g.iban()
	case 3:
		p.Entity, p.Value = "US_SSN", fmt.Sprintf("%03d-%02d-%04d", 100+g.r.IntN(500), 10+g.r.IntN(80), 1000+g.r.IntN(8000))
	case 4:
		p.Entity, p.Value = "PHONE_NUMBER", fmt.Sprintf("+1 415 %03d %04d", 200+g.r.IntN(700), g.r.IntN(10000))
	case 5:
		p.Entity, p.Value = "AWS_ACCESS_KEY", "AKIA"+g.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)
	case 6:
		p.Entity, p.Value = "MAC_ADDRESS", g.mac()
	default:
		p.Entity, p.Value = "KR_RRN", fmt.Sprintf("%02d%02d%02d-%d%s", 60+g.r.IntN(39), 1+g.r.IntN(12), 1+g.r.IntN(28), 1+g.r.IntN(2), g.digits(6))
	}
	return p
}

func (g *generator) from(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[g.r.IntN(len(alphabet))]
	}
	return string(b)
}

// card draws a Visa number in groups of four, with its Luhn digit.
func (g *generator) card() string {
	s := "4" + g.digits(14)
	sum := 0
	for i, c := range s {
		d := int(c - '0')
		if i%2 == 0 { // every second digit from the right of the whole number
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	s += string(rune('0' + (10-sum%10)%10))
	return s[:4] + " " + s[4:8] + " " + s[8:12] + " " + s[12:]
}

// iban draws a German IBAN with its ISO 7064 check digits.
func (g *generator) iban() string {
	bban := g.digits(18)
	n, _ := new(big.Int).SetString(bban+"131400", 10)
	check := 98 - new(big.Int).Mod(n, big.NewInt(97)).Int64()
	return fmt.Sprintf("DE%02d%s", check, bban)
}

func (g *generator) mac() string {
	parts := make([]string, 6)
	for i := range parts {
		parts[i] = g.hex(2)
	}
	return strings.Join(parts, ":")
}

var firstNames = strings.Fields("ada grace alan edsger barbara donald radia ken margaret tony frances niklaus")
var lastNames = strings.Fields("hopper lovelace turing knuth liskov perlman thompson hamilton hoare allen wirth")

var englishWords = strings.Fields(`the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one you were all her
she there would their we him been has when who will no more if out so up said what its about than into them can only other time new some could these two may first then
do any like my now over such our man me even most made after also did many off before must well back through years much where your way down should because long each
just state those people too mr how little good world make very year still see own work men day get here between both life being under three never know same last another
while us might great old go come since against right came take used himself few house american use place during high without again home around small however found
mrs part school thought went say general once upon war left every don't does got united number hand course water until always away public something fact less though far
put head think called set almost enough end took government night yet system better four nothing told eyes city going president why days present point didn't look find
asked second group later next room social business knew program several half side toward face country order possible`)

var koreanWords = strings.Fields(`그리고 하지만 우리는 컴포넌트 상태를 업데이트 하는 방법을 배웁니다 사용자가 버튼을 클릭하면 화면이 다시 렌더링 됩니다 이 예제에서는 배열의 항목을 추가
제거 변경 합니다 서버에서 데이터를 가져온 다음 결과를 표시 한다면 효과를 사용할 수 있습니다 함수 안에서 선언된 변수는 다음 렌더링까지 유지되지 않습니다 문서를 참고하세요`)
