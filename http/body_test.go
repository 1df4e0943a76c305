package http_test

import (
	"fmt"
	nethttp "net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/http"
)

// TestMalformedBodies sends what is no JSON in the strict sense. No command
// is asked anything.
func TestMalformedBodies(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	id := string(performanceID)
	for name, body := range map[string]string{
		"cut off":               `{"performanceId":"` + id + `","seats":[7`,
		"words":                 `seats`,
		"trailing object":       `{"performanceId":"` + id + `","seats":[7]}{}`,
		"trailing comma":        `{"performanceId":"` + id + `","seats":[7],}`,
		"trailing NUL":          `{"performanceId":"` + id + `","seats":[7]}` + "\x00",
		"duplicate name":        `{"performanceId":"` + id + `","seats":[7],"seats":[8]}`,
		"escaped duplicate":     `{"performanceId":"` + id + `","seats":[7],"\u0073eats":[8]}`,
		"invalid UTF-8":         `{"performanceId":"` + "\xff" + `","seats":[7]}`,
		"lone surrogate":        `{"performanceId":"\ud800","seats":[7]}`,
		"byte order mark":       "\ufeff" + `{"performanceId":"` + id + `","seats":[7]}`,
		"UTF-16":                "\xfe\xff\x00{",
		"comment":               `{"performanceId":"` + id + `",/* front row */"seats":[7]}`,
		"single quotes":         `{'seats':[7]}`,
		"leading zero":          `{"performanceId":"` + id + `","seats":[07]}`,
		"hexadecimal":           `{"performanceId":"` + id + `","seats":[0x7]}`,
		"NaN":                   `{"performanceId":"` + id + `","seats":[NaN]}`,
		"raw control character": `{"performanceId":"` + "\x01" + `","seats":[7]}`,
		"white space":           "  \n ",
		"deep list":             strings.Repeat("[", 200) + strings.Repeat("]", 200),
		"deep object":           strings.Repeat(`{"seats":`, 100) + "1" + strings.Repeat("}", 100),
		"deep and cut off":      strings.Repeat("[", 8000),
	} {
		r := h.holding()
		r.body = body
		answer := h.do(r)
		require.Equal(t, 400, answer.Code, "%s: %s", name, answer.Body)
		answer.requireProblem(t, 400, "malformed_request")
	}
	require.Zero(t, h.commands.count())
}

