package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/domain/user"
	"github.com/holdfast-dev/holdfast/domain/wallet"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// History answers questions about the past of a log.
type History struct {
	Log Log
	// Fold is that of the model which commands decide on.
	Fold func(prev domain.State, e eventstore.Event) (domain.State, error)
}

// ErrNothing means that a stream had no event at the moment.
var ErrNothing = errors.New("nothing is recorded")

// Snapshot is a stream at a moment.
type Snapshot struct {
	Stream string
	Moment Moment
	// Version is that of the stream, 0 if it had no event.
	Version eventstore.Version
	// Changed is when its last event was recorded.
	Changed time.Time
	// State is nil if the stream had no event.
	State domain.State
}

// Snapshot returns what a stream was at a moment.
func (h History) Snapshot(ctx context.Context, stream string, at Moment) (Snapshot, error) {
	s := Snapshot{Stream: stream, Moment: at}
	err := h.Log.Select(ctx, eventstore.Selection{Streams: []string{stream}, UpTo: at.Position}, func(e eventstore.Event) error {
		return h.apply(&s, e)
	}, nil)
	return s, err
}

// apply folds one more event. The event's bytes are the log's, and a state may
// keep what it was made of, so it gets its own.
func (h History) apply(s *Snapshot, e eventstore.Event) (err error) {
	e.Payload = slices.Clone(e.Payload)
	s.State, err = h.Fold(s.State, e)
	s.Version, s.Changed = e.Version, e.RecordedAt
	return err
}

// Field is one property of a state.
type Field struct {
	Name  string
	Value any
}

// Fields returns what the stream was, by the rules as they judged at that
// time, in the order in which it is read.
func (s Snapshot) Fields() ([]Field, error) {
	switch state := s.State.(type) {
	case nil:
		return nil, fmt.Errorf("%w about %s up to position %d", ErrNothing, s.Stream, s.Moment.Position)
	case seat.State:
		return seatFields(state, s.Moment.At), nil
	case reservation.State:
		return reservationFields(state, s.Moment.At), nil
	case wallet.State:
		return []Field{{"balance", state.Balance}}, nil
	case admission.State:
		return []Field{{"status", admissionStatus(state)}}, nil
	case performance.State:
		return []Field{
			{"concertId", state.ConcertID},
			{"date", state.Date},
			{"startsAt", state.StartsAt.UTC()},
			{"seats", state.Seats.Count},
			{"price", state.Seats.Price},
			{"onSale", s.Moment.At.Before(state.StartsAt)},
		}, nil
	case user.State:
		return []Field{{"forgotten", state.Forgotten}}, nil
	case concert.State:
		return []Field{
			{"title", state.Title},
			{"venue", state.Venue},
			{"currency", state.Currency},
			{"capacity", state.Queue.Capacity},
			{"sessionSeconds", state.Queue.SessionSeconds},
		}, nil
	}
	return nil, fmt.Errorf("the state of %s is of a kind that cannot be shown", s.Stream)
}

// The statuses of a seat, as they are shown.
const (
	Available = "available"
	Held      = "held"
	Sold      = "sold"
)

// seatStatus judges a seat at a time.
func seatStatus(s seat.State, at time.Time) string {
	switch {
	case s.Available(at):
		return Available
	case s.Status == seat.StatusSold:
		return Sold
	}
	return Held
}

func seatFields(s seat.State, at time.Time) []Field {
	status := seatStatus(s, at)
	fields := []Field{{"status", status}}
	if s.Status == seat.StatusAvailable {
		return fields
	}
	if status == Available {
		// Nobody has recorded the end, and nobody needs to.
		return append(fields, Field{"heldUntil", s.Ends.UTC()}, Field{"lastReservationId", s.ReservationID})
	}
	fields = append(fields, Field{"reservationId", s.ReservationID}, Field{"userId", s.UserID}, Field{"price", s.Price})
	if status == Held {
		fields = append(fields, Field{"heldUntil", s.Ends.UTC()})
	}
	return fields
}

func reservationFields(s reservation.State, at time.Time) []Field {
	status := s.Status
	if status == reservation.StatusHeld && !at.Before(s.Ends) {
		status = reservation.StatusExpired
	}
	fields := []Field{
		{"status", status},
		{"userId", s.UserID},
		{"concertId", s.ConcertID},
		{"performanceId", s.PerformanceID},
		{"date", s.Date},
		{"seats", s.Seats},
		{"price", s.Price},
		{"heldUntil", s.Ends.UTC()},
	}
	if s.PaymentID != "" {
		fields = append(fields, Field{"paymentId", s.PaymentID})
	}
	return fields
}

func admissionStatus(s admission.State) string {
	switch s.Status {
	case admission.StatusSpent:
		return "spent"
	case admission.StatusGivenUp:
		return "given up"
	case admission.StatusOpen:
	}
	return "open"
}

// Stream finds the stream that a user means: its name, or the id of a concert,
// performance, reservation, user (whose wallet is meant) or admission, which is
// looked up. A name without events is an error.
func (h History) Stream(ctx context.Context, name string) (string, error) {
	candidates := []string{name}
	if _, isID := domain.ParseID[domain.ConcertID](name); isID {
		candidates = candidates[:0]
		for _, category := range []string{
			concert.Category, performance.Category, reservation.Category, wallet.Category, admission.Category,
		} {
			candidates = append(candidates, category+"-"+name)
		}
	}
	head, err := h.Log.Head(ctx)
	if err != nil {
		return "", err
	}
	found := ""
	selection := eventstore.Selection{Streams: candidates, UpTo: head.Position}
	err = h.Log.CountBy(ctx, selection, []string{"stream"}, func(c eventstore.Count) error {
		if found != "" {
			return fmt.Errorf("%s is ambiguous: name the stream, %s or %s", name, found, c.Key[0])
		}
		found = c.Key[0]
		return nil
	})
	if err == nil && found == "" {
		err = fmt.Errorf("%w about %s: streams are named like %s", ErrNothing, name,
			strings.Join([]string{"concert-ID", "performance-ID", "seat-PERFORMANCE-NUMBER", "reservation-ID", "wallet-USER", "admission-ID", "user-USER"}, ", "))
	}
	return found, err
}
