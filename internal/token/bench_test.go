package token_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func BenchmarkVerify(b *testing.B) {
	keys := newKeys(b, secret)
	raw, err := keys.Sign(bearers()["queue, admitted"], start, end)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := keys.Verify(raw, start); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	keys := newKeys(b, secret)
	place := bearers()["queue, admitted"]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := keys.Sign(place, start, end); err != nil {
			b.Fatal(err)
		}
	}
}
