package projections

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// Fingerprint tells whether two builds of a projection are equal.
type Fingerprint struct {
	// Position is the checkpoint that the tables stood at.
	Position eventstore.Position
	// SHA256 is the digest of every row of every table, in the order of their
	// keys, in hexadecimal.
	SHA256 string
}

// Digest dumps the tables of a projection in a place and digests the dump. Two
// builds of one version at one position have the same fingerprint. The
// transaction should be REPEATABLE READ, so that tables and checkpoint are of
// one moment.
func Digest(ctx context.Context, tx pgx.Tx, p Projection, place string) (Fingerprint, error) {
	checkpoint, err := ReadCheckpoint(ctx, tx, p.Name, place)
	if err != nil {
		return Fingerprint{}, err
	}
	sum := sha256.New()
	for _, table := range p.Tables {
		name := pgx.Identifier{place, table.Name}.Sanitize()
		dump := `COPY (TABLE ` + name + ` ORDER BY ` + table.Key + `) TO STDOUT`
		if _, err := tx.Conn().PgConn().CopyTo(ctx, sum, dump); err != nil {
			return Fingerprint{}, fmt.Errorf("dump %s: %w", name, err)
		}
		// A table's end, so that rows cannot wander from one table to the next.
		sum.Write([]byte("\\.\n"))
	}
	return Fingerprint{Position: checkpoint.Position, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}
