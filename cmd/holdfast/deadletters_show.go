package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/reactors"
)

type deadLettersShowCommand struct {
	letterID
	databaseFlag
	JSON bool `name:"json" help:"Print one JSON object."`
}

// Help shows examples.
func (deadLettersShowCommand) Help() string {
	return `Shows the event, why its reactor gave up on it, and what has become of it since.

    holdfast deadletters show 7
    holdfast deadletters show 7 --json | jq .event.payload`
}

// Validate says what is wrong with the flags.
func (c deadLettersShowCommand) Validate() error {
	if err := c.check(); err != nil {
		return err
	}
	return checkDatabase(c.DatabaseURL)
}

// Run shows.
func (c deadLettersShowCommand) Run(ctx context.Context, stdout io.Writer) error {
	return withReactors(ctx, c.DatabaseURL, func(pool *pgxpool.Pool) error {
		letter, err := reactors.Letter(ctx, pool, c.ID)
		if err != nil {
			return err
		}
		veil, err := projections.ForgottenUsers(ctx, pool)
		if err != nil {
			return err
		}
		shown := shownLetter(letter, veil)
		if letter.Type != "" {
			event, err := reactors.LetterEvent(ctx, pool, letter)
			if err != nil {
				return err
			}
			event = veiled(veil, event)
			shown.Event = &eventShown{
				Version: int64(event.Version), RecordedAt: event.RecordedAt, Payload: event.Payload, Metadata: event.Metadata,
			}
		}
		if c.JSON {
			out := json.NewEncoder(stdout)
			out.SetEscapeHTML(false)
			return out.Encode(shown)
		}
		return shown.print(stdout)
	})
}

// print writes a letter for a person. What was not is left out.
func (l letterShown) print(stdout io.Writer) error {
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			_, _ = fmt.Fprintf(table, "%s\t%s\n", name, strings.ReplaceAll(value, "\n", "\n\t"))
		}
	}
	at := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.Format(time.RFC3339)
	}
	line("dead letter", strconv.FormatInt(l.ID, 10))
	line("reactor", l.Reactor)
	line("state", string(l.State))
	line("attempts", strconv.Itoa(l.Attempts))
	line("died", at(&l.DiedAt))
	line("asked for", at(l.AskedAt))
	line("settled", at(l.SettledAt))
	line("settled by", l.SettledBy)
	line("because", l.Note)
	line("position", strconv.FormatInt(l.Position, 10))
	if l.Event == nil {
		line("event", "not in this log: it was restored from an older copy")
	} else {
		line("event", fmt.Sprintf("%s, version %d of %s", l.Type, l.Event.Version, l.Stream))
		line("recorded", at(&l.Event.RecordedAt))
		line("payload", string(l.Event.Payload))
		line("metadata", string(l.Event.Metadata))
	}
	line("reason", l.Reason)
	return table.Flush()
}
