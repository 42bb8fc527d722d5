package patterns_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/mcpveil/mcpveil/detect"
)

// A phrase is a text as people write it in forms, chats, JSON, CSV and logs, and what in it is
// to be found: pairs of an entity and a value.
type phrase struct {
	text  string
	wants []string
}

// asia holds texts of Asian countries, in their languages. All numbers are made up; where
// there is a check digit it is right, but where the text says so.
var asia = map[string][]phrase{
	"kr": {
		{"고객님 주민등록번호 880723-1234567 확인되었습니다.", []string{"KR_RRN", "880723-1234567"}},
		{`{"name":"김하늘","jumin_no":"8807231234567","hp":"01098761234"}`, []string{"KR_RRN", "8807231234567", "PHONE_NUMBER", "01098761234"}},
		{"외국인등록번호(ARC): 950312-6123459 / 국적: 베트남", []string{"KR_FRN", "950312-6123459"}},
		{"여권번호는 M456B7890이고 만료일은 2031년 5월입니다", []string{"KR_PASSPORT", "M456B7890"}},
		{"운전면허 13-21-654321-07 (2종 보통)", []string{"KR_DRIVER_LICENSE", "13-21-654321-07"}},
		{"환불은 신한은행 110-456-789012 예금주 이도윤으로 부탁드려요", []string{"KR_BANK_ACCOUNT", "110-456-789012"}},
		{"카카오뱅크 3333-05-1234567로 입금했습니다", []string{"KR_BANK_ACCOUNT", "3333-05-1234567"}},
		{"사업자등록번호 105-81-23457, 법인등록번호 110111-1234567", []string{"KR_BRN", "105-81-23457", "KR_CORP_NO", "110111-1234567"}},
		{"개인통관고유부호 P190012345678 입력해 주세요", []string{"KR_PCC", "P190012345678"}},
		{"담당자 연락처 010.9876.5432 또는 02-3456-7890", []string{"PHONE_NUMBER", "010.9876.5432", "PHONE_NUMBER", "02-3456-7890"}},
		{"이름,주민번호,전화\n박서연,990815-2345678,010-5555-1234", []string{"KR_RRN", "990815-2345678", "PHONE_NUMBER", "010-5555-1234"}},
		{`{"bizNo":"1058123457","ceo":"정우진"}`, []string{"KR_BRN", "1058123457"}},
		{"우리은행 1002-987-654321 (예금주: 최민준)", []string{"KR_BANK_ACCOUNT", "1002-987-654321"}},
		{"국민 654321-04-123456 박지민 으로 보내줘", []string{"KR_BANK_ACCOUNT", "654321-04-123456"}},
		{"등본: 주민등록번호 900101 - 1****** 이하 생략", []string{"KR_RRN", "900101 - 1******"}},
		{"주차 등록 차량번호는 68허1234 입니다", []string{"KR_VEHICLE_PLATE", "68허1234"}},

		{"주문번호 20260115-0012345 상품이 발송되었습니다", nil},
		{"매출 12조 3456억원, 영업이익 1조 234억원", nil},
		{`{"orderId":"8807231234567","createdAt":1767311380105}`, nil},
		{"송장번호 123456789012 (CJ대한통운)", nil},
		{"대법원 2019다12345 판결, 서울고법 2023나1234", nil},
		{"버전 2.10.4-1234, 빌드 20240115.3", nil},
		{"2024-01-15 10:30:00 회의실 302호", nil},
		{"우편번호 06236 서울특별시", nil},
	},
	"jp": {
		{"マイナンバー：738291046583をご提出ください", []string{"JP_MY_NUMBER", "738291046583"}},
		{"個人番号は 2048 1936 5720 です", []string{"JP_MY_NUMBER", "2048 1936 5720"}},
		{`{"氏名":"山田太郎","個人番号":"738291046583","電話番号":"09087654321"}`, []string{"JP_MY_NUMBER", "738291046583", "PHONE_NUMBER", "09087654321"}},
		{"お電話は03-5432-9876、携帯は080-9876-5432まで", []string{"PHONE_NUMBER", "03-5432-9876", "PHONE_NUMBER", "080-9876-5432"}},
		{"振込先：三井住友銀行 渋谷支店 普通 7654321 カ）サンプル", []string{"JP_BANK_ACCOUNT", "7654321"}},
		{"ゆうちょ銀行 記号 10120 番号 12345671 に振り込みました", []string{"JP_BANK_ACCOUNT", "10120 番号 12345671"}},
		{"旅券番号 TZ1234567、有効期限 2030年", []string{"JP_PASSPORT", "TZ1234567"}},
		{"運転免許証番号 305512345670（東京都公安委員会）", []string{"JP_DRIVER_LICENSE", "305512345670"}},
		{"在留カード番号 AB87654321CD を確認しました", []string{"JP_RESIDENCE_CARD", "AB87654321CD"}},
		{"適格請求書発行事業者登録番号 T9120001098765", []string{"JP_CORPORATE_NO", "T9120001098765"}},
		{"法人番号：9010401012345 株式会社見本", []string{"JP_CORPORATE_NO", "9010401012345"}},
		{"基礎年金番号 9876-543210 を記入", []string{"JP_PENSION_NO", "9876-543210"}},
		{"保険者番号 06271234 記号 123 番号 45", []string{"JP_HEALTH_INSURANCE", "06271234", "JP_HEALTH_INSURANCE", "123 番号 45"}},
		{"連絡先: 0463-21-9876（湘南営業所）", []string{"PHONE_NUMBER", "0463-21-9876"}},

		{"注文番号 2048-1936-5720 の発送が完了しました", nil},
		{"お問い合わせ番号 123456789012", nil},
		{"令和6年1月15日 10時30分 会議室302", nil},
		{"受注番号: 1234567 数量: 3 合計 1,234,567円", nil},
		{`{"商品コード":"4901234567894","在庫":120}`, nil},
		{"バージョン 10.15.7 ビルド 19H2026", nil},
		{"普通の人なら1234567回は試さない", nil},
	},
	"cn": {
		{"我的身份证号是110101199003074514，请核对", []string{"CN_RESIDENT_ID", "110101199003074514"}},
		{"310115200111056613 张伟 已登记", []string{"CN_RESIDENT_ID", "310115200111056613"}},
		{`{"xm":"李娜","sfzh":"310115200111056619","sjh":"13987654321"}`, []string{"CN_RESIDENT_ID", "310115200111056619", "PHONE_NUMBER", "13987654321"}},
		{"联系电话：13712345678，微信同号", []string{"PHONE_NUMBER", "13712345678"}},
		{"座机 021-58881234 转 8012", []string{"PHONE_NUMBER", "021-58881234"}},
		{"统一社会信用代码：91310115MA1H7TWX49", []string{"CN_USCC", "91310115MA1H7TWX49"}},
		{"护照号码 EB1234567，签发地上海", []string{"CN_PASSPORT", "EB1234567"}},
		{"请打款到开户行：招商银行上海分行，账号 121912345610301", []string{"CN_BANK_ACCOUNT", "121912345610301"}},
		{"回乡证号 H0987654321", []string{"CN_TRAVEL_PERMIT", "H0987654321"}},
		{"车牌号沪A·8K123停在B2层", []string{"CN_VEHICLE_PLATE", "沪A·8K123"}},
		{"姓名,手机号,身份证\n王芳,15812345678,110101199003074514", []string{"PHONE_NUMBER", "15812345678", "CN_RESIDENT_ID", "110101199003074514"}},
		{"请拨打 138-0013-8123 联系客服", []string{"PHONE_NUMBER", "138-0013-8123"}},
		{"驾驶证号 110101199003074514", []string{"CN_RESIDENT_ID", "110101199003074514"}},

		{"订单编号 202601151234567890 已支付", nil},
		{"快递单号 75123456789012", nil},
		{"共计 13812345678 条记录", nil},
		{"版本号 3.2.1.20240115，构建 4567", nil},
		{`{"taskId":"110101199003074515","ts":1767311380105}`, nil},
		{"2024年1月15日 北京市 气温 12℃", nil},
		{"第13812345678次测试", nil},
	},
	"in": {
		{"Customer's Aadhaar is 5487 3210 9656, please verify.", []string{"IN_AADHAAR", "5487 3210 9656"}},
		{"मेरा आधार नंबर 548732109656 है", []string{"IN_AADHAAR", "548732109656"}},
		{"PAN card no. BNZPM2501F linked", []string{"IN_PAN", "BNZPM2501F"}},
		{`{"gstin":"07AAACM5678L1ZZ","mobile":"9812345670"}`, []string{"IN_GSTIN", "07AAACM5678L1ZZ", "PHONE_NUMBER", "9812345670"}},
		{"Billed to 27ABCPK1234F1Z5 under reverse charge", []string{"IN_GSTIN", "27ABCPK1234F1Z5"}},
		{"transfer to HDFC, IFSC: HDFC0001234, A/c 50100987654321", []string{"IN_IFSC", "HDFC0001234", "IN_BANK_ACCOUNT", "50100987654321"}},
		{"gpay karo ravi.sharma88@okicici pe", []string{"IN_UPI", "ravi.sharma88@okicici"}},
		{"Voter ID (EPIC) ABC1234566", []string{"IN_VOTER", "ABC1234566"}},
		{"DL No. MH14 20150023456 expired", []string{"IN_DRIVING_LICENSE", "MH14 20150023456"}},
		{"मोबाइल: 98123 45678", []string{"PHONE_NUMBER", "98123 45678"}},
		{"My passport number is K8765431", []string{"IN_PASSPORT", "K8765431"}},
		{"vehicle KA 05 MH 4321 parked at gate 2", []string{"IN_VEHICLE_REGISTRATION", "KA 05 MH 4321"}},
		{"call me on +91 98765 43210", []string{"PHONE_NUMBER", "+91 98765 43210"}},
		{"EPFO UAN 101987654321 active", []string{"IN_UAN", "101987654321"}},
		{"ABHA number: 91-2345-6789-0123", []string{"IN_ABHA", "91-2345-6789-0123"}},

		{"Order 5487 3210 9651 shipped via BlueDart", nil},
		{"pan the camera 90 degrees, then zoom", nil},
		{"UTR 123456789012 for invoice 9876543210", nil},
		{"error code ABCDE1234F in module kernel", nil},
		{`{"sku":"ABC1234567","qty":9812345670}`, nil},
		{"npm i @ybl/core@1.2.3", nil},
		{"call the function with 9812345670 iterations", nil},
	},
	"tw": {
		{"身分證字號 F223456786，姓名 陳怡君", []string{"TW_ID", "F223456786"}},
		{`{"id_number":"A123456789","mobile":"0987-654-321"}`, []string{"TW_ID", "A123456789", "PHONE_NUMBER", "0987-654-321"}},
		{"發票請打統編 53124803", []string{"TW_UBN", "53124803"}},
		{"請匯款至國泰世華銀行 (013) 001234567890 戶名王小明", []string{"TW_BANK_ACCOUNT", "(013) 001234567890"}},
		{"聯絡電話：02-2345-6789 或 0912345678", []string{"PHONE_NUMBER", "02-2345-6789", "PHONE_NUMBER", "0912345678"}},
		{"居留證號碼 H800123457", []string{"TW_ID", "H800123457"}},

		{"型號 A223456786 已停產", nil},
		{"民國113年01月15日 20240115", nil},
		{"訂單編號 53124803 出貨完成", nil},
	},
	"hk": {
		{"香港身份證號碼：K234567(6)", []string{"HK_ID", "K234567(6)"}},
		{"HKID A123456(3) verified at counter", []string{"HK_ID", "A123456(3)"}},
		{`{"hkid":"Z683365A","phone":"9123 4567"}`, []string{"HK_ID", "Z683365A", "PHONE_NUMBER", "9123 4567"}},
		{"請過數到匯豐戶口 123-456789-838", []string{"HK_BANK_ACCOUNT", "123-456789-838"}},
		{"手提電話 6123 4567，麻煩致電", []string{"PHONE_NUMBER", "6123 4567"}},

		{"part A123456(4) in stock", nil},
		{"f(x)=B123456 (2)", nil},
		{"參考編號 91234567", nil},
	},
	"sg": {
		{"My NRIC is S8512345I and my wife's FIN is G3456789T", []string{"SG_NRIC_FIN", "S8512345I", "SG_NRIC_FIN", "G3456789T"}},
		{`{"uinfin":"T0123456G","handphone":"91234567"}`, []string{"SG_NRIC_FIN", "T0123456G", "PHONE_NUMBER", "91234567"}},
		{"ACRA UEN 201812345M, GST registered", []string{"SG_UEN", "201812345M"}},
		{"PayNow to POSB savings account 123-45678-9", []string{"SG_BANK_ACCOUNT", "123-45678-9"}},
		{"Passport No: K7654321M (Singapore)", []string{"SG_PASSPORT", "K7654321M"}},

		{"serial S8512345A replaced", nil},
		{"invoice 91234567 due", nil},
		{"model F2345678K datasheet", nil},
	},
	"th": {
		{"เลขประจำตัวประชาชน 1-1017-01234-56-1", []string{"TH_TNIN", "1-1017-01234-56-1"}},
		{`{"citizen_id":"3509900876547","mobile":"081-234-5678"}`, []string{"TH_TNIN", "3509900876547", "PHONE_NUMBER", "081-234-5678"}},
		{"โอนเข้าบัญชีกสิกรไทย 123-4-56789-0 ได้เลยค่ะ", []string{"TH_BANK_ACCOUNT", "123-4-56789-0"}},
		{"เบอร์โทร 0891234567 ครับ", []string{"PHONE_NUMBER", "0891234567"}},
		{"เลขผู้เสียภาษี 0105556123453", []string{"TH_TIN", "0105556123453"}},

		{"บาร์โค้ด 8851234567890", nil},
		{"ราคา 1,234,567 บาท วันที่ 15/01/2567", nil},
		{"คำสั่งซื้อ 110170123456", nil},
	},
	"id": {
		{"NIK saya 3273015204950001, mohon dicek", []string{"ID_NIK", "3273015204950001"}},
		{`{"no_ktp":"3578121201850002","no_hp":"081234567890"}`, []string{"ID_NIK", "3578121201850002", "PHONE_NUMBER", "081234567890"}},
		{"NPWP perusahaan 02.345.678.9-012.000", []string{"ID_NPWP", "02.345.678.9-012.000"}},
		{"transfer ke rekening BCA 5271234567 a.n. Siti", []string{"ID_BANK_ACCOUNT", "5271234567"}},
		{"WA ke 0857-1234-5678 ya kak", []string{"PHONE_NUMBER", "0857-1234-5678"}},

		{"nomor pesanan 3273015204950001", nil},
		{"versi 01.234.567 rilis 2024", nil},
		{"resi JNE 081234567890123", nil},
	},
	"my": {
		{"No. Kad Pengenalan: 900215-10-5432", []string{"MY_NRIC", "900215-10-5432"}},
		{`{"ic_no":"900215105432","no_telefon":"0123456789"}`, []string{"MY_NRIC", "900215105432", "PHONE_NUMBER", "0123456789"}},
		{"Sila hubungi 013-987 6543", []string{"PHONE_NUMBER", "013-987 6543"}},
		{"No. akaun Maybank 114123456789", []string{"MY_BANK_ACCOUNT", "114123456789"}},
		{"Nombor pasport A12345678", []string{"MY_PASSPORT", "A12345678"}},

		{"901315-10-5432 is no day", nil},
		{"log 240115103000 rotated", nil},
		{"invois 0123456789", nil},
	},
	"vn": {
		{"Số CCCD: 079085001234 cấp ngày 12/05/2021", []string{"VN_CCCD", "079085001234"}},
		{`{"so_cccd":"001190012345","sdt":"0912345678"}`, []string{"VN_CCCD", "001190012345", "PHONE_NUMBER", "0912345678"}},
		{"Mã số thuế 0101234565, liên hệ 0987.654.321", []string{"VN_TAX_CODE", "0101234565", "PHONE_NUMBER", "0987.654.321"}},
		{"STK 19036789012345 Techcombank", []string{"VN_BANK_ACCOUNT", "19036789012345"}},
		{"Hộ chiếu số C1234567", []string{"VN_PASSPORT", "C1234567"}},

		{"mã đơn hàng 0912345678", nil},
		{"Tue, 03 Nov 2026 10:00:00 MST 1762189200", nil},
		{"tổng cộng 1.234.567 đồng", nil},
	},
	"ph": {
		{"SSS No. 34-1234567-8 and TIN 123-456-789-000", []string{"PH_SSS", "34-1234567-8", "PH_TIN", "123-456-789-000"}},
		{"PhilHealth ID: 12-345678901-2", []string{"PH_PHILHEALTH", "12-345678901-2"}},
		{`{"gcash_number":"09171234567","drivers_license":"N01-12-123456"}`, []string{"PHONE_NUMBER", "09171234567", "PH_DRIVERS_LICENSE", "N01-12-123456"}},
		{"Pag-IBIG MID No. 1212-3434-5656", []string{"PH_PAGIBIG", "1212-3434-5656"}},

		{"part 34-1234567-8", nil},
		{"ISBN 978-971-23-4567-8", nil},
		{"order 09171234567", nil},
	},
	"pk": {
		{"CNIC 35202-7654321-9 holder", []string{"PK_CNIC", "35202-7654321-9"}},
		{"شناختی کارڈ نمبر 42201-1234567-1", []string{"PK_CNIC", "42201-1234567-1"}},
		{`{"cnic":"3520276543219","mobile":"03001234567"}`, []string{"PK_CNIC", "3520276543219", "PHONE_NUMBER", "03001234567"}},
		{"NTN: 0786543-2 Karachi", []string{"PK_NTN", "0786543-2"}},

		{"nic eth0 up at 1700000000000", nil},
		{"ref 0786543-2", nil},
		{"order 03001234567", nil},
	},
	"lk": {
		{"NIC No. 901234567V", []string{"LK_NIC", "901234567V"}},
		{`{"nic":"199012304567","mobile":"0771234567"}`, []string{"LK_NIC", "199012304567", "PHONE_NUMBER", "0771234567"}},
		{"ජාතික හැඳුනුම්පත 856789012V", []string{"LK_NIC", "856789012V"}},
		{"call the office on 011-2345678", []string{"PHONE_NUMBER", "011-2345678"}},

		{"build 901234567v", nil},
		{"nic 199099904567", nil},
		{"order 0771234567", nil},
	},
	"bd": {
		{"এনআইডি নম্বর 1990123456789", []string{"BD_NID", "1990123456789"}},
		{`{"nid_no":"19901234567890123","bkash":"01712345678"}`, []string{"BD_NID", "19901234567890123", "PHONE_NUMBER", "01712345678"}},
		{"মোবাইল 01812-345678", []string{"PHONE_NUMBER", "01812-345678"}},
		{"পাসপোর্ট নম্বর BX0123456", []string{"BD_PASSPORT", "BX0123456"}},

		{`{"nid":1700000000,"type":"article"}`, nil},
		{"ref 1990123456789", nil},
		{"order 01712345678", nil},
	},
}

