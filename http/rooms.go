package http

import (
	"context"
	"log/slog"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/http/api"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// GetRoom shows one waiting room to an operator.
func (h *handlers) GetRoom(ctx context.Context, r api.GetRoomRequestObject) (api.GetRoomResponseObject, error) {
	rules, err := h.queueRules(ctx, r.ConcertID)
	if err != nil {
		return nil, err
	}
	room, err := h.room(ctx, r.ConcertID, rules)
	return api.GetRoom200JSONResponse(room), err
}

// ConfigureRoom changes a waiting room while it runs. It is no command: no
// decision rests on it, so it stands in the logger's lines and not in the log.
func (h *handlers) ConfigureRoom(ctx context.Context, r api.ConfigureRoomRequestObject) (api.ConfigureRoomResponseObject, error) {
	rules, err := h.queueRules(ctx, r.ConcertID)
	if err != nil {
		return nil, err
	}
	settings := waitingroom.Settings{
		Capacity: r.Body.Capacity, Session: time.Duration(r.Body.SessionSeconds) * time.Second,
	}
	if err := h.Rooms.Configure(ctx, r.ConcertID, settings); err != nil {
		return nil, err
	}
	if closed := r.Body.Closed; closed != nil {
		set := h.Rooms.ReopenQueue
		if *closed {
			set = h.Rooms.CloseQueue
		}
		if err := set(ctx, r.ConcertID); err != nil {
			return nil, err
		}
	}
	room, err := h.room(ctx, r.ConcertID, rules)
	if err != nil {
		return nil, err
	}
	call := callOf(ctx)
	h.Logger.InfoContext(ctx, "waiting room set",
		slog.String("concert_id", string(r.ConcertID)), slog.String("actor", call.actor()),
		slog.String("request_id", call.requestID), slog.Int64("capacity", room.Capacity),
		slog.Int64("session_seconds", room.SessionSeconds), slog.Bool("closed", room.Closed))
	return api.ConfigureRoom200JSONResponse(room), nil
}

// room is a waiting room as it stands, or as it will open.
func (h *handlers) room(
	ctx context.Context, concert domain.ConcertID, rules waitingroom.Settings,
) (api.WaitingRoom, error) {
	status, opened, err := h.Rooms.StatusOf(ctx, concert)
	if err != nil {
		return api.WaitingRoom{}, err
	}
	if !opened {
		status = waitingroom.Status{
			ConcertID: concert, Capacity: int64(rules.Capacity), Session: rules.Session, Reachable: true,
		}
	}
	return waitingRoom(status), nil
}

func waitingRoom(s waitingroom.Status) api.WaitingRoom {
	room := api.WaitingRoom{
		ConcertID:      s.ConcertID,
		Capacity:       s.Capacity,
		SessionSeconds: int64(s.Session / time.Second),
		Active:         s.Active,
		Called:         s.Called,
		Waiting:        s.Waiting,
		Serving:        s.Serving,
		Issued:         s.Issued,
		RatePerMinute:  s.RatePerMinute,
		Losses:         s.Losses,
		Closed:         s.Closure != waitingroom.Open,
		Reachable:      s.Reachable,
	}
	if room.Closed {
		closure := api.WaitingRoomClosure(s.Closure)
		room.Closure = &closure
	}
	return room
}