// TestInvalidBodies sends JSON that breaks the contract. Every broken field
// is named.
func TestInvalidBodies(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	seats := func(text string) string {
		return `{"performanceId":"` + string(performanceID) + `","seats":` + text + `}`
	}
	const whole = "must be a whole number, written without fraction or exponent"
	for name, test := range map[string]struct {
		body     string
		pointers map[string]string
	}{
		"no object":            {`[]`, map[string]string{"": "must be an object"}},
		"null":                 {`null`, map[string]string{"": "must not be null"}},
		"empty":                {`{}`, map[string]string{"/performanceId": "is missing", "/seats": "is missing"}},
		"wrong case":           {`{"PerformanceID":"` + string(performanceID) + `","Seats":[7]}`, map[string]string{"/PerformanceID": "is not a field of this request", "/Seats": "is not a field of this request", "/performanceId": "is missing", "/seats": "is missing"}},
		"unknown member":       {`{"performanceId":"` + string(performanceID) + `","seats":[7],"price":1}`, map[string]string{"/price": "is not a field of this request"}},
		"pointer escapes":      {`{"performanceId":"` + string(performanceID) + `","seats":[7],"a/b~c":1}`, map[string]string{"/a~1b~0c": "is not a field of this request"}},
		"prototype":            {`{"performanceId":"` + string(performanceID) + `","seats":[7],"__proto__":{}}`, map[string]string{"/__proto__": "is not a field of this request"}},
		"wrong types":          {`{"performanceId":7,"seats":"7"}`, map[string]string{"/performanceId": "must be a string", "/seats": "must be a list"}},
		"nulls":                {`{"performanceId":null,"seats":null}`, map[string]string{"/performanceId": "must not be null", "/seats": "must not be null"}},
		"no seats":             {seats(`[]`), map[string]string{"/seats": "must have at least 1 item"}},
		"nine seats":           {seats(`[1,2,3,4,5,6,7,8,9]`), map[string]string{"/seats": "must have at most 8 items"}},
		"one seat twice":       {seats(`[7,7]`), map[string]string{"/seats": "must not have the same item twice"}},
		"zero and negative":    {seats(`[0,7,-1]`), map[string]string{"/seats/0": "must be at least 1", "/seats/2": "must be at least 1"}},
		"too large":            {seats(`[100001]`), map[string]string{"/seats/0": "must be at most 100000"}},
		"fraction":             {seats(`[1.5]`), map[string]string{"/seats/0": whole}},
		"whole, as a fraction": {seats(`[7.0]`), map[string]string{"/seats/0": whole}},
		"exponent":             {seats(`[1e1]`), map[string]string{"/seats/0": whole}},
		"beyond 64 bits":       {seats(`[9223372036854775808]`), map[string]string{"/seats/0": whole}},
		"beyond all numbers":   {seats(`[1e400]`), map[string]string{"/seats/0": whole}},
		"negative zero":        {seats(`[-0]`), map[string]string{"/seats/0": "must be at least 1"}},
		"64 bits":              {seats(`[9223372036854775807]`), map[string]string{"/seats/0": "must be at most 100000"}},
		"text and booleans":    {seats(`["7",true]`), map[string]string{"/seats/0": whole, "/seats/1": whole}},
		"id in capitals":       {`{"performanceId":"01900000-0000-7000-8000-00000000000A","seats":[7]}`, map[string]string{"/performanceId": "must be a UUID in lower case, like 01901f5c-6d2e-7a3b-8c4d-5e6f7a8b9c0d"}},
		"id in braces":         {`{"performanceId":"{01900000-0000-7000-8000-00000000000a}","seats":[7]}`, map[string]string{"/performanceId": "must have at most 36 characters"}},
		"SQL as an id":         {`{"performanceId":"'; DROP TABLE holdfast.events; --","seats":[7]}`, map[string]string{"/performanceId": "must have at least 36 characters"}},
	} {
		r := h.holding()
		r.body = test.body
		p := h.do(r).requireProblem(t, 422, "invalid_request")
		got := map[string]string{}
		for _, field := range p.Errors {
			if _, seen := got[field.Pointer]; !seen {
				got[field.Pointer] = field.Detail
			}
		}
		require.Equal(t, test.pointers, got, name)
	}
	require.Zero(t, h.commands.count())
}

func TestAmountsAreExact(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := sound()["chargeWallet"]
	r.token = h.access()
	for _, amount := range []string{"1", "9007199254740991"} {
		r.body = `{"amount":` + amount + `}`
		require.Contains(t, h.do(r).Body.String(), `"amount":`+amount+`,`)
	}
	before := h.commands.count()
	for _, amount := range []string{"0", "-1", "1.5", "1e3", "9007199254740992", "9223372036854775808", "1e400", `"1"`, "null", "true", "[1]"} {
		r.body = `{"amount":` + amount + `}`
		h.do(r).requireProblem(t, 422, "invalid_request")
	}
	require.Equal(t, before, h.commands.count())
}

func TestTextsWithNULAreRefused(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := sound()["announceConcert"]
	r.token = h.admin("concert:write")
	r.body = `{"title":"a\u0000b","venue":"\u0000","currency":"EUR","queue":{"capacity":1,"sessionSeconds":60}}`
	p := h.do(r).requireProblem(t, 422, "invalid_request")
	require.Equal(t, []fieldError{
		{Pointer: "/title", Detail: "must not contain the character U+0000"},
		{Pointer: "/venue", Detail: "must not contain the character U+0000"},
	}, p.Errors)
	require.Zero(t, h.commands.count())
}

// TestTextsArePassedOnAsTheyAre checks that nothing between the client and
// the command rewrites a text. What a title may hold is the domain's rule.
func TestTextsArePassedOnAsTheyAre(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := sound()["announceConcert"]
	r.token = h.admin("concert:write")
	title := `Größe "春" <script>'); DROP TABLE events; -- ` + "\u202e"
	r.body = fmt.Sprintf(`{"title":%q,"venue":"V","currency":"EUR","queue":{"capacity":1,"sessionSeconds":60}}`, title)
	require.Equal(t, 201, h.do(r).Code)
	require.Contains(t, fmt.Sprint(h.commands.last().request), title)
}

