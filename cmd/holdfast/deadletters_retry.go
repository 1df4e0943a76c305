package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/reactors"
)

type deadLettersRetryCommand struct {
	letterID
	databaseFlag
	Wait time.Duration `env:"HOLDFAST_RETRY_WAIT" default:"15s" placeholder:"DURATION" help:"How long to wait for the outcome; 0s asks and does not wait (default 15s)."`
}

// Help says who tries, and shows examples.
func (deadLettersRetryCommand) Help() string {
	return `The server that works on the reactor tries the event again, once, within a moment, and this command waits for what comes of it. If no server runs, the first one that does tries it. Failing again opens the letter again, with the new reason.

    holdfast deadletters retry 7
    holdfast deadletters list --json | jq .id | xargs -n1 holdfast deadletters retry

It exits with 1 if the event fails again, and if nothing was heard of it in time.`
}

// Validate says what is wrong with the flags.
func (c deadLettersRetryCommand) Validate() error {
	if err := c.check(); err != nil {
		return err
	}
	if c.Wait < 0 {
		return fmt.Errorf("--wait must not be less than 0, and is %s", c.Wait)
	}
	return checkDatabase(c.DatabaseURL)
}

// Run asks, and waits.
func (c deadLettersRetryCommand) Run(ctx context.Context, stdout io.Writer) error {
	return withReactors(ctx, c.DatabaseURL, func(pool *pgxpool.Pool) error {
		if err := reactors.Ask(ctx, pool, c.ID); err != nil {
			return err
		}
		if c.Wait == 0 {
			_, err := fmt.Fprintf(stdout, "Dead letter %d is handed to its reactor.\n", c.ID)
			return err
		}
		letter, err := c.outcome(ctx, pool)
		switch {
		case err != nil:
			return err
		case letter.State == reactors.LetterOpen:
			return fmt.Errorf("dead letter %d has failed again after %d attempts in all: %s", c.ID, letter.Attempts, inBrief(letter.Reason))
		default:
			_, err := fmt.Fprintf(stdout, "Dead letter %d is %s.\n", c.ID, letter.State)
			return err
		}
	})
}

// outcome waits until nobody is asked any more.
func (c deadLettersRetryCommand) outcome(ctx context.Context, pool *pgxpool.Pool) (reactors.DeadLetter, error) {
	waiting, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		letter, err := reactors.Letter(ctx, pool, c.ID)
		if err != nil || letter.State != reactors.LetterAsked {
			return letter, err
		}
		select {
		case <-look.C:
		case <-waiting.Done():
			if ctx.Err() != nil {
				return letter, ctx.Err()
			}
			return letter, fmt.Errorf("dead letter %d is handed to reactor %s, and nothing was heard within %s: %w",
				c.ID, letter.Reactor, c.Wait, errNotHeard)
		}
	}
}

var errNotHeard = errors.New("no server works on it, or it takes longer; it will be tried in any case (holdfast deadletters show tells)")
