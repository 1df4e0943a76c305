package eventstore

import (
	"io"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// What the server had to say before the connection broke decides nothing.
func TestABrokenConnectionIsNoVerdict(t *testing.T) {
	t.Parallel()
	p := proposal{events: make([]Event, 1), begins: true}
	for _, code := range []string{"ZL001", "ZL002", "ZL003", "ZL004", "23505", "22P02"} {
		refusal := &pgconn.PgError{Code: code, ConstraintName: streamVersion}
		_, _, err := p.judge(&exchange{refusal: refusal, err: io.ErrUnexpectedEOF})
		require.ErrorIs(t, err, ErrUnavailable, code)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, code)
	}
}
