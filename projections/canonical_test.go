package projections_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/history"
)

func TestDecodeFastDecodesAsDecode(t *testing.T) {
	t.Parallel()
	sale := history.New(51)
	sale.Random(20_000)
	for _, e := range sale.Events() {
		want, err := projections.Decode(e)
		require.NoError(t, err)
		got, err := projections.DecodeFast(e)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// FuzzDecodeFast looks for a payload that the two decoders understand
// differently.
func FuzzDecodeFast(f *testing.F) {
	sale := history.New(52)
	sale.Random(20_000)
	seen := map[string]int{}
	for _, e := range sale.Events() {
		seen[e.Type]++
		if seen[e.Type] <= 3 {
			f.Add(e.Type, e.Payload)
		}
	}
	for _, odd := range []string{
		`{"chargeId":"1","userId":"2","amount":01,"balance":3}`, `{"chargeId":"1","userId":"2","amount":-1,"balance":3}`,
		`{"chargeId":"\u0031","userId":"2","amount":1,"balance":3}`, `{"chargeId":"1","userId":"2","amount":1,"balance":3} `,
		`{"chargeId":"1","userId":"2","amount":1.0,"balance":3}`, `{"chargeId":"1","userId":"2","amount":9223372036854775808,"balance":3}`,
		`{"chargeId":"1","chargeId":"2","amount":1,"balance":3}`, `{"chargeId":"é","userId":"2","amount":1,"balance":3}`,
	} {
		f.Add("wallet.charged.v1", []byte(odd))
	}
	f.Fuzz(func(t *testing.T, wireType string, payload []byte) {
		e := eventstore.Event{Type: wireType, Payload: payload}
		want, wantErr := projections.Decode(e)
		got, gotErr := projections.DecodeFast(e)
		require.Equal(t, wantErr, gotErr)
		require.Equal(t, want, got)
	})
}

func BenchmarkDecode(b *testing.B) {
	sale := history.New(53)
	sale.OnSale(20_000)
	for name, decode := range map[string]func(eventstore.Event) (any, error){
		"strict": func(e eventstore.Event) (any, error) { return projections.Decode(e) },
		"fast":   func(e eventstore.Event) (any, error) { return projections.DecodeFast(e) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				for _, e := range sale.Events() {
					if _, err := decode(e); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(len(sale.Events())*b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
