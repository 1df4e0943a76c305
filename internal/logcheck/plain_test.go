package logcheck

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

func TestPayloadsAsTheyAreWrittenNeedNoDecoder(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{
		`{"paymentId":"a","reservationId":"b","userId":"c","amount":9000,"balance":0}`,
		`{"reservationId":"b","userId":"c","performanceId":"d","seats":[1890,1891],"price":45000,"expiresAt":"2026-07-31T18:00:00.123Z"}`,
		`{"reservationId":"b","date":"2026-07-31","seats":[],"price":-7}`,
	} {
		var r reservationShape
		require.True(t, eachMember(payload, r.set), payload)
		require.Equal(t, fromJSON[reservationShape](t, payload), r)
	}
}

func FuzzEachMember(f *testing.F) {
	for _, payload := range []string{
		`{"userId":"c","amount":9000,"balance":0,"expiresAt":"2026-07-31T18:00:00.123Z","seats":[1,2],"seat":1}`,
		`{"userId":"c","userId":"d"}`, `{"other":1,"other":2}`, `{"price":01}`, `{"price":-0}`, `{"price":-}`, `{"price":1e3}`, `{"price":1.0}`,
		`{"price":999999999999999999}`, `{"price":9999999999999999999}`, `{"seats":[1,]}`, `{"seats":[,1]}`, `{"seats":[1 ,2]}`, `{"seats":[[1]]}`,
		`{"seats":["]"]}`, `{"seats":1}`, `{"seat":"1"}`, `{"userId":1}`, `{"userId":null}`, `{"userId":"\\u0061"}`, `{"userId":"é"}`,
		`{"expiresAt":"2026-07-31T8:00:00Z"}`, `{"expiresAt":"2026-07-31T18:00:00,1Z"}`, `{"expiresAt":7}`, `{"a":true}`, `{"a":{}}`,
		`{}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":1}}`, `{"a":1`, `{ "a":1}`, `{"userId" :"a"}`, `{"USERID":"x"}`, ``, `[]`, `null`,
	} {
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		agrees[seatShape](t, payload)
		agrees[reservationShape](t, payload)
		agrees[walletShape](t, payload)
		agrees[admissionShape](t, payload)
	})
}

// agrees requires that what is read the quick way is what JSON says.
func agrees[T any, S shape[T]](t *testing.T, payload string) {
	t.Helper()
	quick := new(T)
	if eachMember(payload, S(quick).set) {
		require.Equal(t, fromJSON[T](t, payload), *quick, payload)
	}
}

func fromJSON[T any](t *testing.T, payload string) (whole T) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(payload), &whole), payload)
	return whole
}
