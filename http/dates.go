package http

import (
	"context"
	"net/http"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http/api"
	"github.com/holdfast-dev/holdfast/query"
)

// ListDates lists the dates of the concert that the caller is admitted to.
func (h *handlers) ListDates(ctx context.Context, r api.ListDatesRequestObject) (api.ListDatesResponseObject, error) {
	if err := h.admittedTo(ctx, r.ConcertID); err != nil {
		return nil, err
	}
	all := r.Params.All != nil && *r.Params.All
	list, err := h.Questions.Dates.Ask(ctx, r.ConcertID, all, positionOf(r.Params.MinEventPosition))
	if err != nil {
		return nil, err
	}
	dates := make([]api.ConcertDate, len(list.Dates))
	for i, d := range list.Dates {
		dates[i] = api.ConcertDate{
			Date:           d.Date,
			PerformanceID:  d.PerformanceID,
			StartsAt:       d.StartsAt.UTC(),
			SeatsTotal:     d.SeatsTotal,
			SeatsAvailable: d.SeatsAvailable,
		}
	}
	return api.ListDates200JSONResponse{Dates: dates}, nil
}

// ListSeats lists the seats of a date. It is what everybody asks in the first
// second of a sale, so a client that has the answer already costs no more
// than finding that out.
func (h *handlers) ListSeats(ctx context.Context, r api.ListSeatsRequestObject) (api.ListSeatsResponseObject, error) {
	if err := h.admittedTo(ctx, r.ConcertID); err != nil {
		return nil, err
	}
	available := r.Params.Available != nil && *r.Params.Available
	list, err := h.Questions.Seats.Ask(ctx, r.ConcertID, r.Date, available, positionOf(r.Params.MinEventPosition))
	if err != nil {
		return nil, err
	}
	tag := quoteTag(list.Revision)
	if matchesTag(callOf(ctx).wantedTags, tag) {
		return seatsUnchanged(tag), nil
	}
	return seatsAnswer{list: list, tag: tag}, nil
}

// admittedTo refuses a concert that the caller's admission is not for. One
// that does not exist is answered as such: concerts are public.
func (h *handlers) admittedTo(ctx context.Context, concert domain.ConcertID) error {
	place, _ := callOf(ctx).place()
	if place.ConcertID == concert {
		return nil
	}
	if _, exists := h.QueueRules(concert); !exists {
		return refuse(domain.CodeConcertNotFound, "There is no concert with this id.")
	}
	return errElsewhere
}

// seatsAnswer writes the seats as they are kept rendered.
type seatsAnswer struct {
	list query.SeatList
	tag  string
}

// VisitListSeatsResponse implements [api.ListSeatsResponseObject].
func (a seatsAnswer) VisitListSeatsResponse(w http.ResponseWriter) error {
	const typical = 4 << 10
	body := a.list.AppendJSON(make([]byte, 0, typical))
	w.Header().Set("Content-Type", mediaJSON)
	w.Header()[headerETag] = []string{a.tag}
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(body)
	return err
}

// seatsUnchanged says that the client's copy is right; it is its tag.
type seatsUnchanged string

// VisitListSeatsResponse implements [api.ListSeatsResponseObject].
func (tag seatsUnchanged) VisitListSeatsResponse(w http.ResponseWriter) error {
	w.Header()[headerETag] = []string{string(tag)}
	w.Header()["Cache-Control"] = privateCache
	w.WriteHeader(http.StatusNotModified)
	return nil
}
