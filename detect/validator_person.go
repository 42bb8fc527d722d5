package detect

import "unicode/utf8"

// validPerson checks that none of the words of text, capitalised and found where a name is expected, is one that
// names of persons do not have: a company's, a team's, a role's, a form's.
func validPerson(text []byte) bool {
	words := 0
	for i := 0; i < len(text); {
		if c := text[i]; !isLetter(c) && c < utf8.RuneSelf {
			i++
			continue
		}
		start := i
		for i < len(text) && (isLetter(text[i]) || text[i] >= utf8.RuneSelf) {
			i++
		}
		var low [24]byte
		w := text[start:i]
		if len(w) <= len(low) && !(words > 0 && inNames[string(w)]) && nobody[string(lowered(low[:0], w))] {
			return false
		}
		words++
	}
	return words > 0 && !placeholder(text)
}

// lowered appends word to dst, its ASCII letters in lower case.
func lowered(dst, word []byte) []byte {
	for _, c := range word {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}

// inNames are words that stand behind others in names: Jürgen von der Weiden, Nguyễn Văn An.
var inNames = set("van", "von", "der", "den", "de", "del", "da", "dos", "do", "di", "la", "bin", "al", "zu", "ter", "y", "An")

// nobody are words that stand where names do, capitalised, and are in none.
var nobody = set(
	"the", "a", "an", "all", "any", "and", "or", "of", "for", "to", "this", "that", "these", "those", "your", "our", "my", "we", "i", "you", "it", "is", "are", "was", "please", "thank", "thanks", "see", "not", "no", "none", "null", "nil",
	"unknown", "anonymous", "undefined", "required", "optional", "string", "number", "integer", "boolean", "object", "array", "value", "name", "names", "type", "id", "date", "time", "email", "phone", "address", "status", "yes", "true", "false", "test", "example", "sample", "demo",
	"team", "teams", "support", "service", "services", "department", "dept", "group", "division", "office", "unit", "committee", "board", "council", "staff", "inc", "llc", "ltd", "limited", "corp", "corporation", "company", "co", "gmbh", "ag", "kg", "sa", "sas", "sarl", "srl", "spa", "bv", "nv", "plc", "oy", "ab",
	"foundation", "project", "bank", "university", "institute", "college", "school", "hospital", "clinic", "center", "centre", "association", "society", "agency", "ministry", "systems", "solutions", "software", "technologies", "technology", "international", "global", "holdings", "industries", "partners", "consulting", "labs", "bot", "ci", "actions", "contributors", "authors", "maintainers", "developers", "community",
	"customer", "customers", "client", "clients", "user", "users", "member", "members", "guest", "patient", "patients", "student", "employee", "employees", "admin", "administrator", "manager", "director", "engineer", "developer", "president", "chairman", "chair", "speaker", "secretary", "minister", "officer", "editor", "recruiter", "sir", "sirs", "madam", "madame", "hiring", "friend", "friends", "colleague", "colleagues", "reader", "readers", "everyone", "folks", "ladies", "gentlemen", "sales", "marketing", "finance", "legal", "human", "resources", "operations", "security", "billing", "senior", "junior", "chief", "world", "there", "santa",
	"who", "pepper", "suite", "apt", "street", "avenue", "road", "january", "february", "march", "april", "june", "july", "august", "september", "october", "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
	"meine", "mein", "meinen", "meiner", "ihre", "ihr", "ihren", "unsere", "unser", "ich", "wir", "sie", "nicht", "kein", "keine", "guten", "hallo", "danke", "bitte", "nein", "handynummer", "rufnummer", "telefonnummer",
	"hi", "hello", "hey", "good", "morning", "okay", "sorry", "hola", "buenos", "buenas", "gracias", "bonjour", "bonsoir", "merci", "mon", "mes", "buongiorno", "buonasera", "salve", "ciao", "grazie", "olá", "obrigado", "obrigada", "meu", "minha",
	"goedemorgen", "goedemiddag", "goedendag", "dank", "mijn", "dzień", "dobry", "cześć", "dziękuję", "proszę", "mój", "moja",
	"direktor", "direktorin", "doktor", "professor", "präsident", "präsidentin", "kanzler", "kollege", "kollegin", "kollegen", "kolleginnen", "kunde", "kundin", "kunden", "damen", "herren", "und", "oder", "der", "die", "das", "abteilung", "vertrieb", "leser", "freunde", "gäste", "mitglieder", "nachbar",
	"client", "cliente", "clientes", "clienti", "usuario", "usuário", "señor", "señora", "senhor", "senhora", "amigo", "amiga", "amigos", "amici", "amie", "amis", "équipe", "equipo", "equipe", "servicio", "serviço", "service", "servizio", "departamento", "département", "le", "les", "el", "los", "las", "il", "lo", "monsieur", "messieurs", "mesdames", "collega", "colleghi", "klant", "heer", "mevrouw", "leden",
	"tutti", "todos", "todas", "tous", "toutes", "directeur", "président", "presidente", "presidenta", "ministre", "ministro", "ministra", "doctor", "doctora", "profesor", "profesora", "señores",
)

// validPersonCJK checks that text, in an East Asian script, is none of the words for people that
// stand before a form of address as names do.
func validPersonCJK(text []byte) bool { return len(text) > 0 && !nobodyCJK[string(text)] }

var nobodyCJK = set(
	"이용자", "방문자", "신청자", "구매자", "주문자", "사용자", "관리자", "담당자", "유저분", "고객분", "선생", "사장", "기사", "교수", "원장", "주인", "조합원", "구독자", "지원자", "참가자", "진행자", "하나", "여러분", "연구원", "위원장", "전문가", "성직자", "공무원", "변호사", "조교수", "부사장", "부장", "지도자", "기술자", "유권자", "소비자", "조카분", "도우미", "안내원", "임직원", "예약자", "추천인",
)
