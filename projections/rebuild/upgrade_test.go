package rebuild_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/projections/rebuild"
)

// upgraded returns the projections of a program whose wallets have another
// version and another column.
func upgraded() []projections.Projection {
	all := projections.All()
	for i := range all {
		if all[i].Name == projections.WalletsName {
			all[i].Version++
			all[i].DDL += `;ALTER TABLE wallets ADD COLUMN note text NOT NULL DEFAULT ''`
		}
	}
	return all
}

// Instances of the old and of the new program run side by side, as in a rolling
// deployment, while the log grows.
func TestUpgradeBesideTheVersionBefore(t *testing.T) {
	t.Parallel()
	sale := history.New(71)
	sale.Random(2_000)
	pool, log := connect(t), history.NewLog(sale.Events())
	name := projections.WalletsName
	run(t, pool, log, projections.All())
	eventually(t, func() bool {
		return checkpoint(t, pool, name, projections.Live).Position >= eventstore.Position(len(sale.Events()))
	}, "old program")

	var starting sync.WaitGroup
	for range 3 {
		run(t, pool, log, upgraded())
		starting.Go(func() {
			b := rebuild.New(pool, log, rebuild.Options{ChunkSize: 300})
			b.Upgrade(t.Context(), upgraded(), slog.New(slog.DiscardHandler))
		})
	}
	starting.Wait()
	live := checkpoint(t, pool, name, projections.Live)
	require.Equal(t, 2, live.Version)
	require.Equal(t, 1, checkpoint(t, pool, name, projections.Former).Version)
	for _, p := range projections.All() {
		if p.Name != name {
			_, err := projections.ReadCheckpoint(t.Context(), pool, p.Name, projections.Former)
			require.ErrorIs(t, err, projections.ErrNotBuilt, "what has not changed is not built")
		}
	}
	// Both are kept current, each by the programs that understand it.
	seen := len(sale.Events())
	sale.Random(300)
	log.Append(sale.Events()[seen:]...)
	for _, place := range []string{projections.Live, projections.Former} {
		eventually(t, func() bool {
			return checkpoint(t, pool, name, place).Position == eventstore.Position(len(sale.Events()))
		}, place)
	}
	// An instance of the old program that starts now has what it needs.
	rebuild.New(pool, log, rebuild.Options{}).Upgrade(t.Context(), projections.All(), slog.New(slog.DiscardHandler))
	require.Equal(t, live.MadeAt, checkpoint(t, pool, name, projections.Live).MadeAt)
	_, err := rebuild.DropFormer(t.Context(), pool, name)
	require.ErrorIs(t, err, rebuild.ErrInUse)
}

// What an operator rolled back is not swapped in by the next server that starts.
func TestUpgradeLeavesWhatWasSetAside(t *testing.T) {
	t.Parallel()
	pool, log := connect(t), randomLog(72, 200)
	name := projections.WalletsName
	live(t, pool, log, projections.All())
	b := rebuild.New(pool, log, rebuild.Options{})
	b.Upgrade(t.Context(), upgraded(), slog.New(slog.DiscardHandler))
	for _, p := range projections.All() {
		if p.Name == name {
			_, err := b.Rollback(t.Context(), p)
			require.NoError(t, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	said := make(chan string, 10)
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.Upgrade(ctx, upgraded(), slog.New(slog.NewTextHandler(writer(said), nil)))
	}()
	require.Contains(t, <-said, "an operator has set version 2 aside")
	require.Equal(t, 1, checkpoint(t, pool, name, projections.Live).Version)
	cancel()
	<-done
}

// writer hands on what is written.
type writer chan string

func (w writer) Write(text []byte) (int, error) {
	w <- string(text)
	return len(text), nil
}
