package history

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// fillPage is how many events are made while as many are written.
const fillPage = 20_000

// Fill puts an on-sale of exactly n events into the empty log of a database:
// what [Sale.OnSale] makes of the seed, cut off between two commands if it can
// be and else filled up with charges. The login must own the log. It holds no
// more than a few pages of events in memory, and takes the indexes of the log
// away while it writes.
func Fill(ctx context.Context, databaseURL string, seed uint64, n int) (err error) {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return fmt.Errorf("connect to fill the log: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		restore, err := dropIndexes(ctx, tx)
		if err != nil {
			return err
		}
		if err := write(ctx, tx.Conn(), seed, n); err != nil {
			return err
		}
		return restore()
	})
	if err != nil {
		return fmt.Errorf("fill the log: %w", err)
	}
	_, err = conn.Exec(ctx, `VACUUM (ANALYZE) holdfast.events`)
	return err
}

// write makes the events and copies them, both at the same time.
func write(ctx context.Context, conn *pgx.Conn, seed uint64, n int) error {
	pages := make(chan []eventstore.Event, 1)
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error {
		defer close(pages)
		sale := New(seed)
		for sale.recorded() < n {
			sale.exactly(min(fillPage, n-sale.recorded()))
			select {
			case pages <- sale.Take():
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	both.Go(func() error {
		for page := range pages {
			if err := Insert(ctx, conn, page); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	return both.Wait()
}

// exactly records n more events: as many commands as fit, then charges.
func (s *Sale) exactly(n int) {
	// The largest command is a sweep after a pause; holds and payments have ten.
	const margin = 500
	goal := s.recorded() + n
	if n > margin {
		s.OnSale(n - margin)
	}
	for s.recorded() < goal {
		s.Charge(s.crowdUser(), 1_000)
	}
}

// dropIndexes takes all indexes from the empty log and returns what makes them
// again.
func dropIndexes(ctx context.Context, tx pgx.Tx) (restore func() error, err error) {
	rows, err := tx.Query(ctx, `
		SELECT CASE WHEN c.oid IS NULL THEN 'DROP INDEX holdfast.' ELSE 'ALTER TABLE holdfast.events DROP CONSTRAINT ' END || quote_ident(i.relname),
			CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.oid)
			ELSE 'ALTER TABLE holdfast.events ADD CONSTRAINT ' || quote_ident(i.relname) || ' ' || pg_get_constraintdef(c.oid) END
		FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid LEFT JOIN pg_constraint c ON c.conindid = i.oid
		WHERE x.indrelid = 'holdfast.events'::regclass AND NOT EXISTS (SELECT FROM holdfast.events)
		ORDER BY i.relname`)
	if err != nil {
		return nil, err
	}
	var drop, makeAgain string
	var drops, makes []string
	_, err = pgx.ForEachRow(rows, []any{&drop, &makeAgain}, func() error {
		drops, makes = append(drops, drop), append(makes, makeAgain)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(drops) == 0 {
		return nil, errors.New("it is not empty")
	}
	return func() error { return each(ctx, tx, makes) }, each(ctx, tx, drops)
}

func each(ctx context.Context, tx pgx.Tx, statements []string) error {
	for _, statement := range statements {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
