package http

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http/api"
	"github.com/holdfast-dev/holdfast/internal/token"
	"github.com/holdfast-dev/holdfast/query"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// secondsOfTokens is the resolution of the end of a token.
const secondsOfTokens = time.Second

// JoinQueue draws the caller's number, or answers the one that was drawn.
func (h *handlers) JoinQueue(ctx context.Context, r api.JoinQueueRequestObject) (api.JoinQueueResponseObject, error) {
	rules, err := h.queueRules(ctx, r.ConcertID)
	if err != nil {
		return nil, err
	}
	view, fresh, err := h.join(ctx, r.ConcertID, rules)
	if err != nil {
		return nil, err
	}
	state, err := h.queueState(view, "")
	if err != nil {
		return nil, err
	}
	status := http.StatusOK
	if fresh {
		status = http.StatusCreated
	}
	return queueAnswer{status, state}, nil
}

// join takes the caller into a waiting room. If the room gives out an admission
// that was spent or given up, because it has not heard of that yet, the place
// is given back and the caller joins once more, for another number.
func (h *handlers) join(
	ctx context.Context, concert domain.ConcertID, rules waitingroom.Settings,
) (view waitingroom.View, fresh bool, err error) {
	call := callOf(ctx)
	// An address that can't be read is the zero one, which is not limited.
	address, _ := netip.ParseAddr(call.address)
	view, fresh, err = h.Rooms.Join(ctx, call.userID(), concert, address, rules)
	if err != nil || !h.overByTheLog(view) {
		return view, fresh, err
	}
	if err := h.Rooms.Leave(ctx, view.Place); err != nil {
		return waitingroom.View{}, false, err
	}
	view, fresh, err = h.Rooms.Join(ctx, call.userID(), concert, address, rules)
	return h.asTheLogKnows(view), fresh, err
}

// queueRules finds the rules of a concert's waiting room. Joining is no
// query: a concert that was announced before the request exists, so one that
// is not known is looked for in a read model that has seen the whole log.
func (h *handlers) queueRules(ctx context.Context, concert domain.ConcertID) (waitingroom.Settings, error) {
	if rules, known := h.QueueRules(concert); known {
		return rules, nil
	}
	head, err := h.Log.Head(ctx)
	if err != nil {
		return waitingroom.Settings{}, err
	}
	if _, err := h.Questions.Concerts.Ask(ctx, query.Position(head)); err != nil {
		return waitingroom.Settings{}, err
	}
	rules, known := h.QueueRules(concert)
	if !known {
		return rules, refuse(domain.CodeConcertNotFound, "There is no concert with this id.")
	}
	return rules, nil
}

// GetQueue shows how the caller's place stands. It is the polling call.
func (h *handlers) GetQueue(ctx context.Context, _ api.GetQueueRequestObject) (api.GetQueueResponseObject, error) {
	call := callOf(ctx)
	place, _ := call.place()
	view, err := h.Rooms.Look(ctx, waitingroom.Place(place))
	if err != nil {
		return nil, err
	}
	state, err := h.queueState(h.asTheLogKnows(view), call.unlessMoved(view.Place))
	if err != nil {
		return nil, err
	}
	return queueAnswer{http.StatusOK, state}, nil
}

// LeaveQueue gives up the caller's place. An admission is given up in the log
// first, which is what keeps it from being used, and then in the waiting
// room, which gives the place to the next one; if the room is away, the place
// comes back when the session ends.
func (h *handlers) LeaveQueue(ctx context.Context, _ api.LeaveQueueRequestObject) (api.LeaveQueueResponseObject, error) {
	sent, _ := callOf(ctx).place()
	place, err := h.takenUp(ctx, waitingroom.Place(sent))
	if err != nil {
		return nil, err
	}
	var answer api.LeaveQueue204Response
	admitted := !place.AdmittedUntil.IsZero()
	if admitted {
		if answer.Headers.EventPosition, err = h.giveUp(ctx, place); err != nil {
			return nil, err
		}
	}
	if err := h.Rooms.Leave(ctx, place); err != nil {
		if !admitted {
			return nil, err
		}
		h.Logger.WarnContext(ctx, "admission was given up, but its place not yet given back",
			"request_id", callOf(ctx).requestID, "error", err)
	}
	return answer, nil
}

