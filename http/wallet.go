package http

import (
	"context"
	"errors"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http/api"
	"github.com/holdfast-dev/holdfast/query"
)

// ChargeWallet puts money into the caller's wallet.
func (h *handlers) ChargeWallet(ctx context.Context, r api.ChargeWalletRequestObject) (api.ChargeWalletResponseObject, error) {
	if err := ownWallet(ctx, r.UserID); err != nil {
		return nil, err
	}
	accepted, err := counted[command.Charge](h, "charge_wallet")(
		h.Commands.ChargeWallet(ctx, envelope(ctx, r.Params.IdempotencyKey), command.ChargeWallet{
			UserID: r.UserID,
			Amount: r.Body.Amount,
		}))
	if err != nil {
		return nil, err
	}
	made := accepted.Answer
	return api.ChargeWallet201JSONResponse{
		Body:    api.Charge{ChargeID: made.ChargeID, Amount: made.Amount, Balance: made.Balance},
		Headers: api.ChargeWallet201ResponseHeaders{EventPosition: int64(accepted.Position)},
	}, nil
}

// GetWallet shows the caller's balance.
func (h *handlers) GetWallet(ctx context.Context, r api.GetWalletRequestObject) (api.GetWalletResponseObject, error) {
	if err := ownWallet(ctx, r.UserID); err != nil {
		return nil, err
	}
	wallet, err := h.Questions.Wallet.Ask(ctx, r.UserID, positionOf(r.Params.MinEventPosition))
	if err != nil {
		return nil, err
	}
	return api.GetWallet200JSONResponse{UserID: wallet.UserID, Balance: wallet.Balance, Currency: h.Currency}, nil
}

// ListWalletEntries lists what went into the caller's wallet and out of it.
func (h *handlers) ListWalletEntries(
	ctx context.Context, r api.ListWalletEntriesRequestObject,
) (api.ListWalletEntriesResponseObject, error) {
	if err := ownWallet(ctx, r.UserID); err != nil {
		return nil, err
	}
	var page query.Page
	if r.Params.Cursor != nil {
		page.Cursor = *r.Params.Cursor
	}
	if r.Params.Limit != nil {
		page.Limit = int(*r.Params.Limit)
	}
	found, err := h.Questions.WalletEntries.Ask(ctx, r.UserID, page, positionOf(r.Params.MinEventPosition))
	if err != nil {
		return nil, pageRefusal(err)
	}
	answer := api.WalletEntryPage{Entries: make([]api.WalletEntry, len(found.Entries))}
	for i, e := range found.Entries {
		answer.Entries[i] = api.WalletEntry{
			EntryID: e.EntryID,
			Kind:    api.WalletEntryKind(e.Kind),
			Amount:  e.Amount,
			Balance: e.Balance,
			At:      e.At.UTC(),
		}
	}
	if found.Next != "" {
		answer.Next = &found.Next
	}
	return api.ListWalletEntries200JSONResponse(answer), nil
}

// ownWallet makes another user's wallet look absent.
func ownWallet(ctx context.Context, user domain.UserID) error {
	if callOf(ctx).userID() != user {
		return refuse(CodeNotFound, "There is no such wallet.")
	}
	return nil
}

// pageRefusal names the query parameter that a page was refused for.
func pageRefusal(err error) error {
	refusal, ok := errors.AsType[*domain.Error](err)
	if !ok || refusal.Code != domain.CodeInvalidRequest {
		return err
	}
	fields := make([]Field, len(refusal.Fields))
	for i, f := range refusal.Fields {
		fields[i] = Field{Parameter: f.Pointer[1:], Detail: f.Detail}
	}
	return invalid(fields)
}