// TestAsia finds in each text what is there, by a label that none overlapping it outscores,
// and nothing else. Passports of two countries that look the same share the best score.
func TestAsia(t *testing.T) {
	det := balanced(t)
	for country, phrases := range asia {
		t.Run(country, func(t *testing.T) {
			for _, p := range phrases {
				raw := []byte(p.text)
				best := unsurpassed(det.Append(nil, detect.Text{Raw: raw, Final: true, Escaped: json.Valid(raw)}))
				label := func(f detect.Finding) string { return fmt.Sprintf("%s %s", f.Rule.Entity, raw[f.Start:f.End]) }
				var places []detect.Finding // of what is wanted
				for i := 0; i < len(p.wants); i += 2 {
					want := p.wants[i] + " " + p.wants[i+1]
					at := slices.IndexFunc(best, func(f detect.Finding) bool { return label(f) == want })
					if at < 0 {
						t.Errorf("in %q %s is not found", p.text, want)
						continue
					}
					places = append(places, best[at])
				}
				for _, f := range best {
					switch f.Rule.Entity {
					case "PERSON", "STREET_ADDRESS", "DATE_OF_BIRTH", "POSTAL_CODE":
						continue // not what these texts are about
					}
					if !slices.ContainsFunc(places, func(o detect.Finding) bool { return o.Start == f.Start && o.End == f.End }) {
						t.Errorf("in %q %s is found", p.text, label(f))
					}
				}
			}
		})
	}
}

// unsurpassed leaves out what overlaps a finding with a higher score.
func unsurpassed(all []detect.Finding) (kept []detect.Finding) {
	for _, f := range all {
		if !slices.ContainsFunc(all, func(o detect.Finding) bool { return o.Start < f.End && f.Start < o.End && o.Score > f.Score }) {
			kept = append(kept, f)
		}
	}
	return kept
}
