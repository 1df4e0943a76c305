package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// MinKeyLength is the shortest secret that is taken, in bytes: the length of
// the HMAC's digest, as RFC 7518 3.2 demands.
const MinKeyLength = sha256.Size

// ErrShortKey means that the signing secret is too short to be safe.
var ErrShortKey = fmt.Errorf("signing key is shorter than %d bytes", MinKeyLength)

// Keys signs and verifies our own tokens. It is safe for concurrent use.
type Keys struct {
	secrets [kinds][]byte
	// macs keep keyed hashes, with room for their sums, for others to use:
	// keying one costs as much as hashing a token.
	macs [kinds]sync.Pool
	// prefixes are the encoded headers, each with its dot. Only we sign, so a
	// header has one spelling: the kind of a token is known from its first
	// bytes, and what a header says is never interpreted.
	prefixes [kinds]string
}

// method is the one algorithm there is.
var method = jwt.SigningMethodHS256

// encoding is that of the parts of a token. Strict: a token has one spelling.
var encoding = base64.RawURLEncoding.Strict()

// NewKeys makes the keys from one secret of at least [MinKeyLength] bytes,
// which all instances share.
func NewKeys(secret []byte) (*Keys, error) {
	if len(secret) < MinKeyLength {
		return nil, ErrShortKey
	}
	k := &Keys{}
	for kind := range kinds {
		k.secrets[kind] = derive(secret, kind)
		k.macs[kind].New = func() any { return &mac{Hash: hmac.New(sha256.New, k.secrets[kind])} }
		header := `{"alg":"` + method.Alg() + `","typ":"` + kind.headerType() + `"}`
		k.prefixes[kind] = encoding.EncodeToString([]byte(header)) + "."
	}
	return k, nil
}

// derive makes the key of one kind. A token signed for one kind can then not
// verify as another, even if a header were misread.
func derive(secret []byte, k kind) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(k.headerType()))
	return mac.Sum(nil)
}

// mac is a keyed hash that is used again and again.
type mac struct {
	hash.Hash

	given, sum [sha256.Size]byte
	// text is room for what is hashed.
	text []byte
}

// signed reports whether signature is that of text, in a time that does not
// depend on how much of it is right.
func (k *Keys) signed(text, signature string, kind kind) bool {
	m, _ := k.macs[kind].Get().(*mac) // the pool makes nothing else
	defer k.macs[kind].Put(m)
	if n, err := encoding.Decode(m.given[:], []byte(signature)); err != nil || n != sha256.Size {
		return false
	}
	m.Reset()
	m.text = append(m.text[:0], text...)
	_, _ = m.Write(m.text) // a hash takes everything
	return hmac.Equal(m.given[:], m.Sum(m.sum[:0]))
}

// Sign makes the token that says b, good from issuedAt until expiresAt, which
// is cut to the second. It fails only for a bearer that could not be read back.
func (k *Keys) Sign(b Bearer, issuedAt, expiresAt time.Time) (string, error) {
	c := claimsOf(b, issuedAt, expiresAt)
	if _, ok := c.bearer(b.kind()); !ok {
		return "", errors.New("token would be incomplete: an id is not canonical, or a name or number is missing")
	}
	var plain [maxPlain]byte
	body, err := appendClaims(plain[:0], c)
	if err != nil {
		return "", fmt.Errorf("encode token: %w", err)
	}
	prefix := k.prefixes[b.kind()]
	length := len(prefix) + encoding.EncodedLen(len(body)) + len(".") + encoding.EncodedLen(sha256.Size)
	raw := encoding.AppendEncode(append(make([]byte, 0, length), prefix...), body)
	return string(k.appendSignature(raw, b.kind())), nil
}

// maxPlain is room for the body of a queue token and of most others.
const maxPlain = 512

// appendSignature signs what is there.
func (k *Keys) appendSignature(unsigned []byte, kind kind) []byte {
	m, _ := k.macs[kind].Get().(*mac) // the pool makes nothing else
	defer k.macs[kind].Put(m)
	m.Reset()
	_, _ = m.Write(unsigned) // a hash takes everything
	return encoding.AppendEncode(append(unsigned, '.'), m.Sum(m.sum[:0]))
}

// Verify returns what raw says, if it is one of our tokens and good at now.
// Its only error is [ErrInvalid].
func (k *Keys) Verify(raw string, now time.Time) (Bearer, error) {
	kind, ours := k.kindOf(raw)
	if !ours || len(raw) > maxLength {
		return nil, ErrInvalid
	}
	return k.verify(raw, kind, now)
}

// kindOf returns the kind that the header of raw claims, and whether it is
// one of our headers. It proves nothing.
func (k *Keys) kindOf(raw string) (kind, bool) {
	for i, prefix := range k.prefixes {
		if strings.HasPrefix(raw, prefix) {
			return kind(i), true
		}
	}
	return 0, false
}

// verify checks the signature before it looks at anything that it covers.
func (k *Keys) verify(raw string, kind kind, now time.Time) (Bearer, error) {
	unsigned, signature := cutSignature(raw)
	body, hasBody := strings.CutPrefix(unsigned, k.prefixes[kind])
	// The decoder skips line breaks, which would make other spellings.
	if !hasBody || len(signature) != encoding.EncodedLen(sha256.Size) {
		return nil, ErrInvalid
	}
	if !k.signed(unsigned, signature, kind) {
		return nil, ErrInvalid
	}
	c, err := decodeClaims(body)
	if err != nil || !now.Before(time.Unix(c.ExpiresAt, 0)) {
		return nil, ErrInvalid
	}
	b, ok := c.bearer(kind)
	if !ok {
		return nil, ErrInvalid
	}
	return b, nil
}

// cutSignature parts a token, which has a dot, at its last one.
func cutSignature(raw string) (unsigned, signature string) {
	dot := strings.LastIndexByte(raw, '.')
	return raw[:dot], raw[dot+1:]
}

func decodeClaims(body string) (claims, error) {
	var plain [maxPlain]byte
	text, err := encoding.AppendDecode(plain[:0], []byte(body))
	if err != nil {
		return claims{}, err
	}
	return readClaims(string(text))
}
