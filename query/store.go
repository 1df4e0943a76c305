package query

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/projections"
)

// Store answers questions from the read-model tables. It is safe for
// concurrent use.
//
// It reads the builds of this program's version wherever they stand: the live
// place, or that of the former build while another version of the program has
// taken the live one. So a swap changes no answer's shape.
type Store struct {
	pool      *pgxpool.Pool
	positions *positions
	// versions are those that this program understands, by projection.
	versions map[string]int
	// places holds where the builds of those versions stood last, by projection.
	places sync.Map
}

// NewStore returns a store. Connections of pool must be allowed to read the
// read models and to lock their tables for reading; the pool stays the caller's.
func NewStore(pool *pgxpool.Pool) *Store {
	s := &Store{pool: pool, positions: newPositions(pool), versions: make(map[string]int)}
	for _, p := range projections.All() {
		s.versions[p.Name] = p.Version
	}
	return s
}

// place returns where the build of a model is believed to stand.
func (s *Store) place(model string) string {
	if place, known := s.places.Load(model); known {
		return place.(string) //nolint:forcetypeassert,errcheck // nothing else is stored
	}
	return projections.Live
}

// locate finds out where the build of a model stands.
func (s *Store) locate(ctx context.Context, model string) error {
	checkpoint, err := projections.Answering(ctx, s.pool, model, s.versions[model])
	if err != nil {
		return err
	}
	s.places.Store(model, checkpoint.Place)
	return nil
}

// question is one query of a read model.
type question[T any] struct {
	// model is the projection whose tables are asked.
	model string
	// table is the one that is read.
	table string
	// sql selects the answer's rows from {place}.table.
	sql string
	// scan reads one of them.
	scan pgx.RowToFunc[T]
}

// ask returns the rows of a question from tables that have seen a position. It
// fails with [ErrBehind] if they do not get there in time.
func (q question[T]) ask(ctx context.Context, s *Store, position Position, args ...any) ([]T, error) {
	rows, at, err := q.find(ctx, s, args)
	if err != nil {
		return nil, failed(ctx, q.model, err)
	}
	if at >= position {
		return rows, nil
	}
	if err := await(ctx, func(ctx context.Context) error {
		return s.positions.waitFor(ctx, build{q.model, s.versions[q.model]}, position)
	}); err != nil {
		return nil, err
	}
	rows, at, err = q.find(ctx, s, args)
	switch {
	case err != nil:
		return nil, failed(ctx, q.model, err)
	case at < position:
		return nil, ErrBehind // another build, which is behind, has taken the place
	}
	return rows, nil
}

// maxMoves is how often in a row a build may move while it is being read.
const maxMoves = 5

// find reads the rows wherever the build of this program's version stands.
func (q question[T]) find(ctx context.Context, s *Store, args []any) (rows []T, at Position, err error) {
	for range maxMoves {
		rows, at, err = q.read(ctx, s, s.place(q.model), args)
		if err == nil || !moved(err) {
			return rows, at, err
		}
		if err := s.locate(ctx, q.model); err != nil {
			return nil, 0, err
		}
	}
	return nil, 0, err
}

// errElsewhere means that the place does not have the build that is wanted.
var errElsewhere = errors.New("read model has moved to another place")

// moved reports whether a question failed because the tables are not what, or
// where, they were believed to be: no such build, table, schema or column, or
// rows of another shape than a prepared statement has promised.
func moved(err error) bool {
	if errors.Is(err, errElsewhere) || errors.Is(err, pgx.ErrNoRows) {
		return true
	}
	refusal, is := errors.AsType[*pgconn.PgError](err)
	return is && slices.Contains([]string{"42P01", "3F000", "42703", "0A000"}, refusal.Code)
}

const (
	// Rows and checkpoint must be of one moment. The lock comes first: the
	// snapshot is taken after it, so no swap can come between the two.
	beginSnapshot = `BEGIN READ ONLY, ISOLATION LEVEL REPEATABLE READ`
	lockTable     = `LOCK TABLE {place}.{table} IN ACCESS SHARE MODE`

	checkpointOfModel = `SELECT position, version FROM holdfast_read.checkpoints WHERE projection = $1 AND place = $2 AND phase = 'follow'`
)

// read returns the rows of a question and the position that they stand at. The
// whole transaction is one round trip.
func (q question[T]) read(ctx context.Context, s *Store, place string, args []any) (rows []T, at Position, err error) {
	in := strings.NewReplacer(projections.Placeholder, place, "{table}", q.table)
	var batch pgx.Batch
	batch.Queue(beginSnapshot)
	batch.Queue(in.Replace(lockTable))
	batch.Queue(checkpointOfModel, q.model, place).QueryRow(func(row pgx.Row) error {
		var version int
		if err := row.Scan(&at, &version); err != nil {
			return err
		}
		if version != s.versions[q.model] {
			return errElsewhere
		}
		return nil
	})
	batch.Queue(in.Replace(q.sql), args...).Query(func(found pgx.Rows) error {
		rows, err = pgx.CollectRows(found, q.scan)
		return err
	})
	batch.Queue(`COMMIT`)
	err = s.pool.SendBatch(ctx, &batch).Close()
	return rows, at, err
}
