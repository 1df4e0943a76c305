package query

import (
	"context"
	"errors"
	"time"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Position is a place in the log.
type Position = eventstore.Position

// Patience is how long a question waits for a position.
const Patience = time.Second

// ErrBehind means that the read model did not reach the wanted position within
// [Patience]. Asking again later may succeed.
var ErrBehind = errors.New("read model has not reached the wanted position")

// await runs wait, which waits for a position, for as long as the patience
// lasts. It returns nil, [ErrBehind], or the error of ctx if that ended.
func await(ctx context.Context, wait func(context.Context) error) error {
	patient, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	err := wait(patient)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case patient.Err() != nil:
		return ErrBehind
	default:
		return err
	}
}
