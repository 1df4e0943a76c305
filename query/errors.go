package query

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// Refusals that only questions have.
const (
	CodeDateNotFound    domain.Code = "date_not_found"
	CodePaymentNotFound domain.Code = "payment_not_found"
)

// failed says what could not be answered. Where the database is away or too
// slow the error wraps [eventstore.ErrUnavailable]; a fault of the program does
// not, and neither does the end of ctx.
func failed(ctx context.Context, model string, err error) error {
	if ctx.Err() == nil && unreachable(err) {
		return fmt.Errorf("ask the read model of %s: %w: %w", model, eventstore.ErrUnavailable, err)
	}
	return fmt.Errorf("ask the read model of %s: %w", model, err)
}

// unreachable reports whether the database did not answer, as opposed to
// refusing what it was asked.
func unreachable(err error) bool {
	refusal, is := errors.AsType[*pgconn.PgError](err)
	if !is {
		return true
	}
	// Connections, transactions that were rolled back, resources, locks, an
	// operator's intervention, the system: what passes.
	return slices.Contains([]string{"08", "25", "40", "53", "55", "57", "58"}, refusal.Code[:2])
}