// TestTimesThatNoCalendarHas passes the pattern of a time and is still none.
func TestTimesThatNoCalendarHas(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := sound()["schedulePerformance"]
	r.token = h.admin("concert:write")
	for _, at := range []string{
		"2027-02-30T18:00:00Z", "2027-05-01T23:59:60Z", "2027-05-01", "2027-05-01 18:00:00Z", "2027-05-01T18:00:00",
		"2027-13-01T18:00:00Z", "tomorrow", "27-05-01T18:00:00Z", "2027-05-01T18:00:00+25:00", "",
	} {
		r.body = `{"startsAt":"` + at + `","timeZone":"Europe/Berlin","seats":{"price":4500}}`
		p := h.do(r).requireProblem(t, 422, "invalid_request")
		require.Equal(t, "/startsAt", p.Errors[0].Pointer, at)
	}
	require.Zero(t, h.commands.count())
}

func TestManyBrokenFieldsAreCutOff(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	r := h.holding()
	var names []string
	for i := range 500 {
		names = append(names, fmt.Sprintf(`"x%d":1`, i))
	}
	r.body = "{" + strings.Join(names, ",") + "}"
	p := h.do(r).requireProblem(t, 422, "invalid_request")
	require.Len(t, p.Errors, 50)
}

func TestMediaTypes(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, good := range []string{"application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"} {
		require.Equal(t, 201, h.do(h.holding().with("Content-Type", good)).Code, good)
	}
	before := h.commands.count()
	for _, bad := range []string{
		"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "application/problem+json",
		"multipart/form-data; boundary=x", "json", ";;",
	} {
		h.do(h.holding().with("Content-Type", bad)).requireProblem(t, 415, "unsupported_media_type")
	}
	h.do(h.holding().with("Content-Encoding", "gzip")).requireProblem(t, 415, "unsupported_media_type")
	require.Equal(t, before, h.commands.count())
}

func TestBodyLengths(t *testing.T) {
	t.Parallel()
	h := newHarness(t, func(c *http.Config) { c.MaxBody = 200 })
	large := h.holding()
	large.body = strings.Repeat(" ", 201)
	h.do(large).requireProblem(t, 413, "body_too_large")

	empty := h.holding()
	empty.body = ""
	h.do(empty.with("Content-Type", "application/json")).requireProblem(t, 400, "malformed_request")

	chunked := h.holding().build(t)
	chunked.ContentLength = -1
	h.serve(chunked).requireProblem(t, 411, "length_required")

	short := h.holding().build(t)
	short.ContentLength += 10
	h.serve(short).requireProblem(t, 400, "malformed_request")
	require.Zero(t, h.commands.count())
}

// TestBodiesNobodyAskedFor are not read.
func TestBodiesNobodyAskedFor(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	for _, id := range []string{"createUser", "listConcerts", "getHealth"} {
		r := sound()[id]
		r.body = strings.Repeat("x", 1<<20)
		require.Less(t, h.do(r).Code, 300, id)
	}
}

func TestSizeOfHeaders(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	long := strings.Repeat("x", 17<<10)
	for name, r := range map[string]request{
		"header":  sound()["listConcerts"].with("X-Long", long),
		"address": {method: "GET", path: "/v1/concerts?x=" + long},
		"nowhere": request{method: "GET", path: "/nowhere"}.with("Cookie", long),
	} {
		answer := h.do(r)
		answer.requireProblem(t, 431, "headers_too_large")
		require.Equal(t, "close", answer.Header().Get("Connection"), name)
	}
	far := h.do(request{method: "GET", path: "/" + long})
	require.Equal(t, "/", far.requireProblem(t, 431, "headers_too_large").Instance, "not repeated")
	many := sound()["listConcerts"].build(t)
	for i := range 2000 {
		many.Header.Add("X-Many", fmt.Sprint(i))
	}
	h.serve(many).requireProblem(t, nethttp.StatusRequestHeaderFieldsTooLarge, "headers_too_large")
}
