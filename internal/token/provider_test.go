package token_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/internal/token"
)

const (
	issuer   = "https://login.example.org/"
	audience = "holdfast"
)

// identityProvider publishes one key, and can be told to be out of order.
type identityProvider struct {
	key     *ecdsa.PrivateKey
	address string
	broken  atomic.Bool
}

func newIdentityProvider(t *testing.T) *identityProvider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	p := &identityProvider{key: key}
	server := httptest.NewServer(http.HandlerFunc(p.publish))
	t.Cleanup(server.Close)
	p.address = server.URL + "/jwks.json"
	return p
}

func (p *identityProvider) publish(w http.ResponseWriter, _ *http.Request) {
	if p.broken.Load() {
		http.Error(w, "out of order", http.StatusInternalServerError)
		return
	}
	coordinate := func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	point, err := p.key.PublicKey.Bytes()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"keys": []map[string]string{{
		"kty": "EC", "crv": "P-256", "kid": "k1", "alg": "ES256", "use": "sig",
		"x": coordinate(point[1:33]), "y": coordinate(point[33:]),
	}}})
}

func (p *identityProvider) sign(t *testing.T, claims jwt.MapClaims) string {
	t.Helper()
	raw := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	raw.Header["kid"] = "k1"
	signed, err := raw.SignedString(p.key)
	require.NoError(t, err)
	return signed
}

func (p *identityProvider) config() token.ProviderConfig {
	return token.ProviderConfig{JWKSURL: p.address, Issuer: issuer, Audience: audience}
}

func good() jwt.MapClaims {
	return jwt.MapClaims{"iss": issuer, "aud": []string{"other", audience}, "sub": "auth0|42", "exp": end.Unix()}
}

func with(name string, value any) jwt.MapClaims {
	claims := good()
	claims[name] = value
	return claims
}

func without(name string) jwt.MapClaims {
	claims := good()
	delete(claims, name)
	return claims
}

func TestProviderTokens(t *testing.T) {
	t.Parallel()
	idp := newIdentityProvider(t)
	provider, err := token.NewProvider(t.Context(), idp.config())
	require.NoError(t, err)
	keys := newKeys(t, secret)
	verifier := token.NewVerifier(keys, provider)

	got, err := verifier.Verify(t.Context(), idp.sign(t, good()), start)
	require.NoError(t, err)
	require.Equal(t, token.Access{UserID: token.UserIDOf(issuer, "auth0|42")}, got)

	got, err = verifier.Verify(t.Context(), idp.sign(t, with("sub", string(user))), start)
	require.NoError(t, err)
	require.Equal(t, token.Access{UserID: user}, got)

	for name, claims := range map[string]jwt.MapClaims{
		"another issuer":   with("iss", "https://login.example.com/"),
		"no issuer":        without("iss"),
		"another audience": with("aud", "shop"),
		"no audience":      without("aud"),
		"expired":          with("exp", start.Unix()),
		"no end":           without("exp"),
		"not yet good":     with("nbf", start.Add(time.Minute).Unix()),
		"no subject":       without("sub"),
	} {
		_, err := verifier.Verify(t.Context(), idp.sign(t, claims), start)
		require.Equal(t, token.ErrInvalid, err, name)
	}
}

func TestProviderReplacesOurAccessTokensOnly(t *testing.T) {
	t.Parallel()
	provider, err := token.NewProvider(t.Context(), newIdentityProvider(t).config())
	require.NoError(t, err)
	keys := newKeys(t, secret)
	verifier := token.NewVerifier(keys, provider)
	for name, b := range bearers() {
		raw, err := keys.Sign(b, start, end)
		require.NoError(t, err)
		got, err := verifier.Verify(t.Context(), raw, start)
		if name == "access" {
			require.Equal(t, token.ErrInvalid, err)
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, b, got)
	}
}

// TestProviderForgeries covers the classic confusions: a public key used as an
// HMAC secret, no signature, a key the provider never published.
func TestProviderForgeries(t *testing.T) {
	t.Parallel()
	idp := newIdentityProvider(t)
	provider, err := token.NewProvider(t.Context(), idp.config())
	require.NoError(t, err)
	verifier := token.NewVerifier(newKeys(t, secret), provider)
	public, err := idp.key.PublicKey.Bytes()
	require.NoError(t, err)

	confused := jwt.NewWithClaims(jwt.SigningMethodHS256, good())
	confused.Header["kid"] = "k1"
	withPublicKey, err := confused.SignedString(public)
	require.NoError(t, err)
	none, err := jwt.NewWithClaims(jwt.SigningMethodNone, good()).SignedString(jwt.UnsafeAllowNoneSignatureType)
	require.NoError(t, err)

	for name, raw := range map[string]string{
		"public key as secret": withPublicKey,
		"alg none":             none,
		"another key":          newIdentityProvider(t).sign(t, good()),
		"nonsense":             "a.b.c",
	} {
		_, err := verifier.Verify(t.Context(), raw, start)
		require.Equal(t, token.ErrInvalid, err, name)
	}
}

func TestProviderOutOfReachAtFirst(t *testing.T) {
	t.Parallel()
	idp := newIdentityProvider(t)
	idp.broken.Store(true)
	config := idp.config()
	config.Logger = discard
	provider, err := token.NewProvider(t.Context(), config)
	require.NoError(t, err, "a provider that is down does not keep us from starting")

	idp.broken.Store(false)
	_, err = token.NewVerifier(newKeys(t, secret), provider).Verify(t.Context(), idp.sign(t, good()), start)
	require.NoError(t, err, "an unknown key id is looked for at once")
}

func TestProviderConfigIsChecked(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]token.ProviderConfig{
		"no address":        {Issuer: issuer, Audience: audience},
		"a file":            {JWKSURL: "file:///keys", Issuer: issuer, Audience: audience},
		"no issuer":         {JWKSURL: "https://login.example.org/keys", Audience: audience},
		"no audience":       {JWKSURL: "https://login.example.org/keys", Issuer: issuer},
		"a shared secret":   {JWKSURL: "https://login.example.org/keys", Issuer: issuer, Audience: audience, Algorithms: []string{"HS256"}},
		"no signature":      {JWKSURL: "https://login.example.org/keys", Issuer: issuer, Audience: audience, Algorithms: []string{"none"}},
		"an address that\n": {JWKSURL: "https://login.example.org/\n", Issuer: issuer, Audience: audience},
	} {
		_, err := token.NewProvider(t.Context(), config)
		require.Error(t, err, name)
	}
}

func TestUserIDOf(t *testing.T) {
	t.Parallel()
	require.Equal(t, user, token.UserIDOf(issuer, string(user)), "a UUID is taken as it is")

	id := token.UserIDOf(issuer, "auth0|42")
	require.Equal(t, domain.UserID("4e1adaae-0e55-5f40-9e87-b54c1d349308"), id, "the mapping is for ever: users own things under it")
	require.NotEqual(t, id, token.UserIDOf("https://login.example.com/", "auth0|42"))
	require.NotEqual(t, id, token.UserIDOf(issuer, "auth0|43"))
	_, ok := domain.ParseID[domain.UserID](string(id))
	require.True(t, ok)
}
