package http

import (
	"context"

	"github.com/holdfast-dev/holdfast/http/api"
)

// ListConcerts lists all concerts.
func (h *handlers) ListConcerts(ctx context.Context, r api.ListConcertsRequestObject) (api.ListConcertsResponseObject, error) {
	list, err := h.Questions.Concerts.Ask(ctx, positionOf(r.Params.MinEventPosition))
	if err != nil {
		return nil, err
	}
	concerts := make([]api.Concert, len(list.Concerts))
	for i, c := range list.Concerts {
		concerts[i] = api.Concert{ConcertID: c.ConcertID, Title: c.Title, Venue: c.Venue, Currency: c.Currency}
	}
	return api.ListConcerts200JSONResponse{Concerts: concerts}, nil
}
