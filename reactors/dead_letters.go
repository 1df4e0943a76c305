package reactors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// LetterState is how far a dead letter has come.
type LetterState string

// A letter is open until somebody decides. A try that fails opens it again.
const (
	// LetterOpen waits for somebody.
	LetterOpen LetterState = "open"
	// LetterAsked means that its reactor is to try again.
	LetterAsked LetterState = "asked"
	// LetterRetried means that the reactor coped with it then.
	LetterRetried LetterState = "retried"
	// LetterDiscarded means that somebody decided to do without.
	LetterDiscarded LetterState = "discarded"
)

// Settled reports whether nothing is left to do.
func (s LetterState) Settled() bool { return s == LetterRetried || s == LetterDiscarded }

// DeadLetter is an event that a reactor could not cope with.
type DeadLetter struct {
	ID      int64
	Reactor string
	State   LetterState
	// Position of the event in the log.
	Position eventstore.Position
	// Stream and Type are the event's, empty if the log was restored since from
	// a copy that does not have it.
	Stream string
	Type   string
	// Attempts is how often the handler was called for it.
	Attempts int
	// Reason is the handler's last error.
	Reason string
	// DiedAt is when the reactor gave up, the last time.
	DiedAt time.Time
	// AskedAt is when somebody asked for another try, the last time.
	AskedAt *time.Time
	// SettledAt is when it was retried with success, or discarded.
	SettledAt *time.Time
	// Note and SettledBy say why it was discarded, and by whom.
	Note      string
	SettledBy string
}

var (
	// ErrNoLetter means that there is no dead letter of that number.
	ErrNoLetter = errors.New("no such dead letter")
	// ErrSettled means that a dead letter was retried or discarded before.
	ErrSettled = errors.New("dead letter is settled")
	// ErrBusy means that the reactor is at work on what it was asked for.
	ErrBusy = errors.New("reactor is at work on it; look again in a moment")
)

const letterColumns = `
SELECT l.id, l.reactor, l.state, l.position, coalesce(e.stream, ''), coalesce(e.type, ''), l.attempts, l.reason,
       l.died_at, l.asked_at, l.settled_at, coalesce(l.note, ''), coalesce(l.settled_by, '')
FROM holdfast_reactors.dead_letters l
LEFT JOIN holdfast.events e ON e.position = l.position AND e.recorded_at = l.event_at`

// Filter says which dead letters are wanted. The zero value wants all.
type Filter struct {
	Reactor string
	// Unsettled wants those that are open or asked for.
	Unsettled bool
	// After is the number of the last one that was seen.
	After int64
	// Limit is how many at most, 0 for a thousand.
	Limit int
}

// Letters returns dead letters in the order in which they came.
func Letters(ctx context.Context, pool *pgxpool.Pool, f Filter) ([]DeadLetter, error) {
	if f.Limit <= 0 {
		f.Limit = 1_000
	}
	rows, err := pool.Query(ctx, letterColumns+`
		WHERE l.id > $1 AND ($2 = '' OR l.reactor = $2) AND (NOT $3 OR l.settled_at IS NULL)
		ORDER BY l.id LIMIT $4`, f.After, f.Reactor, f.Unsettled, f.Limit)
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	letters, err := pgx.CollectRows(rows, pgx.RowToStructByPos[DeadLetter])
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	return letters, nil
}

// Letter returns one dead letter, or [ErrNoLetter].
func Letter(ctx context.Context, pool *pgxpool.Pool, id int64) (DeadLetter, error) {
	rows, err := pool.Query(ctx, letterColumns+` WHERE l.id = $1`, id)
	if err != nil {
		return DeadLetter{}, fmt.Errorf("read dead letter %d: %w", id, err)
	}
	letter, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[DeadLetter])
	if errors.Is(err, pgx.ErrNoRows) {
		return DeadLetter{}, fmt.Errorf("%w: %d", ErrNoLetter, id)
	}
	if err != nil {
		return DeadLetter{}, fmt.Errorf("read dead letter %d: %w", id, err)
	}
	return letter, nil
}

