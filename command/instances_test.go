package command_test

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/pgtest"
)

// cluster is several instances on one database, each with a memory of its own,
// as several processes have it. What is left in the log is checked when the
// test ends.
type cluster struct {
	t        *testing.T
	url      string
	settings command.Settings
	units    []*command.Unit
	log      *eventstore.Log // the first instance's
}

func newCluster(t *testing.T, instances int, settings command.Settings) *cluster {
	t.Helper()
	c := &cluster{t: t, url: withParameter(t, pgtest.New(t), "pool_max_conns", "2"), settings: settings}
	c.settings.Currency = "EUR"
	for range instances {
		c.join()
	}
	return c
}

func withParameter(t *testing.T, address, name, value string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	query := parsed.Query()
	query.Set(name, value)
	parsed.RawQuery = query.Encode()
	return parsed.String()
}

// join adds an instance.
func (c *cluster) join() *command.Unit {
	c.t.Helper()
	pool, err := eventstore.Connect(c.t.Context(), c.url, eventstore.RoleAppender)
	require.NoError(c.t, err)
	c.t.Cleanup(pool.Close)
	log, err := eventstore.Open(c.t.Context(), pool, eventstore.Options{AllowUnsafe: true})
	require.NoError(c.t, err)
	c.t.Cleanup(log.Close)
	writer, err := eventstore.NewWriter(log, command.Model(), eventstore.WriterOptions{})
	require.NoError(c.t, err)
	c.t.Cleanup(func() { require.NoError(c.t, writer.Close(context.Background())) })
	unit, err := command.New(writer, c.settings, newID)
	require.NoError(c.t, err)
	c.units = append(c.units, unit)
	if c.log == nil {
		c.log = log
	}
	return unit
}

// unit spreads callers over the instances.
func (c *cluster) unit(caller int) *command.Unit { return c.units[caller%len(c.units)] }

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func newUser() domain.UserID { return domain.UserID(newID()) }

func by(user domain.UserID, key string) command.Envelope {
	return command.Envelope{Actor: "user:" + string(user), IdempotencyKey: key, Correlation: "test"}
}

// performance puts a performance on sale, at 100 a seat.
func (c *cluster) performance(seats int) (domain.ConcertID, domain.PerformanceID) {
	c.t.Helper()
	announced, err := c.unit(0).AnnounceConcert(c.t.Context(), command.Envelope{Actor: "admin:test"}, command.AnnounceConcert{
		Title: "Nachtmusik", Venue: "Halle", Currency: "EUR", Capacity: 100, SessionSeconds: 600,
	})
	require.NoError(c.t, err)
	scheduled, err := c.unit(1).SchedulePerformance(c.t.Context(), command.Envelope{Actor: "admin:test"}, command.SchedulePerformance{
		ConcertID: announced.Answer.ConcertID, StartsAt: time.Now().AddDate(1, 0, 0), TimeZone: "Europe/Berlin",
		SeatCount: seats, SeatPrice: 100,
	})
	require.NoError(c.t, err)
	return announced.Answer.ConcertID, scheduled.Answer.PerformanceID
}

// richUser is a user with that much money.
func (c *cluster) richUser(amount domain.Money) domain.UserID {
	c.t.Helper()
	user := newUser()
	_, err := c.unit(0).ChargeWallet(c.t.Context(), by(user, newID()), command.ChargeWallet{UserID: user, Amount: amount})
	require.NoError(c.t, err)
	return user
}

// hold holds seats for a user, who must get them.
func (c *cluster) hold(user domain.UserID, performance domain.PerformanceID, seats ...int) command.Reservation {
	c.t.Helper()
	held, err := c.unit(0).HoldSeats(c.t.Context(), by(user, newID()), command.HoldSeats{
		UserID: user, PerformanceID: performance, Seats: seats,
	})
	require.NoError(c.t, err)
	return held.Answer
}

// stream returns the types of a stream's events.
func (c *cluster) stream(name string) (types []string) {
	c.t.Helper()
	events, err := c.log.ReadStream(c.t.Context(), name, 0, 100)
	require.NoError(c.t, err)
	for _, e := range events {
		types = append(types, e.Type)
	}
	return types
}

// race runs n callers at once and returns what each has got.
func race[T any](n int, call func(caller int) (T, error)) ([]T, []error) {
	got, errs := make([]T, n), make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			got[i], errs[i] = call(i)
		})
	}
	close(start)
	all.Wait()
	return got, errs
}

// outcomes counts the codes of refusals; "" is acceptance. Any other error
// fails the test.
func outcomes(t *testing.T, errs []error) map[domain.Code]int {
	t.Helper()
	counts := map[domain.Code]int{}
	for _, err := range errs {
		code := domain.CodeOf(err)
		if err != nil && code == "" {
			require.NoError(t, err)
		}
		counts[code]++
	}
	return counts
}

func key(i int) string { return fmt.Sprintf("key-%d", i) }
