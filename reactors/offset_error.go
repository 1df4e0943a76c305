package reactors

import (
	"fmt"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// OffsetError says that a reactor's offset does not fit the log. The reactor
// waits until somebody has decided where it goes on; see [Move].
type OffsetError struct {
	Reactor string
	// Position is the offset.
	Position eventstore.Position
	// Head is the end of the log.
	Head eventstore.Position

	fault string
}

// Error implements the error interface.
func (e *OffsetError) Error() string {
	const then = "say where it goes on: holdfast reactors move %[1]s --to POSITION"
	switch e.fault {
	case foundAhead:
		return fmt.Sprintf("reactor %[1]s has worked through position %[2]d, and the log ends at %[3]d: it was restored from an older copy; "+then,
			e.Reactor, e.Position, e.Head)
	case foundReplaced:
		return fmt.Sprintf("reactor %[1]s has worked through position %[2]d of another log than this one: it was restored from an older copy and has grown again; "+then,
			e.Reactor, e.Position)
	default:
		return fmt.Sprintf("reactor %s has no offset: start the server again", e.Reactor)
	}
}
