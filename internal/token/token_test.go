package token_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/internal/token"
)

const (
	user      = domain.UserID("01900000-0000-7000-8000-000000000001")
	concert   = domain.ConcertID("01900000-0000-7000-8000-000000000002")
	admission = domain.AdmissionID("01900000-0000-7000-8000-000000000003")
)

var (
	secret = []byte("0123456789abcdef0123456789abcdef")
	start  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	end    = start.Add(time.Hour)
)

func newKeys(t testing.TB, secret []byte) *token.Keys {
	t.Helper()
	keys, err := token.NewKeys(secret)
	require.NoError(t, err)
	return keys
}

func bearers() map[string]token.Bearer {
	return map[string]token.Bearer{
		"access": token.Access{UserID: user},
		"queue, waiting": token.Queue{
			UserID: user, ConcertID: concert, AdmissionID: admission, Number: 1,
		},
		"queue, admitted": token.Queue{
			UserID: user, ConcertID: concert, AdmissionID: admission, Number: 1 << 40,
			AdmittedUntil: start.Add(5*time.Minute + 123456*time.Microsecond),
		},
		"admin": token.Admin{Name: "ops@example.org", Scopes: []string{"concert:write", "events:read"}},
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	keys := newKeys(t, secret)
	for name, b := range bearers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw, err := keys.Sign(b, start, end)
			require.NoError(t, err)
			got, err := keys.Verify(raw, start)
			require.NoError(t, err)
			require.Equal(t, b, got)
		})
	}
}

func TestRoundTripOfAnyPlace(t *testing.T) {
	t.Parallel()
	keys := newKeys(t, secret)
	rapid.Check(t, func(t *rapid.T) {
		id := func(label string) string {
			return uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, label)).String()
		}
		place := token.Queue{
			UserID:      domain.UserID(id("user")),
			ConcertID:   domain.ConcertID(id("concert")),
			AdmissionID: domain.AdmissionID(id("admission")),
			Number:      rapid.Int64Range(1, 1<<53-1).Draw(t, "number"),
		}
		if micros := rapid.Int64Range(0, 1<<52).Draw(t, "until"); micros > 0 {
			place.AdmittedUntil = time.UnixMicro(micros).UTC()
		}
		raw, err := keys.Sign(place, start, end)
		require.NoError(t, err)
		got, err := keys.Verify(raw, start)
		require.NoError(t, err)
		require.Equal(t, token.Bearer(place), got)
	})
}

func TestTokenEndsAtItsEnd(t *testing.T) {
	t.Parallel()
	keys := newKeys(t, secret)
	raw, err := keys.Sign(token.Access{UserID: user}, start, end)
	require.NoError(t, err)

	_, err = keys.Verify(raw, end.Add(-time.Nanosecond))
	require.NoError(t, err)
	_, err = keys.Verify(raw, end)
	require.Equal(t, token.ErrInvalid, err, "good until the end, not at it")
}

func TestShortKeyIsRefused(t *testing.T) {
	t.Parallel()
	_, err := token.NewKeys(secret[:token.MinKeyLength-1])
	require.ErrorIs(t, err, token.ErrShortKey)
}

func TestWhatCouldNotBeReadIsNotSigned(t *testing.T) {
	t.Parallel()
	keys := newKeys(t, secret)
	for name, b := range map[string]token.Bearer{
		"no user":                  token.Access{},
		"user id in capitals":      token.Access{UserID: domain.UserID(strings.ToUpper("01900000-0000-7000-8000-00000000000a"))},
		"user id is no id":         token.Access{UserID: "wallet-1"},
		"place without a number":   token.Queue{UserID: user, ConcertID: concert, AdmissionID: admission},
		"place without admission":  token.Queue{UserID: user, ConcertID: concert, Number: 1},
		"place without a concert":  token.Queue{UserID: user, AdmissionID: admission, Number: 1},
		"admin without a name":     token.Admin{Scopes: []string{"concert:write"}},
		"admin with a long name":   token.Admin{Name: strings.Repeat("n", 101)},
		"place before the epoch":   token.Queue{UserID: user, ConcertID: concert, AdmissionID: admission, Number: 1, AdmittedUntil: time.Unix(-1, 0)},
		"place with number minus1": token.Queue{UserID: user, ConcertID: concert, AdmissionID: admission, Number: -1},
	} {
		_, err := keys.Sign(b, start, end)
		require.Error(t, err, name)
	}
}

