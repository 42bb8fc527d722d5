package mcpwire

// NOTE
//
// Most of a message is its params or its result. To find where they end, all of them is walked; what stands in them is
// therefore read on the way, and not looked for again. That is for messages in which all is in order: whatever
// is not, is found later, as if nobody had looked.

// walked says how a walk over an object ended.
type walked struct {
	end    int // behind its closing bracket, if it is in order
	code   int
	at     int
	reason string // what is not in order; "" if all is
}

// note fails the message with what is not in order.
func (p *router) note(how walked) {
	if how.reason != "" {
		p.fail(how.code, how.at, how.reason)
	}
}

// mustPick is pick where what is not in order fails the message.
func (p *router) mustPick(at int, names *nameSet, strict bool) [3]Span {
	found, how := p.pick(at, names, strict)
	p.note(how)
	return found
}

// early reads the value at msg[at] of the message's own member n if it is the object params or result, and returns its
// end; 0 if it is neither, or not in order.
func (p *router) early(n int, exact bool, at int) (end int) {
	if !exact || p.late || at >= len(p.msg) || p.msg[at] != '{' || p.top[n].To > 0 {
		return 0
	}
	switch n {
	case inParams:
		how := p.paramMembers(at)
		if p.hasParams = how.reason == ""; p.hasParams {
			return how.end
		}
		p.params, p.bad, p.badAt = [numParams]Span{}, 0, 0
	case inResult:
		found, how := p.pick(at, resultNames, false)
		if p.hasResult = how.reason == ""; p.hasResult {
			p.result = found
			return how.end
		}
	}
	return 0
}
