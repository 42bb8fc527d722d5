package proxy

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/mcpveil/mcpveil/internal/mcpwire"
)

// legacyParam names the session in the URL that a client of the HTTP+SSE transport (2024-11-05)
// sends its messages to. That transport answers a GET with a stream, whose first event says where to
// POST; answers come on the stream.
const legacyParam = "mcpveil_stream"

// attachLegacy finds the session of a POST that belongs to a stream.
func (x *exchange) attachLegacy(id string) *fault {
	live := x.p.legacy.get(id)
	if live == nil || live.principal != x.principal || x.r.Method != http.MethodPost {
		return noSession
	}
	x.live, x.streamID, x.target = live, id, live.endpoint
	return nil
}

// endpoint puts an address of ours in the place of the server's, and remembers which it stands
// for. Only an address on the upstream's own host is taken: the server must not choose
// where the proxy sends what clients send.
func (r *relay) endpoint(ev *mcpwire.Event) bool {
	x := r.x
	ref, err := url.Parse(strings.TrimSpace(string(ev.Data)))
	if err != nil || r.legacyID != "" || x.sessionID != "" {
		return r.refuseEndpoint()
	}
	to := x.target.ResolveReference(ref)
	if to.Scheme != x.target.Scheme || to.Host != x.target.Host || to.User != nil {
		return r.refuseEndpoint()
	}
	x.live.endpoint, x.live.stream = to, r.out
	r.legacyID, r.holds = randomID(), false // others write to this stream too
	x.p.legacy.put(r.legacyID, x.live)
	return r.write(ev, []byte("?"+legacyParam+"="+r.legacyID))
}

func (r *relay) refuseEndpoint() bool {
	r.x.p.log.Warn("http stream ended", "reason", "the upstream server names an endpoint that is not its own")
	return false
}

// end forgets the stream.
func (r *relay) end() {
	if r.legacyID != "" {
		r.x.p.legacy.drop(r.legacyID)
	}
}

// isLegacy reports whether r goes to a stream that we named in its endpoint.
func isLegacy(r *http.Request) bool { return strings.HasPrefix(r.URL.RawQuery, legacyParam+"=") }