// takenUp returns the place as it stands: a token from before the turn may
// have been followed by the admission. A place in front of a closed queue is
// given up like any other, since the queue may open again.
func (h *handlers) takenUp(ctx context.Context, place waitingroom.Place) (waitingroom.Place, error) {
	if !place.AdmittedUntil.IsZero() {
		return place, nil
	}
	view, err := h.Rooms.Look(ctx, place)
	switch {
	case domain.CodeOf(err) == domain.CodeQueueClosed:
		return place, nil
	case err != nil:
		return place, err
	default:
		return view.Place, nil
	}
}

// giveUp ends an admission in the log and returns the position of that. One
// that was given up before is as given up as can be.
func (h *handlers) giveUp(ctx context.Context, place waitingroom.Place) (*api.Position, error) {
	accepted, err := counted[command.EndedAdmission](h, "give_up_admission")(
		h.Commands.GiveUpAdmission(ctx, envelope(ctx, ""), command.GiveUpAdmission{
			UserID:      place.UserID,
			ConcertID:   place.ConcertID,
			AdmissionID: place.AdmissionID,
		}))
	switch {
	case domain.CodeOf(err) == domain.CodeNotAdmitted:
		return nil, nil
	case err != nil:
		return nil, err
	}
	position := int64(accepted.Position)
	return &position, nil
}

// asTheLogKnows ends a view of an admission that was spent or given up, which
// the waiting room may not have heard of.
func (h *handlers) asTheLogKnows(view waitingroom.View) waitingroom.View {
	if h.overByTheLog(view) {
		return waitingroom.View{Place: view.Place, Phase: waitingroom.PhaseEnded}
	}
	return view
}

// overByTheLog reports whether a view shows an admission that was spent or
// given up.
func (h *handlers) overByTheLog(view waitingroom.View) bool {
	return view.Phase == waitingroom.PhaseAdmitted && h.Admissions.AdmissionOver(view.AdmissionID)
}

// unlessMoved returns the token that the caller sent if it still says where
// the place stands, and "" if another one must be signed.
func (c *call) unlessMoved(place waitingroom.Place) string {
	if sent, ok := c.place(); ok && waitingroom.Place(sent) == place {
		return c.rawToken
	}
	return ""
}

// queueState is the answer of all queue routes. It signs a token for the
// place unless there is one that says the same.
func (h *handlers) queueState(view waitingroom.View, raw string) (api.QueueState, error) {
	if raw == "" {
		var err error
		if raw, err = h.signPlace(view.Place); err != nil {
			return api.QueueState{}, err
		}
	}
	state := api.QueueState{
		Token:                raw,
		UserID:               view.UserID,
		ConcertID:            view.ConcertID,
		State:                api.QueueStateState(view.Phase),
		Number:               view.Number,
		Position:             view.Position,
		EstimatedWaitSeconds: wholeSeconds(view.EstimatedWait),
		PollAfterSeconds:     wholeSeconds(view.PollAfter),
	}
	if until := view.AdmittedUntil; !until.IsZero() {
		until = until.UTC()
		state.ExpiresAt = &until
	}
	return state, nil
}

// signPlace makes the token that carries a place.
func (h *handlers) signPlace(place waitingroom.Place) (string, error) {
	now := h.Clock()
	ends := now
	if place.AdmittedUntil.After(ends) {
		ends = place.AdmittedUntil
	}
	raw, err := h.Keys.Sign(token.Queue(place), now, ends.Add(h.QueueLifetime))
	if err != nil {
		return "", fmt.Errorf("queue token: %w", err)
	}
	return raw, nil
}

// wholeSeconds rounds up: a client that comes back too early gains nothing.
func wholeSeconds(d time.Duration) int64 {
	return int64((max(d, 0) + time.Second - 1) / time.Second)
}
