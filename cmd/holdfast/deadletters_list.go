package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/reactors"
)

type deadLettersListCommand struct {
	databaseFlag
	Reactor string `env:"HOLDFAST_REACTOR" placeholder:"NAME" help:"Only those of one reactor."`
	All     bool   `help:"Also those that were retried with success, or discarded."`
	JSON    bool   `name:"json" help:"Print one JSON object a line."`
}

// Help shows examples.
func (deadLettersListCommand) Help() string {
	return `An event that a reactor could not cope with, after all its tries, waits as a dead letter; the reactor goes on with the next event. They are listed in the order in which they came.

    holdfast deadletters list
    holdfast deadletters list --reactor end_sessions --all
    holdfast deadletters list --json | jq 'select(.attempts > 5).id'`
}

// Validate says what is wrong with the flags.
func (c deadLettersListCommand) Validate() error { return checkDatabase(c.DatabaseURL) }

// Run lists.
func (c deadLettersListCommand) Run(ctx context.Context, stdout io.Writer) error {
	return withReactors(ctx, c.DatabaseURL, func(pool *pgxpool.Pool) error {
		veil, err := projections.ForgottenUsers(ctx, pool)
		if err != nil {
			return err
		}
		show, flush := c.printer(stdout)
		filter := reactors.Filter{Reactor: c.Reactor, Unsettled: !c.All}
		for {
			letters, err := reactors.Letters(ctx, pool, filter)
			if err != nil {
				return err
			}
			if len(letters) == 0 {
				return flush()
			}
			for _, l := range letters {
				filter.After = l.ID
				if err := show(shownLetter(l, veil)); err != nil {
					return err
				}
			}
		}
	})
}

// printer returns what prints a letter, and what is to be called at the end.
func (c deadLettersListCommand) printer(stdout io.Writer) (show func(letterShown) error, flush func() error) {
	if c.JSON {
		out := json.NewEncoder(stdout)
		out.SetEscapeHTML(false)
		return func(l letterShown) error { return out.Encode(l) }, func() error { return nil }
	}
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tSTATE\tREACTOR\tPOSITION\tTYPE\tATTEMPTS\tDIED\tREASON")
	return func(l letterShown) error {
		_, err := fmt.Fprintf(table, "%d\t%s\t%s\t%d\t%s\t%d\t%s\t%s\n", l.ID, l.State, l.Reactor, l.Position, l.Type, l.Attempts,
			l.DiedAt.Format(time.RFC3339), inBrief(l.Reason))
		return err
	}, table.Flush
}

// inBrief is the beginning of a text, on one line.
func inBrief(text string) string {
	const most = 80
	brief, _, _ := strings.Cut(text, "\n")
	if runes := []rune(brief); len(runes) > most {
		brief = string(runes[:most]) + "…"
	}
	return strings.ReplaceAll(brief, "\t", " ")
}
