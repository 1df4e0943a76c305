package waitingroom_test

import (
	"context"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
	"github.com/holdfast-dev/holdfast/internal/redistest"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

func TestMain(m *testing.M) {
	logging.Disable() // servers are killed here
	pgtest.Main(m)
}

// nowhere is an address that is not limited.
var nowhere netip.Addr

// clock is the log's clock as a test turns it.
type clock struct{ nanos atomic.Int64 }

func (c *clock) Now() time.Time             { return time.Unix(0, c.nanos.Load()).UTC() }
func (c *clock) Advance(d time.Duration)    { c.nanos.Add(int64(d)) }
func (c *clock) AdvanceTo(at time.Time)     { c.nanos.Store(at.UnixNano()) }
func (c *clock) Until(at time.Time) float64 { return at.Sub(c.Now()).Seconds() }

// house is one concert's waiting room with its stores, on which a test puts
// any number of instances.
type house struct {
	t       testing.TB
	pool    *pgxpool.Pool
	redis   *redistest.Server
	client  redis.UniversalClient
	clock   *clock
	concert domain.ConcertID
}

func newHouse(t testing.TB) *house {
	t.Helper()
	server := redistest.New(t)
	h := &house{
		t: t, pool: newPool(t), redis: server, client: connect(t, server.URL()),
		clock: &clock{}, concert: domain.ConcertID(uuid.NewString()),
	}
	h.clock.AdvanceTo(time.Date(2030, 5, 1, 10, 0, 0, 0, time.UTC))
	return h
}

func newPool(t testing.TB) *pgxpool.Pool {
	t.Helper()
	url := pgtest.New(t)
	require.NoError(t, waitingroom.Migrate(t.Context(), url))
	pool, err := pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

func connect(t testing.TB, url string) redis.UniversalClient {
	t.Helper()
	client, err := waitingroom.Connect(url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// unlimited are options for tests that are not about limits.
func (h *house) unlimited() waitingroom.Options {
	return waitingroom.Options{
		Clock:           h.clock.Now,
		JoinsPerUser:    waitingroom.Limit{Burst: -1},
		JoinsPerAddress: waitingroom.Limit{Burst: -1},
		Timeout:         5 * time.Second, // the machine may be busy
	}
}

// instance is a process of its own: it shares only the stores.
func (h *house) instance(change ...func(*waitingroom.Options)) *waitingroom.Rooms {
	h.t.Helper()
	options := h.unlimited()
	for _, c := range change {
		c(&options)
	}
	rooms, err := waitingroom.New(h.pool, connect(h.t, h.redis.URL()), options)
	require.NoError(h.t, err)
	return rooms
}

func (h *house) join(rooms *waitingroom.Rooms, user domain.UserID, s waitingroom.Settings) waitingroom.View {
	h.t.Helper()
	view, _, err := rooms.Join(h.t.Context(), user, h.concert, nowhere, s)
	require.NoError(h.t, err)
	return view
}

func (h *house) look(rooms *waitingroom.Rooms, place waitingroom.Place) waitingroom.View {
	h.t.Helper()
	view, err := rooms.Look(h.t.Context(), place)
	require.NoError(h.t, err)
	return view
}

func (h *house) refresh(all ...*waitingroom.Rooms) {
	h.t.Helper()
	for _, rooms := range all {
		require.NoError(h.t, rooms.Refresh(h.t.Context()))
	}
}

// crowd joins n users one after another and returns their views.
func (h *house) crowd(rooms *waitingroom.Rooms, n int, s waitingroom.Settings) []waitingroom.View {
	h.t.Helper()
	views := make([]waitingroom.View, n)
	for i := range views {
		views[i] = h.join(rooms, newUser(), s)
	}
	return views
}

// inside asks Redis how many are called or active.
func (h *house) inside(ctx context.Context, rooms *waitingroom.Rooms) int64 {
	h.t.Helper()
	called, active := rooms.InsideKeys(h.concert)
	pipe := h.client.TxPipeline()
	c, a := pipe.ZCard(ctx, called), pipe.ZCard(ctx, active)
	_, err := pipe.Exec(ctx)
	require.NoError(h.t, err)
	return c.Val() + a.Val()
}

func newUser() domain.UserID {
	return domain.UserID(uuid.Must(uuid.NewV7()).String())
}

func phases(views []waitingroom.View) []waitingroom.Phase {
	found := make([]waitingroom.Phase, len(views))
	for i, v := range views {
		found[i] = v.Phase
	}
	return found
}
