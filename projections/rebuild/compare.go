package rebuild

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections"
)

// Comparison is what came of comparing a build with the live one.
type Comparison struct {
	Projection string
	// Position is where both stood.
	Position eventstore.Position
	// Live and Other are the digests of all their rows.
	Live, Other string
	// First is the first difference, nil if there is none.
	First *Difference
}

// Equal reports whether all rows are the same.
func (c Comparison) Equal() bool { return c.Live == c.Other }

// Difference is the first row in the order of the keys that two builds do not
// have in common.
type Difference struct {
	Table string
	// Live and Other are the row in each build, as JSON; empty if it has none.
	Live, Other string
}

// ErrOtherVersion means that the live build is of another version, so that
// there is nothing to compare with.
var ErrOtherVersion = errors.New("the live build is of another version")

// ErrLiveStopped means that the live build has come upon an event that it
// cannot get past and the other one has: its rows are wrong, and the two cannot
// be met at one position. It comes with the [*projections.BadEventError].
var ErrLiveStopped = errors.New("the live build has stopped")

// comparePatience is how long two builds that go on are tried to be met at one
// position.
const comparePatience = time.Minute

// errApart means that two builds did not stand at one position.
var errApart = errors.New("the builds stand at different positions")

// Compare holds the build in a place against the live one, row for row, at a
// moment at which both stand at one position, and keeps the digests with the
// checkpoints. Neither is held up for longer than a step. It fails with
// [ErrOtherVersion], with [projections.ErrAhead] and with [ErrLiveStopped] where
// the live one is not to be compared with.
func (b *Builder) Compare(ctx context.Context, p projections.Projection, place string) (Comparison, error) {
	live, err := projections.ReadCheckpoint(ctx, b.pool, p.Name, projections.Live)
	if err != nil {
		return Comparison{}, err
	}
	if live.Version != p.Version {
		return Comparison{}, fmt.Errorf("%s: %w: %d", p.Name, ErrOtherVersion, live.Version)
	}
	if err := live.CheckLog(ctx, b.log); err != nil {
		return Comparison{}, err
	}
	for began := time.Now(); ; {
		if err := b.meet(ctx, p, place); err != nil {
			return Comparison{}, err
		}
		comparison, err := b.compare(ctx, p, place)
		if !errors.Is(err, errApart) {
			return comparison, err
		}
		if time.Since(began) > comparePatience {
			return Comparison{}, fmt.Errorf("compare %s: %w, again and again", p.Name, err)
		}
	}
}

// meet brings the one of two builds that is behind to where the other one is.
func (b *Builder) meet(ctx context.Context, p projections.Projection, place string) error {
	for {
		live, err := projections.ReadCheckpoint(ctx, b.pool, p.Name, projections.Live)
		if err != nil {
			return err
		}
		other, err := projections.ReadCheckpoint(ctx, b.pool, p.Name, place)
		if err != nil {
			return err
		}
		missing := live.Position - other.Position
		switch {
		case missing < 0:
			// Whoever runs the live build is slower than us, or nobody does.
			err = b.catchUp(ctx, p, projections.Live, other.Position)
			if _, bad := errors.AsType[*projections.BadEventError](err); bad {
				err = fmt.Errorf("%s: %w: %w", p.Name, ErrLiveStopped, err)
			}
		case missing > lastSteps:
			err = b.catchUp(ctx, p, place, live.Position)
		default:
			return b.levelAndCommit(ctx, p, place)
		}
		if err != nil {
			return err
		}
	}
}

// levelAndCommit makes the last step with both checkpoints locked, so that both
// stand at one position when it commits.
func (b *Builder) levelAndCommit(ctx context.Context, p projections.Projection, place string) error {
	return pgx.BeginFunc(ctx, b.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockRows, p.Name, []string{projections.Live, place}); err != nil {
			return err
		}
		live, err := projections.ReadCheckpoint(ctx, tx, p.Name, projections.Live)
		if err != nil {
			return err
		}
		other, err := projections.ReadCheckpoint(ctx, tx, p.Name, place)
		if err != nil {
			return err
		}
		_, err = b.level(ctx, tx, p, live, other)
		if errors.Is(err, errBehind) {
			return nil // it has fallen behind meanwhile: the next try brings it up
		}
		return err
	})
}

const keepDigest = `
UPDATE holdfast_read.checkpoints SET digest = $3, digest_position = $4, digest_at = clock_timestamp()
WHERE projection = $1 AND place = $2`

// compare digests both builds in one snapshot.
func (b *Builder) compare(ctx context.Context, p projections.Projection, place string) (Comparison, error) {
	var c Comparison
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, b.pool, snapshot, func(tx pgx.Tx) error {
		// Where both stand is looked at before the long work.
		var same bool
		err := tx.QueryRow(ctx, `SELECT count(DISTINCT position) = 1 AND count(*) = 2 FROM holdfast_read.checkpoints
			WHERE projection = $1 AND place = ANY($2)`, p.Name, []string{projections.Live, place}).Scan(&same)
		if err != nil {
			return err
		}
		if !same {
			return errApart
		}
		live, err := projections.Digest(ctx, tx, p, projections.Live)
		if err != nil {
			return err
		}
		other, err := projections.Digest(ctx, tx, p, place)
		if err != nil {
			return err
		}
		c = Comparison{Projection: p.Name, Position: live.Position, Live: live.SHA256, Other: other.SHA256}
		if !c.Equal() {
			c.First, err = firstDifference(ctx, tx, p, place)
		}
		return err
	})
	if err != nil {
		return c, fmt.Errorf("compare %s: %w", p.Name, err)
	}
	for at, digest := range map[string]string{projections.Live: c.Live, place: c.Other} {
		if _, err := b.pool.Exec(ctx, keepDigest, p.Name, at, digest, c.Position); err != nil {
			return c, fmt.Errorf("keep the digest of %s: %w", p.Name, err)
		}
	}
	return c, nil
}

// firstDifference finds the first row that differs. The rows of two tables are
// of different types, so they are compared as text.
func firstDifference(ctx context.Context, tx pgx.Tx, p projections.Projection, place string) (*Difference, error) {
	for _, table := range p.Tables {
		d := Difference{Table: table.Name}
		err := tx.QueryRow(ctx, fmt.Sprintf(`
			SELECT coalesce(to_json(l)::text, ''), coalesce(to_json(o)::text, '')
			FROM %s l FULL JOIN %s o USING (%s)
			WHERE l::text IS DISTINCT FROM o::text ORDER BY %s LIMIT 1`,
			qualified(projections.Live, table.Name), qualified(place, table.Name), table.Key, table.Key)).Scan(&d.Live, &d.Other)
		switch {
		case err == nil:
			return &d, nil
		case !errors.Is(err, pgx.ErrNoRows):
			return nil, fmt.Errorf("look for the first difference in %s: %w", table.Name, err)
		}
	}
	return nil, nil
}
