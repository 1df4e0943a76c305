package token

import (
	"context"
	"time"
)

// Verifier reads every token that a request may carry.
type Verifier struct {
	keys     *Keys
	provider *Provider
}

// NewVerifier takes our own tokens, and, if provider is not nil, that
// provider's access tokens in place of our own: there is one source that says
// who a user is, never two.
func NewVerifier(keys *Keys, provider *Provider) *Verifier {
	return &Verifier{keys: keys, provider: provider}
}

// Verify returns what raw says, if it is good at now. The context bounds a
// fetch of the provider's keys. Its only error is [ErrInvalid].
func (v *Verifier) Verify(ctx context.Context, raw string, now time.Time) (Bearer, error) {
	if len(raw) > maxLength {
		return nil, ErrInvalid
	}
	kind, ours := v.keys.kindOf(raw)
	switch {
	case ours && kind == kindAccess && v.provider != nil:
		return nil, ErrInvalid
	case ours:
		return v.keys.verify(raw, kind, now)
	case v.provider != nil:
		return v.provider.verify(ctx, raw, now)
	default:
		return nil, ErrInvalid
	}
}
