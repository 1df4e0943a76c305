package logcheck

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Check reads the whole log of a database and returns nil if every rule holds.
// A broken rule is a [*RuleError], the first one in position order; any other
// error means that the log could not be read.
func Check(ctx context.Context, databaseURL string) error {
	_, err := Verify(ctx, databaseURL, nil)
	return err
}

// Verify is [Check], and says what the log adds up to and meanwhile how far it
// is. It judges the log up to where it ends at the beginning; appends that go
// on do no harm, and nothing is held back by it. If a rule is broken, the
// figures are those of the events before. Progress may be nil.
func Verify(ctx context.Context, databaseURL string, progress func(position, head int64)) (_ Figures, err error) {
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return Figures{}, fmt.Errorf("check the log: database address: %w", err)
	}
	config.RuntimeParams["default_transaction_read_only"] = "on"
	config.RuntimeParams["timezone"] = "UTC"
	source := source{config}
	head, err := source.head(ctx)
	if err != nil {
		return Figures{}, fmt.Errorf("check the log: %w", err)
	}
	f := newFold(head)
	defer func() { err = errors.Join(err, f.ledger.close()) }()

	fault := source.eachPage(ctx, head, func(page []record) error {
		for i := range page {
			if err := f.add(page[i]); err != nil {
				return err
			}
		}
		if progress != nil {
			progress(f.position, head)
		}
		return nil
	})
	if _, broken := errors.AsType[*RuleError](fault); fault != nil && !broken {
		return f.figures(), fmt.Errorf("check the log after position %d: %w", f.position, fault)
	}
	fault = f.finish(fault, func(position int64) (record, error) { return source.event(ctx, position) })
	return f.figures(), fault
}
