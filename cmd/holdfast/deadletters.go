package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/domain/user"
	"github.com/holdfast-dev/holdfast/reactors"
)

type deadLettersCommands struct {
	List    deadLettersListCommand    `cmd:"" help:"List events that a reactor could not cope with."`
	Show    deadLettersShowCommand    `cmd:"" help:"Show one of them: the event, the reason, the tries."`
	Retry   deadLettersRetryCommand   `cmd:"" help:"Hand one to its reactor again."`
	Discard deadLettersDiscardCommand `cmd:"" help:"Settle one without another try, for a reason."`
}

// withReactors runs fn on a pool that acts as the reactors do.
func withReactors(ctx context.Context, databaseURL string, fn func(*pgxpool.Pool) error) error {
	pool, err := reactors.Connect(ctx, databaseURL, 0)
	if err != nil {
		return err
	}
	defer pool.Close()
	return adviseOnDatabase(fn(pool))
}

// letterShown is a dead letter as a machine reads it.
type letterShown struct {
	ID        int64                `json:"id"`
	Reactor   string               `json:"reactor"`
	State     reactors.LetterState `json:"state"`
	Position  int64                `json:"position"`
	Stream    string               `json:"stream,omitempty"`
	Type      string               `json:"type,omitempty"`
	Attempts  int                  `json:"attempts"`
	Reason    string               `json:"reason"`
	DiedAt    time.Time            `json:"diedAt"`
	AskedAt   *time.Time           `json:"askedAt,omitempty"`
	SettledAt *time.Time           `json:"settledAt,omitempty"`
	Note      string               `json:"note,omitempty"`
	SettledBy string               `json:"settledBy,omitempty"`
	Event     *eventShown          `json:"event,omitempty"`
}

// eventShown is what the log says about a dead letter's event.
type eventShown struct {
	Version    int64           `json:"version"`
	RecordedAt time.Time       `json:"recordedAt"`
	Payload    json.RawMessage `json:"payload"`
	Metadata   json.RawMessage `json:"metadata"`
}

// shownLetter is a letter as it may leave the database: with pseudonyms in the
// place of users who were forgotten.
func shownLetter(l reactors.DeadLetter, veil user.Veil) letterShown {
	return letterShown{
		ID: l.ID, Reactor: l.Reactor, State: l.State, Position: int64(l.Position), Stream: veil.Name(l.Stream), Type: l.Type,
		Attempts: l.Attempts, Reason: string(veil.Text([]byte(l.Reason))), DiedAt: l.DiedAt.UTC(), AskedAt: inUTC(l.AskedAt), SettledAt: inUTC(l.SettledAt),
		Note: l.Note, SettledBy: l.SettledBy,
	}
}

func inUTC(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	utc := at.UTC()
	return &utc
}

// letterID is the number of a dead letter on the command line.
type letterID struct {
	ID int64 `arg:"" help:"Number of the dead letter, as holdfast deadletters list shows it."`
}

func (l letterID) check() error {
	if l.ID < 1 {
		return fmt.Errorf("%d is not the number of a dead letter: they count from 1", l.ID)
	}
	return nil
}