// TestBadTokens checks that everything a client may try gets the same error
// value, so that no difference can leak out by accident.
func TestBadTokens(t *testing.T) {
	t.Parallel()
	keys := newKeys(t, secret)
	sign := func(b token.Bearer) string {
		raw, err := keys.Sign(b, start, end)
		require.NoError(t, err)
		return raw
	}
	access, queue, admin := sign(bearers()["access"]), sign(bearers()["queue, admitted"]), sign(bearers()["admin"])
	foreign, err := newKeys(t, []byte("another secret that is long enough")).Sign(token.Access{UserID: user}, start, end)
	require.NoError(t, err)
	body := func(raw string) string { return strings.Split(raw, ".")[1] }
	parts := strings.Split(access, ".")

	for name, raw := range map[string]string{
		"empty":                             "",
		"dots":                              "..",
		"words":                             "let me in",
		"signed with another secret":        foreign,
		"signature missing":                 parts[0] + "." + parts[1] + ".",
		"signature cut":                     access[:len(access)-1],
		"signature padded":                  access + "=",
		"a fourth part":                     access + ".e30",
		"body changed":                      parts[0] + "." + body(admin) + "." + parts[2],
		"body missing":                      parts[0] + ".." + parts[2],
		"queue body under an access header": parts[0] + "." + body(queue) + "." + strings.Split(queue, ".")[2],
		"alg none":                          unsigned(t, "none", body(access)),
		"alg none, signature kept":          unsigned(t, "none", body(access)) + parts[2],
		"alg in another case":               unsigned(t, "nOnE", body(access)),
		"header alone":                      parts[0] + ".",
		"a line break in the signature":     access + "\n",
		"a line break in the body":          parts[0] + "." + parts[1] + "\n." + parts[2],
		"too long":                          access + strings.Repeat("A", 9000),
		"signed with the bare secret":       bare(t, secret, "holdfast-access+jwt"),
		"signed with HS512":                 stronger(t, secret),
		"no typ":                            bare(t, secret, "JWT"),
	} {
		_, err := keys.Verify(raw, start)
		require.Equal(t, token.ErrInvalid, err, name)
		_, err = token.NewVerifier(keys, nil).Verify(t.Context(), raw, start)
		require.Equal(t, token.ErrInvalid, err, name)
	}
}

// TestSignatureHasOneSpelling flips the bits of the last character that
// base64 ignores: a lax decoder would take four spellings of one token.
func TestSignatureHasOneSpelling(t *testing.T) {
	t.Parallel()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	keys := newKeys(t, secret)
	raw, err := keys.Sign(token.Access{UserID: user}, start, end)
	require.NoError(t, err)
	last := strings.IndexByte(alphabet, raw[len(raw)-1])
	for other := range len(alphabet) {
		if other == last {
			continue
		}
		_, err := keys.Verify(raw[:len(raw)-1]+alphabet[other:other+1], start)
		require.Equal(t, token.ErrInvalid, err)
	}
}

func TestKindsAreNotInterchangeable(t *testing.T) {
	t.Parallel()
	keys := newKeys(t, secret)
	signed := map[string]string{}
	for name, b := range bearers() {
		raw, err := keys.Sign(b, start, end)
		require.NoError(t, err)
		signed[name] = raw
	}
	for from, raw := range signed {
		for to, other := range signed {
			if strings.Split(raw, ".")[0] == strings.Split(other, ".")[0] {
				continue
			}
			relabelled := strings.Split(other, ".")[0] + raw[strings.IndexByte(raw, '.'):]
			_, err := keys.Verify(relabelled, start)
			require.Equal(t, token.ErrInvalid, err, "%s as %s", from, to)
		}
	}
}

// TestTokensAreOrdinaryJWTs reads a token with a library's own parser, as other
// tools would.
func TestTokensAreOrdinaryJWTs(t *testing.T) {
	t.Parallel()
	raw, err := newKeys(t, secret).Sign(bearers()["queue, admitted"], start, end)
	require.NoError(t, err)
	var claims jwt.MapClaims
	parsed, _, err := jwt.NewParser().ParseUnverified(raw, &claims)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"alg": "HS256", "typ": "holdfast-queue+jwt"}, parsed.Header)
	require.Equal(t, jwt.MapClaims{
		"sub": string(user), "jti": string(admission), "concert": string(concert), "number": float64(1 << 40),
		"until": float64(start.Add(5*time.Minute + 123456*time.Microsecond).UnixMicro()),
		"iat":   float64(start.Unix()), "exp": float64(end.Unix()),
	}, claims)
}

func TestAdminScopes(t *testing.T) {
	t.Parallel()
	admin := token.Admin{Name: "ops", Scopes: []string{"concert:write"}}
	require.True(t, admin.Allows("concert:write"))
	require.False(t, admin.Allows("concert"))
	require.False(t, admin.Allows(""))
	require.False(t, token.Admin{}.Allows("concert:write"))
}

func encode(t testing.TB, header map[string]string) string {
	t.Helper()
	text, err := json.Marshal(header)
	require.NoError(t, err)
	return base64.RawURLEncoding.EncodeToString(text)
}

func unsigned(t testing.TB, alg, body string) string {
	t.Helper()
	return encode(t, map[string]string{"alg": alg, "typ": "holdfast-access+jwt"}) + "." + body + "."
}

func bare(t testing.TB, key []byte, typ string) string {
	t.Helper()
	raw := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": user, "exp": end.Unix()})
	raw.Header["typ"] = typ
	signed, err := raw.SignedString(key)
	require.NoError(t, err)
	return signed
}

func stronger(t testing.TB, key []byte) string {
	t.Helper()
	raw := jwt.NewWithClaims(jwt.SigningMethodHS512, jwt.MapClaims{"sub": user, "exp": end.Unix()})
	raw.Header["typ"] = "holdfast-access+jwt"
	signed, err := raw.SignedString(key)
	require.NoError(t, err)
	return signed
}
