package bytescan

import (
	"math/bits"
	"strings"
	"sync"
)

// sample is a little of all that traffic holds. What shares a bucket is decided on it, beside the model of buckets.go: that knows which
// byte follows which, but not that machines write the time everywhere. It is nobody's traffic, and decides never what is found.
const sample = `{"jsonrpc":"2.0","id":17,"method":"tools/call","params":{"name":"read_file","arguments":{"path":"/home/dev/app/src/main.go","limit":200}}}
{"jsonrpc":"2.0","id":17,"result":{"content":[{"type":"text","text":"The service starts, and reads its configuration from the environment.
It is not possible to use both options at the same time; however, you can set the second one later (see the notes below).
"}],"isError":false}} {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"a81","progress":45,"total":100}}
2024-03-18T09:41:27.318Z INFO server: listening on 127.0.0.1:8080 pid=48213 version=1.14.2
2023-11-02 22:07:55,904 [main-3] WARN com.example.store.Cache - evicted 1204 entries in 37.5ms, 64% left
2025/06/30 13:26:49.071833 http.go:218: GET /api/v2/orders/90417?page=3&sort=desc 200 1532 0.482s
10.4.0.17 - - [07/Feb/2024:16:52:03 +0000] "POST /login HTTP/1.1" 302 5124 "https://shop.example.com/cart" "Mozilla/5.0 (X11; Linux x86_64)"
Sep 14 06:33:12 node-05 kernel: [48213.907112] eth0: link up, 1000Mbps, full duplex ERROR [worker-12] DEBUG done ok
time="2024-12-25T18:20:36+09:00" level=error msg="retry in 250ms" attempt=2 elapsed=1834.227ms bytes=5921340 trace=9f2c41d07be8a365
{"id":583920174,"active":true,"deleted":false,"amount":1204.50,"ratio":0.7341092518,"lat":47.376887,"lng":8.541694,"count":0,"updatedAtMs":1719830465127,
"createdAt":"2022-08-09T04:15:58Z","uuid":"3b9d0f72-58ce-4a16-9e27-c04a8b6d15f3","sha":"d41e8c09b7f2a6530e94c81bd7f6a2035ec9417b","tags":["new","eu"],"notes":null}
id,name,email,total,date
1042,desk lamp,none,"1,299.00",2021-05-17
1043,chair,none,85.25,17.05.2021
| step | count | share |
|------|------:|------:|
| load | 12,480 | 83.2% |
## Getting started
To install it, run the following command, then open http://localhost:3000 in your browser:
    npm install --save-dev typescript@5.4.2 && npm run build
Please note that this function should only be called when there is at least one item; otherwise an error is returned to the caller.
As chapter 3), figure 12) and table 4.1 show (pp. 20-25), {"ko":"\uc624\ub298\uc740 \ub0a0\uc528\uac00 \uc88b\uc544\uc11c \ubaa8\ub450 \ud568\uaed8 \uacf5\uc6d0\uc5d0 \uac14\ub2e4. \u4eca\u65e5\u306f"}
{"text":"\uc774 \ubb38\uc11c\ub294 \uc0ac\uc6a9\uc790\uac00 \ucc98\uc74c \ubd80\ud130 \ubc30\uc6b0\uba74\uc11c \ub530\ub77c \ud560 \uc218 \uc788\ub294 \uc608\uc81c\ub97c \ubcf4\uc5ec \uc90d\ub2c8\ub2e4 \u00e9t\u00e9 \u2026"} it didn't change. "\n\tif err" \"quoted\"
the of and to in is that it was for on are as with they be at one have this from or had by hot but some what there we can out other were all your when
up use word how said an each she which do their time if will way about many then them would write like so these her long make thing see him two has
look more day could go come did my sound no most number who over know water than call first people may down side been now find any new work part take
get place made live where after back little only round man year came show every good me give our under name very through just form much great think
say help low line before turn cause same mean differ move right boy old too does tell sentence set three want air well also play small end put home
read hand port large spell add even land here must big high such follow act why ask men change went light kind off need house picture try us again
animal point mother world near build self earth father head stand own page should country found answer school grow study still learn plant cover food
sun four thought let keep eye never last door between city tree cross since hard start might story saw far sea draw left late run while press close
night real life few stop open seem together next white children begin got walk example ease paper often always music those both mark book letter until
mile river car feet care second group carry took rain eat room friend began idea fish mountain north once base hear horse cut sure watch color face
wood main enough plain girl usual young ready above ever red list though feel talk bird soon body dog family direct pose leave song measure state
product black short numeral class wind question happen complete ship area half
We have been working with our customers for more than ten years, and their questions are what this page is about.
func (s *Server) handle(w http.ResponseWriter, r *http.Request) error {
	if err := s.store.Get(r.Context(), key, &value); err != nil { return fmt.Errorf("get %q: %w", key, err) }
	for i := 0; i < len(items); i++ { sum += items[i].Price * 1.19 }
def parse(self, data: bytes, offset=0x1f40) -> Optional[int]:
    """Return the number of records, or None."""
    return struct.unpack(">I", data[4:8])[0] if len(data) > 16 else None
const response = await fetch("/users/" + id, { method: "PUT", headers: { "Content-Type": "application/json" } });
public static void main(String[] args) { System.out.println("Hello"); } // TODO: remove
SELECT account_id, SUM(price) AS total FROM orders WHERE created_at >= '2020-01-01' GROUP BY account_id LIMIT 50;
panic: runtime error: index out of range [5] with length 3
	/usr/local/go/src/runtime/panic.go:884 +0x212  rsp 0x00007ffd4a3c9e10
-rw-r--r-- 1 root root 48213 Apr  3 10:28 package-lock.json  {"a":[1,2,3,42,[-0.5,1e-9]],"b":{"c":"d"}}
commit 7e0a94c1 Merge branch 'feature/search' (#1287)  diff --git a/README.md b/README.md index 58fd1a2..c90be47 100644 @@ -10,7 +10,8 @@
<div class="row"><a href="/docs/guide.html#intro">Guide</a></div>  {"type":"image","mimeType":"image/png","data":"iVBORw0KGgoAAAANSUhEUgAAAZAAAAEsCAIAAABi1XKVAAAgAElEQVR4nO3dd5wU5f0H8M93Zmf3rt/B0bsgRQQUBcVesGDvGjUao0lMjCma+EtiEhNNjCbGmGIssUeNvXfFhqIoKIqAINLL0Y67/QmzvZ2Z7++P2T2Og0P2Kvuaz/vFi9ebz87NPrM7"}
image: postgres:16.2-alpine  cpu: 500m  schedule: "0 4 * * 1"
`

