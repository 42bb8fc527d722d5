package detect

import "unicode/utf8"

// noises are words that say of digits behind them that they are something else than a person's
// number: they count against all rules that listen to words, beside those that a rule names
// itself. What a person is asked for on the same form, such as an account, an ID or a date, is
// none of them.
var noises = func() *lexicon {
	x := newLexicon(1)
	for _, w := range [...]string{
		"order", "invoice", "version", "trace", "sha", "build", "price", "amount", "commit", "revision", "timestamp", "epoch", "sku", "tracking",
		"bestellung", "bestellnummer", "betrag", "preis", "commande", "montant", "prix", "pedido", "importe", "precio", "preço", "ordine", "importo", "prezzo",
		"주문", "송장", "버전", "금액", "가격", "커밋", "注文", "伝票", "バージョン", "金額", "価格", "订单", "訂單", "版本", "金额", "价格", "заказ", "версия", "цена", "сумма",
	} {
		if !x.add(w, 0) {
			panic("detect: internal error: " + w)
		}
	}
	return x
}()

// noiseReach is how many bytes may stand between such a word and digits. It is less than for
// words that a rule names: what is meant is the label of the number, as in "order no. 1", not
// what the text is about.
const noiseReach = 20

// A date is one whatever it is the date of.
var unmoved = map[Entity]bool{"DATE_TIME": true, "DATE_OF_BIRTH": true}

// noisy reports whether one of noises stands before a match of r, nearer than what speaks for
// it. A match with letters in it is not taken for a mere number.
func (s *scan) noisy(e *evidence, r *rule, start, end, last int) bool {
	if !r.context || r.unmoved || e.exact || e.partial || e.against {
		return false
	}
	for _, c := range s.raw[start:end] {
		if isLetter(c) || c >= utf8.RuneSelf {
			return false
		}
	}
	noise := s.noiseBefore(start)
	if noise.start < 0 || !e.context {
		return noise.start >= 0
	}
	pro := s.supportBefore(r, start, last)
	return pro >= 0 && noise.end > pro // if what speaks for it stands behind, that is next to it
}

// supportBefore returns where the last word ends that stands before a match of r at start and speaks for it, or -1.
func (s *scan) supportBefore(r *rule, start, last int) (pro int) {
	pro = -1
	low := max(0, start-contextBefore)
	note := func(w *mention) {
		if int(w.start) >= low && int(w.end) <= start && s.d.lexicon.speaksFor(w.phrase, r.index) {
			pro = max(pro, int(w.end))
		}
	}
	if w := &s.waking.said; low < start && w.knows(low, start) {
		for k := (low - w.low) / unit; k <= (start-1-w.low)/unit; k++ {
			for i := w.from[k]; i < w.to[k]; i++ {
				note(&w.phrases.all[i])
			}
		}
		return pro
	}
	s.quiet(&s.pro, start, last) // which reads what is there
	m := &s.pro.mentions[0]
	for k := m.n - 1; k >= max(0, m.n-maxMentions) && int(m.ring[k%maxMentions].start) >= low; k-- {
		note(&m.ring[k%maxMentions])
	}
	return pro
}

// noiseBefore returns the last of noises that is the label of a number at raw[start]; its start
// is -1 if there is none.
func (s *scan) noiseBefore(start int) value {
	m, low := &s.noise.mentions[0], max(0, start-contextBefore)
	s.read(&s.noise, m, low, start)
	for k := m.n - 1; k >= max(0, m.n-maxMentions); k-- {
		w := &m.ring[k%maxMentions]
		if int(w.start) < low {
			break
		}
		if end := int(w.end); end <= start && start-end <= noiseReach && !clauseEnds(s.raw[end:start]) {
			return value{start: int(w.start), end: end}
		}
	}
	return value{start: -1}
}

// clauseEnds reports whether what stands between a word and a number parts them.
func clauseEnds(between []byte) bool {
	for i, c := range between {
		switch c {
		case ';', '!', '?', '\n', '}':
			return true
		case '.': // but for that of an abbreviation: no. 1
			if i > 3 && i+1 < len(between) && between[i+1] == ' ' {
				return true
			}
		case ',': // the next member, or the rest of a sentence
			return true
		}
	}
	return false
}
