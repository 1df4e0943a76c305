package history_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/projections/history"
)

func TestTheDemoIsLawfulAndAlwaysTheSame(t *testing.T) {
	t.Parallel()
	events := history.Demo()
	require.Equal(t, events, history.Demo())
	seen := make(map[string]int)
	for i, e := range events {
		require.EqualValues(t, i+1, e.Position)
		if i > 0 {
			require.False(t, e.RecordedAt.Before(events[i-1].RecordedAt))
		}
		seen[e.Type]++
	}
	require.Len(t, seen, 13, "every type of event happens: %v", seen)
	t.Log(len(events), seen)

	conn, err := pgx.Connect(t.Context(), pgtest.New(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	require.NoError(t, history.Insert(t.Context(), conn, events))
}
