package relay

import (
	"context"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// For tests of the fence, which need an owner that does nothing by itself.
var (
	Take = take
)

// Lease is an owner's hold on the checkpoint.
type Lease = lease

// The steps of an owner.
var (
	Advance = (*lease).advance
	Release = (*lease).release
)

// Renew notes trouble that holds until the checkpoint has come to a position.
func Renew(ctx context.Context, l *Lease, trouble string, until eventstore.Position) (Checkpoint, error) {
	return l.renew(ctx, note{trouble, until})
}

// WithDefaults returns the options that a relay would use.
func (o Options) WithDefaults() Options { return o.withDefaults() }