// sampleWords is how many words of bits say something of each byte of sample.
const sampleWords = (len(sample) - Depth + 63) / 64

// sampled says of the places in sample where a bucket may accept, a bit each, whether it accepts what stands so many bytes behind.
type sampled [Depth][sampleWords]uint64

// samplePlaces are the places in sample where a bucket of each kind may accept.
var samplePlaces = sync.OnceValue(func() (places [bucketKinds][]int16) {
	c := new(Classes)
	for i := range len(sample) - Depth {
		if i%Block == 0 {
			c.Read([]byte(sample), i, len(sample), true)
		}
		k, bit := i%Block/64, i%64
		for kind, may := range [bucketKinds]uint64{kindWord: c.WordStart[k], kindDigit: c.DigitStart[k], kindAny: ^uint64(0)} {
			if may>>bit&1 != 0 {
				places[kind] = append(places[kind], int16(i))
			}
		}
	}
	return places
})

// A lookedUp is a set at a place of a bucket of a kind.
type lookedUp struct {
	kind, place int
	set         Set
}

// look notes what b, of one anchor, accepts of sample.
func (by *bucketing) look(b *bucket) {
	b.sampled = new(sampled)
	places := samplePlaces()[b.kind]
	for k := range b.sampled {
		row, set := &b.sampled[k], &b.accepts[k]
		of := lookedUp{b.kind, k, *set}
		if known, ok := by.looked[of]; ok { // most sets are of many anchors
			*row = *known
			continue
		}
		var has [256]uint64
		for c := range 128 {
			has[c] = set[c>>6] >> (c & 63) & 1
		}
		for w := range row {
			var m uint64
			for i, p := range places[min(64*w, len(places)):min(64*w+64, len(places))] {
				m |= has[sample[int(p)+k]] << i
			}
			row[w] = m
		}
		by.looked[of] = row
	}
}

// met returns at how many places in sample, of all bytes, a bucket made of some accepts, if so many places are looked at.
func met(windows int, of ...*bucket) float64 {
	n := 0
	for w := range (len(samplePlaces()[of[0].kind]) + 63) / 64 {
		m := ^uint64(0)
		for k := range windows {
			any := uint64(0)
			for _, b := range of {
				any |= b.sampled[k][w]
			}
			if m &= any; m == 0 {
				break
			}
		}
		n += bits.OnesCount64(m)
	}
	return float64(n) / float64(len(sample))
}

// lookWith notes what a bucket made of some accepts of sample.
func (b *bucket) lookWith(of ...*bucket) {
	b.sampled = new(sampled)
	for k := range b.sampled {
		for _, o := range of {
			for w, m := range o.sampled[k] {
				b.sampled[k][w] |= m
			}
		}
	}
}

// inSample returns how often c is in sample, of all bytes.
func inSample(c byte) float64 {
	return float64(strings.Count(sample, string(rune(c)))) / float64(len(sample))
}
