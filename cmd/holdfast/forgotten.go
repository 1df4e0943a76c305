package main

import (
	"context"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/user"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/http"
	"github.com/holdfast-dev/holdfast/internal/token"
)

// livingUsers refuses the tokens of users that were forgotten, like any other
// token that is not good.
type livingUsers struct {
	tokens http.Verifier
	veil   func() user.Veil
}

// Verify implements [http.Verifier].
func (l livingUsers) Verify(ctx context.Context, raw string, now time.Time) (token.Bearer, error) {
	bearer, err := l.tokens.Verify(ctx, raw, now)
	if err != nil {
		return nil, err
	}
	if l.veil().Covers(userOf(bearer)) {
		return nil, token.ErrInvalid
	}
	return bearer, nil
}

// userOf returns whom a token names, "" for an admin's.
func userOf(bearer token.Bearer) domain.UserID {
	switch b := bearer.(type) {
	case token.Access:
		return b.UserID
	case token.Queue:
		return b.UserID
	default:
		return ""
	}
}

// veiled returns an event as it may leave the log.
func veiled(v user.Veil, e eventstore.Event) eventstore.Event {
	if v.Len() == 0 {
		return e
	}
	e.Stream, e.Tag = v.Name(e.Stream), v.Name(e.Tag)
	e.Payload, e.Metadata = v.Text(e.Payload), v.Text(e.Metadata)
	return e
}
