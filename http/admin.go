package http

import (
	"context"
	"strings"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/http/api"
)

// AnnounceConcert makes a concert.
func (h *handlers) AnnounceConcert(
	ctx context.Context, r api.AnnounceConcertRequestObject,
) (api.AnnounceConcertResponseObject, error) {
	accepted, err := counted[command.Concert](h, "announce_concert")(
		h.Commands.AnnounceConcert(ctx, envelope(ctx, r.Params.IdempotencyKey), command.AnnounceConcert{
			Title:          r.Body.Title,
			Venue:          r.Body.Venue,
			Currency:       r.Body.Currency,
			Capacity:       r.Body.Queue.Capacity,
			SessionSeconds: r.Body.Queue.SessionSeconds,
		}))
	if err != nil {
		return nil, err
	}
	return api.AnnounceConcert201JSONResponse{
		Body:    api.NewConcert{ConcertID: accepted.Answer.ConcertID},
		Headers: api.AnnounceConcert201ResponseHeaders{EventPosition: int64(accepted.Position)},
	}, nil
}

// defaultSeatCount is how many seats a performance has if nothing is said.
const defaultSeatCount = 50

// SchedulePerformance makes a performance.
func (h *handlers) SchedulePerformance(
	ctx context.Context, r api.SchedulePerformanceRequestObject,
) (api.SchedulePerformanceResponseObject, error) {
	count := defaultSeatCount
	if r.Body.Seats.Count != nil {
		count = *r.Body.Seats.Count
	}
	accepted, err := counted[command.Performance](h, "schedule_performance")(
		h.Commands.SchedulePerformance(ctx, envelope(ctx, r.Params.IdempotencyKey), command.SchedulePerformance{
			ConcertID: r.ConcertID,
			StartsAt:  r.Body.StartsAt,
			TimeZone:  r.Body.TimeZone,
			SeatCount: count,
			SeatPrice: r.Body.Seats.Price,
		}))
	if err != nil {
		return nil, err
	}
	return api.SchedulePerformance201JSONResponse{
		Body:    api.NewPerformance{PerformanceID: accepted.Answer.PerformanceID, Date: accepted.Answer.Date},
		Headers: api.SchedulePerformance201ResponseHeaders{EventPosition: int64(accepted.Position)},
	}, nil
}

// GetStatus shows how far everything is. It answers also when something is
// away, and says what: that is when operators look.
func (h *handlers) GetStatus(ctx context.Context, _ api.GetStatusRequestObject) (api.GetStatusResponseObject, error) {
	head, err := h.Log.Head(ctx)
	if err != nil {
		return nil, err
	}
	status := api.Status{Head: head, Followers: []api.Follower{}, WaitingRooms: []api.WaitingRoom{}, Missing: []string{}}
	if h.Followers != nil {
		followers, err := h.Followers(ctx)
		if err != nil {
			status.Missing = append(status.Missing, "followers")
			h.Logger.WarnContext(ctx, "followers could not be asked", "error", err)
		}
		for _, f := range followers {
			status.Followers = append(status.Followers, follower(f, head))
		}
	}
	rooms, err := h.Rooms.Status(ctx)
	if err != nil {
		status.Missing = append(status.Missing, "waitingRooms")
		h.Logger.WarnContext(ctx, "waiting rooms could not be asked", "error", err)
	}
	for _, room := range rooms {
		status.WaitingRooms = append(status.WaitingRooms, waitingRoom(room))
	}
	return api.GetStatus200JSONResponse(status), nil
}

// maxTrouble is how much of an error the contract shows.
const maxTrouble = 2000

func follower(f Follower, head int64) api.Follower {
	shown := api.Follower{Name: f.Name, Position: f.Position, Lag: max(head-f.Position, 0), DeadLetters: f.DeadLetters}
	if f.Trouble != "" {
		trouble := f.Trouble
		if len(trouble) > maxTrouble {
			trouble = strings.ToValidUTF8(trouble[:maxTrouble], "")
		}
		shown.Trouble = &trouble
	}
	return shown
}
