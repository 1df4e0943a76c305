package http

import (
	"context"
	"fmt"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http/api"
	"github.com/holdfast-dev/holdfast/internal/token"
)

// CreateUser makes a user. A user is nothing but an id that a token vouches
// for, so nothing is written.
func (h *handlers) CreateUser(_ context.Context, _ api.CreateUserRequestObject) (api.CreateUserResponseObject, error) {
	if h.ExternalIdentity {
		return nil, refuse(CodeNotFound, "Users come from the identity provider here. Sign in there and send its token.")
	}
	user := domain.UserID(h.NewID())
	now := h.Clock().UTC()
	ends := now.Add(h.AccessLifetime).Truncate(secondsOfTokens)
	raw, err := h.Keys.Sign(token.Access{UserID: user}, now, ends)
	if err != nil {
		return nil, fmt.Errorf("access token: %w", err)
	}
	return api.CreateUser201JSONResponse{UserID: user, AccessToken: raw, ExpiresAt: ends}, nil
}
