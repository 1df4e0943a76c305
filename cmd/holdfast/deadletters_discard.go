package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/reactors"
)

type deadLettersDiscardCommand struct {
	letterID
	databaseFlag
	Reason string `required:"" env:"HOLDFAST_DISCARD_REASON" placeholder:"TEXT" help:"Why nothing is to be done about it. It is kept."`
	By     string `env:"HOLDFAST_OPERATOR" default:"${operator}" placeholder:"NAME" help:"Who decides so. It is kept (default: the user of this machine)."`
}

// Help shows an example.
func (deadLettersDiscardCommand) Help() string {
	return `The letter stays, as discarded, with the reason and who gave it; the event stays in the log.

    holdfast deadletters discard 7 --reason "made good by hand, ticket 4711"`
}

// Validate says what is wrong with the flags.
func (c deadLettersDiscardCommand) Validate() error {
	if err := c.check(); err != nil {
		return err
	}
	if strings.TrimSpace(c.Reason) == "" || strings.TrimSpace(c.By) == "" {
		return errors.New("--reason and --by must say something: they are all that is left to ask later")
	}
	return checkDatabase(c.DatabaseURL)
}

// Run discards.
func (c deadLettersDiscardCommand) Run(ctx context.Context, stdout io.Writer) error {
	return withReactors(ctx, c.DatabaseURL, func(pool *pgxpool.Pool) error {
		if err := reactors.Discard(ctx, pool, c.ID, c.Reason, c.By); err != nil {
			return err
		}
		_, err := fmt.Fprintf(stdout, "Dead letter %d is discarded.\n", c.ID)
		return err
	})
}
