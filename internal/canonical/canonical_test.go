package canonical_test

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/canonical"
)

func TestRead(t *testing.T) {
	t.Parallel()
	r := canonical.Read(`{"id":"a-1","at":"2026-12-24T20:00:00Z","seats":[7,8],"price":4500}`)
	require.Equal(t, "a-1", r.Text(`{"id":"`))
	require.Equal(t, time.Date(2026, 12, 24, 20, 0, 0, 0, time.UTC), r.Time(`,"at":"`))
	require.False(t, r.Next(`,"note":"`))
	require.True(t, r.Next(`,"seats":[`))
	require.Equal(t, []int{7, 8}, r.Numbers(`,"seats":[`))
	require.False(t, r.Done())
	require.EqualValues(t, 4500, r.Number(`,"price":`))
	require.True(t, r.Done())
}

// What is JSON of another form, or none, is not canonical.
func TestReadRefuses(t *testing.T) {
	t.Parallel()
	text := func(r *canonical.Reader) { r.Text(`{"a":"`) }
	number := func(r *canonical.Reader) { r.Number(`{"a":`) }
	numbers := func(r *canonical.Reader) { r.Numbers(`{"a":[`) }
	moment := func(r *canonical.Reader) { r.Time(`{"a":"`) }
	for object, read := range map[string]func(*canonical.Reader){
		``:                                  text,
		`{}`:                                text,
		`{ "a":"b"}`:                        text,
		`{"a":"b"`:                          text,
		`{"a":"b}`:                          text,
		`{"a":"b"} `:                        text,
		`{"a":"b","c":1}`:                   text,
		`{"a":"\u0062"}`:                    text,
		`{"a":"é"}`:                         text,
		"{\"a\":\"\n\"}":                    text,
		`{"a":}`:                            number,
		`{"a":-1}`:                          number,
		`{"a":01}`:                          number,
		`{"a":1e2}`:                         number,
		`{"a":1.0}`:                         number,
		`{"a":1234567890123456789}`:         number,
		`{"a":null}`:                        number,
		`{"a":[]}`:                          numbers,
		`{"a":[1, 2]}`:                      numbers,
		`{"a":[1,]}`:                        numbers,
		`{"a":[1}`:                          numbers,
		`{"a":"2026-12-24T20:00:00"}`:       moment,
		`{"a":"2026-12-24T8:00:00Z"}`:       moment,
		`{"a":"2026-12-24T20:00:00,5Z"}`:    moment,
		`{"a":"2026-12-24T20:00:00.50Z"}`:   moment,
		`{"a":"2026-12-24T20:00:00+01:00"}`: moment,
	} {
		r := canonical.Read(object)
		read(&r)
		require.False(t, r.Done(), object)
		require.Empty(t, r.Text(`,"b":"`), "all is zero after the first fault")
	}
}

// What is plain is what JSON's own encoder leaves as it is.
func TestIsPlain(t *testing.T) {
	t.Parallel()
	for b := range 256 {
		text := "a" + string([]byte{byte(b)}) + "z"
		quoted, err := jsontext.AppendQuote(nil, text)
		require.Equal(t, err == nil && b < 0x7f && string(quoted) == `"`+text+`"`, canonical.IsPlain(text), "byte %#x", b)
		require.Equal(t, canonical.IsPlain(text), canonical.IsPlain([]byte(text)))
	}
	require.True(t, canonical.IsPlain(""))
}
