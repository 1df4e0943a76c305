package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// The places of builds. Each is a schema of the database.
const (
	// Live is the place of the builds that questions are answered from.
	Live = "holdfast_read"
	// Next is where a build stands that is to take the place of the live one.
	Next = "holdfast_read_next"
	// Former is where the build stands that was live before. It is kept current
	// by the programs of its version, which may still answer from it.
	Former = "holdfast_read_former"
	// Trial is where a build stands that is only made to be compared.
	Trial = "holdfast_read_trial"
)

// places are all places, the live one first.
var places = []string{Live, Next, Former, Trial}

// Placeholder stands for the place in the text of a query: "{place}.seats".
const Placeholder = "{place}"

// ErrNoVersion means that no build that questions may be answered from is of
// the version that this program understands.
var ErrNoVersion = errors.New("no read model of this program's version: it is being built, or another version of the program is to be run")

// Answering returns the checkpoint of the build of a version that questions are
// answered from: the live one, or the former one while another version is live.
// It fails with [ErrNoVersion].
func Answering(ctx context.Context, db Querier, projection string, version int) (Checkpoint, error) {
	rows, err := db.Query(ctx, `SELECT `+checkpointColumns+` FROM holdfast_read.checkpoints
		WHERE projection = $1 AND version = $2 AND place = ANY($3) AND phase = 'follow'
		ORDER BY place LIMIT 1`, projection, version, []string{Live, Former})
	if err != nil {
		return Checkpoint{}, fmt.Errorf("find the build of %s: %w", projection, err)
	}
	checkpoint, err := pgx.CollectExactlyOneRow(rows, scanCheckpoint)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Checkpoint{}, fmt.Errorf("%s, version %d: %w", projection, version, ErrNoVersion)
	case err != nil:
		return Checkpoint{}, fmt.Errorf("find the build of %s: %w", projection, err)
	}
	return checkpoint, nil
}

// Size returns how many bytes the tables of a build take, with their indexes.
func Size(ctx context.Context, db Querier, c Checkpoint) (int64, error) {
	rows, err := db.Query(ctx, `
		SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relname = ANY($2)`, c.Place, c.Tables)
	if err != nil {
		return 0, fmt.Errorf("size of %s in %s: %w", c.Projection, c.Place, err)
	}
	size, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[int64])
	if err != nil {
		return 0, fmt.Errorf("size of %s in %s: %w", c.Projection, c.Place, err)
	}
	return size, nil
}
