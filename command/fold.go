package command

import (
	"fmt"
	"strings"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/admission"
	"github.com/holdfast-dev/holdfast/domain/concert"
	"github.com/holdfast-dev/holdfast/domain/holds"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/domain/reservation"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/domain/user"
	"github.com/holdfast-dev/holdfast/domain/wallet"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// Model tells the log's writer how events add up to the states that commands
// decide on. An event that nobody here knows is an error that names it.
func Model() eventstore.Model[domain.State] {
	return eventstore.Model[domain.State]{Fold: fold, FoldTag: foldHolds, LatestIsState: latestIsState, Timeless: timeless}
}

func fold(prev domain.State, e eventstore.Event) (domain.State, error) {
	next, err := evolve(prev, e)
	if err != nil {
		return nil, foldError(e, err)
	}
	return next, nil
}

// foldError says which event cannot be folded.
func foldError(e eventstore.Event, err error) error {
	return fmt.Errorf("stream %s at version %d, type %s: %w", e.Stream, e.Version, e.Type, err)
}

func evolve(prev domain.State, e eventstore.Event) (domain.State, error) {
	switch category(e.Stream) {
	case seat.Category:
		return apply(prev, e, seat.Decode, seat.State.Evolve)
	case reservation.Category:
		return apply(prev, e, reservation.Decode, reservation.State.Evolve)
	case wallet.Category:
		return apply(prev, e, wallet.Decode, wallet.State.Evolve)
	case admission.Category:
		return apply(prev, e, admission.Decode, admission.State.Evolve)
	case performance.Category:
		return apply(prev, e, performance.Decode, performance.State.Evolve)
	case concert.Category:
		return apply(prev, e, concert.Decode, concert.State.Evolve)
	case user.Category:
		return apply(prev, e, user.Decode, user.State.Evolve)
	}
	return nil, &domain.UnknownTypeError{Type: e.Type}
}

// factOf is what an event says. What this process appended it still has at
// hand; the rest it decodes.
func factOf[E domain.Event](e eventstore.Event, decode func(wireType string, payload []byte) (E, error)) (E, error) {
	if fact, ok := e.Fact.(E); ok {
		return fact, nil
	}
	return decode(e.Type, e.Payload)
}

// apply reads an event by its aggregate's codec and evolves its state.
func apply[S domain.State, E domain.Event](
	prev domain.State, e eventstore.Event,
	decode func(wireType string, payload []byte) (E, error),
	evolve func(s S, fact E, at time.Time) S,
) (domain.State, error) {
	fact, err := factOf(e, decode)
	if err != nil {
		return nil, err
	}
	s, err := stateAs[S](prev)
	if err != nil {
		return nil, err
	}
	return evolve(s, fact, e.RecordedAt), nil
}

// category is what a stream's name begins with.
func category(stream string) string {
	name, _, _ := strings.Cut(stream, "-")
	return name
}

func latestIsState(stream string) bool {
	switch category(stream) {
	case seat.Category, wallet.Category, admission.Category:
		return true
	}
	return false
}

// timeless tells the streams whose states do not contain when something ends.
func timeless(stream string) bool {
	switch category(stream) {
	case wallet.Category, admission.Category, performance.Category, concert.Category, user.Category:
		return true
	}
	return false
}

// foldHolds folds reservation events onto the live holds of the user whose tag
// they carry.
func foldHolds(prev domain.State, e eventstore.Event) (domain.State, error) {
	next, err := apply(prev, e, reservation.Decode, evolveHolds)
	if err != nil {
		return nil, foldError(e, err)
	}
	return next, nil
}

func evolveHolds(s holds.State, e reservation.Event, at time.Time) holds.State {
	switch e := e.(type) {
	case reservation.Held:
		return s.Open(holds.Hold{ReservationID: e.ReservationID, Seats: len(e.Seats), Ends: e.Ends(at)}, at)
	case reservation.Confirmed:
		return s.Close(e.ReservationID, at)
	case reservation.Cancelled:
		return s.Close(e.ReservationID, at)
	case reservation.Expired:
		return s.Close(e.ReservationID, at)
	}
	return s
}

// loadReservation returns a reservation, the zero state if there is none.
func loadReservation(tx transaction, id domain.ReservationID) (reservation.State, error) {
	return load[reservation.State](tx, reservation.Stream(id))
}

// loadHolds returns a user's holds.
func loadHolds(tx transaction, id domain.UserID) (holds.State, error) {
	state, err := tx.LoadTag(holds.Tag(id))
	if err != nil {
		return holds.State{}, err
	}
	return stateAs[holds.State](state)
}
