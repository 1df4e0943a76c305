package token_test

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/holdfast-dev/holdfast/internal/token"
)

func anyClaims() *rapid.Generator[token.Claims] {
	text := rapid.OneOf(rapid.Just(""), rapid.Just(string(user)), rapid.StringMatching(`[ -~]{1,20}`), rapid.String())
	number := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64())
	return rapid.Custom(func(t *rapid.T) token.Claims {
		return token.Claims{
			Subject: text.Draw(t, "sub"), IssuedAt: number.Draw(t, "iat"), ExpiresAt: number.Draw(t, "exp"),
			ID: text.Draw(t, "jti"), Concert: text.Draw(t, "concert"),
			Number: number.Draw(t, "number"), Until: number.Draw(t, "until"), Scope: text.Draw(t, "scope"),
		}
	})
}

// TestClaimsAreWrittenAsTheLibraryWrites compares what is written by hand.
func TestClaimsAreWrittenAsTheLibraryWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := anyClaims().Draw(t, "claims")
		want, err := json.Marshal(c)
		require.NoError(t, err)
		got, err := token.AppendClaims(nil, c)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
		back, err := token.ReadClaims(string(got))
		require.NoError(t, err)
		require.Equal(t, c, back)
	})
}

// TestTokensAreReadByHand is what the speed of a request is about.
func TestTokensAreReadByHand(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"sub":"` + string(user) + `","iat":1,"exp":2}`,
		`{"sub":"u","iat":0,"exp":10,"jti":"a","concert":"c","number":999999999999999999}`,
		`{"sub":"u","iat":0,"exp":10,"jti":"a","concert":"c","number":7,"until":1234567}`,
		`{"sub":"ops","iat":0,"exp":10,"scope":"a b"}`,
	} {
		_, plain := token.ReadPlain(text)
		require.True(t, plain, text)
	}
}

// FuzzReadClaims checks that whatever is read by hand means the same to the
// library.
func FuzzReadClaims(f *testing.F) {
	for _, text := range []string{
		`{"sub":"u","iat":1,"exp":2}`, `{"sub":"u","iat":01,"exp":2}`, `{"sub":"u","iat":-1,"exp":2}`,
		`{"sub":"u","iat":1e3,"exp":2}`, `{"sub":"u\u0020","iat":1,"exp":2}`, `{"sub":"u","iat":1,"exp":2}}`,
		`{"sub":"u","iat":1,"exp":2,"jti":"","number":0}`, `{"sub":"u","iat":1,"exp":2,"number":9223372036854775808}`,
		`{"sub":"u","iat":1,"exp":2,"until":3,"scope":"a b"}`, `{"sub":"ü","iat":1,"exp":2}`, `{"sub":"u","iat":,"exp":2}`,
		`{"sub":"u","iat":1,"exp":2,"number":3,"number":4}`, `{"sub":"u","iat":1`, `{"sub":"u`, ``, `{}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, plain := token.ReadPlain(text)
		if !plain {
			return
		}
		var want token.Claims
		require.NoError(t, json.Unmarshal([]byte(text), &want))
		require.Equal(t, want, got)
	})
}