// Ask hands a dead letter to its reactor again: whichever server works on that
// reactor tries it within a moment, once, or as soon as one runs. Asking for
// what is asked for changes nothing; what is settled is [ErrSettled].
func Ask(ctx context.Context, pool *pgxpool.Pool, id int64) error {
	letter, err := Letter(ctx, pool, id)
	if err != nil {
		return err
	}
	if letter.Type == "" {
		return fmt.Errorf("dead letter %d: the log has no such event at position %d: it was restored from an older copy", id, letter.Position)
	}
	tag, err := pool.Exec(ctx, `
		UPDATE holdfast_reactors.dead_letters SET state = 'asked', asked_at = clock_timestamp()
		WHERE id = $1 AND state IN ('open', 'asked')`, id)
	if err != nil {
		return fmt.Errorf("ask for another try of dead letter %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("%w: %d is %s", ErrSettled, id, letter.State)
	}
	return nil
}

// Discard settles a dead letter without another try, for a reason that is kept
// with who gave it. What is settled is [ErrSettled]; what its reactor is trying
// at this moment is [ErrBusy].
func Discard(ctx context.Context, pool *pgxpool.Pool, id int64, reason, by string) error {
	if reason == "" || by == "" {
		return errors.New("a dead letter is discarded for a reason and by somebody")
	}
	letter, err := Letter(ctx, pool, id)
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		// Whoever tries a letter holds the offset of its reactor meanwhile.
		if letter.State == LetterAsked {
			if err := lockOffset(ctx, tx, letter.Reactor); err != nil {
				return fmt.Errorf("discard dead letter %d: %w", id, err)
			}
		}
		tag, err := tx.Exec(ctx, `
			UPDATE holdfast_reactors.dead_letters
			SET state = 'discarded', settled_at = clock_timestamp(), note = $2, settled_by = $3
			WHERE id = $1 AND state = $4 AND settled_at IS NULL`, id, reason, by, letter.State)
		if err != nil {
			return fmt.Errorf("discard dead letter %d: %w", id, err)
		}
		switch {
		case tag.RowsAffected() == 1:
			return nil
		case letter.State.Settled():
			return fmt.Errorf("%w: %d is %s", ErrSettled, id, letter.State)
		default:
			return fmt.Errorf("dead letter %d has changed meanwhile: %w", id, ErrBusy)
		}
	})
}

// lockOffset takes a reactor's offset for the rest of a transaction, or
// returns [ErrBusy].
func lockOffset(ctx context.Context, tx pgx.Tx, reactor string) error {
	_, err := tx.Exec(ctx, `SELECT FROM holdfast_reactors.offsets WHERE reactor = $1 FOR UPDATE NOWAIT`, reactor)
	const lockNotAvailable = "55P03"
	if refusal, is := errors.AsType[*pgconn.PgError](err); is && refusal.Code == lockNotAvailable {
		return ErrBusy
	}
	return err
}

// LetterEvent returns the event of a dead letter from the log.
func LetterEvent(ctx context.Context, pool *pgxpool.Pool, letter DeadLetter) (eventstore.Event, error) {
	var e eventstore.Event
	err := pool.QueryRow(ctx, `
		SELECT position, stream, version, type, coalesce(tag, ''), convert_to(payload::text, 'UTF8'), convert_to(metadata::text, 'UTF8'), recorded_at
		FROM holdfast.events WHERE position = $1`, letter.Position).
		Scan(&e.Position, &e.Stream, &e.Version, &e.Type, &e.Tag, &e.Payload, &e.Metadata, &e.RecordedAt)
	if err != nil {
		return eventstore.Event{}, fmt.Errorf("read event %d: %w", letter.Position, err)
	}
	e.RecordedAt = e.RecordedAt.UTC()
	return e, nil
}
