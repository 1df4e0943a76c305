package waitingroom_test

import (
	"container/heap"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// sale is a simulated on-sale: everybody acts at their own time, which is the
// injected clock's, and the stores are real. It checks on every step what must
// always hold.
type sale struct {
	*house
	instances []*waitingroom.Rooms
	settings  waitingroom.Settings
	random    *rand.Rand
	steps     steps
	// stay is how long somebody stays inside before paying or leaving.
	stay func() time.Duration

	drawn    map[int64]domain.UserID
	inside   map[int64]time.Time // number -> end, for those who hold an admission
	highest  int64               // highest number admitted since the last loss
	admitted int
	peak     int
	away     bool
	guests   []*guest
}

// guest is one user of a sale.
type guest struct {
	place waitingroom.Place
	home  int // instance that is asked
	// vanishes: stops asking without a word.
	vanishes bool
	joinedAt time.Time
	guesses  []guess
	turnAt   time.Time
	phase    waitingroom.Phase
}

// guess is what was said about the wait, and when.
type guess struct {
	at   time.Time
	wait time.Duration
}

func newSale(h *house, instances int, settings waitingroom.Settings) *sale {
	s := &sale{
		house: h, settings: settings, random: rand.New(rand.NewPCG(1, 2)),
		drawn: map[int64]domain.UserID{}, inside: map[int64]time.Time{},
	}
	s.stay = func() time.Duration { return time.Duration(30+s.random.IntN(60)) * time.Second }
	for range instances {
		s.instances = append(s.instances, h.instance())
	}
	s.every(500*time.Millisecond, func() {
		for _, rooms := range s.instances {
			s.tolerate(rooms.Refresh(s.t.Context()))
		}
	})
	return s
}

// arrive lets n users join, spread over a span of time.
func (s *sale) arrive(n int, over time.Duration, change ...func(*guest)) {
	for i := range n {
		g := &guest{home: s.random.IntN(len(s.instances))}
		for _, c := range change {
			c(g)
		}
		s.guests = append(s.guests, g)
		s.after(over*time.Duration(i)/time.Duration(n), func() { s.comeIn(g) })
	}
}

func (s *sale) comeIn(g *guest) {
	user := newUser()
	view, fresh, err := s.instances[g.home].Join(s.t.Context(), user, s.concert, nowhere, s.settings)
	if after := s.tolerate(err); after > 0 {
		s.after(after, func() { s.comeIn(g) })
		return
	}
	require.True(s.t, fresh)
	require.NotContains(s.t, s.drawn, view.Number, "a number was drawn twice")
	s.drawn[view.Number] = user
	g.joinedAt = s.clock.Now()
	s.hear(g, view)
}

// hear is what a client does with an answer.
func (s *sale) hear(g *guest, v waitingroom.View) {
	g.place, g.phase = v.Place, v.Phase
	switch v.Phase {
	case waitingroom.PhaseWaiting:
		if v.Number < s.highest && !s.away {
			// The instance may be one refresh behind the others, and no more.
			s.refresh(s.instances[g.home])
			view := s.look(s.instances[g.home], v.Place)
			require.NotEqual(s.t, waitingroom.PhaseWaiting, view.Phase, "passed over: %d, and %d was admitted", v.Number, s.highest)
			s.hear(g, view)
			return
		}
		g.guesses = append(g.guesses, guess{s.clock.Now(), v.EstimatedWait})
		if !g.vanishes || s.random.IntN(3) > 0 {
			// HTTP says whole seconds, rounded up.
			s.after(time.Duration(math.Ceil(v.PollAfter.Seconds()))*time.Second, func() { s.ask(g) })
		}
	case waitingroom.PhaseAdmitted:
		s.admit(g, v)
	case waitingroom.PhaseEnded:
		require.True(s.t, g.vanishes, "number %d lost its place", v.Number)
	}
}

func (s *sale) ask(g *guest) {
	view, err := s.instances[g.home].Look(s.t.Context(), g.place)
	if after := s.tolerate(err); after > 0 {
		s.after(after, func() { s.ask(g) })
		return
	}
	s.hear(g, view)
}

// tolerate returns when to try again, 0 if there is no need. Stores may only
// be away while the sale says so.
func (s *sale) tolerate(err error) time.Duration {
	s.t.Helper()
	if err == nil || !s.away {
		require.NoError(s.t, err)
		return 0
	}
	retry, ok := errors.AsType[*waitingroom.RetryError](err)
	require.True(s.t, ok, "%v", err)
	require.Equal(s.t, domain.CodeQueueUnavailable, domain.CodeOf(err))
	return retry.After
}

// lose tells that Redis has lost everything: the order of those admitted
// before says nothing about those admitted after.
func (s *sale) lose() { s.highest = 0 }

func (s *sale) admit(g *guest, v waitingroom.View) {
	now := s.clock.Now()
	for number, end := range s.inside {
		if !now.Before(end) {
			delete(s.inside, number)
		}
	}
	s.inside[v.Number] = v.ExpiresAt
	s.peak = max(s.peak, len(s.inside))
	require.LessOrEqual(s.t, len(s.inside), s.settings.Capacity, "more inside than the capacity")
	s.highest = max(s.highest, v.Number)
	s.admitted++
	g.turnAt = now
	stay := s.stay()
	if now.Add(stay).Before(v.ExpiresAt) {
		s.after(stay, func() { s.goOut(g) })
	}
}

// goOut ends a session before its time: by paying, or by giving it up.
func (s *sale) goOut(g *guest) {
	rooms, place := s.instances[g.home], g.place
	delete(s.inside, place.Number)
	end := rooms.Leave
	if place.Number%2 == 0 {
		// The log's follower does not know the number.
		place.Number = 0
		end = func(ctx context.Context, p waitingroom.Place) error { return rooms.Spent(ctx, p) }
	}
	if after := s.tolerate(end(s.t.Context(), place)); after > 0 {
		s.after(after, func() { s.goOut(g) })
	}
}

// steps is what is to happen, by time.
type steps []step

type step struct {
	at  time.Time
	run func()
}

func (s *steps) Len() int           { return len(*s) }
func (s *steps) Less(i, j int) bool { return (*s)[i].at.Before((*s)[j].at) }
func (s *steps) Swap(i, j int)      { (*s)[i], (*s)[j] = (*s)[j], (*s)[i] }

func (s *steps) Push(x any) {
	added, _ := x.(step)
	*s = append(*s, added)
}

func (s *steps) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}

func (s *sale) after(d time.Duration, run func()) {
	heap.Push(&s.steps, step{s.clock.Now().Add(d), run})
}

func (s *sale) every(d time.Duration, run func()) {
	s.after(d, func() { run(); s.every(d, run) })
}

// until runs the sale until a condition holds, at most for a span of time.
func (s *sale) until(limit time.Duration, condition func() bool) {
	s.t.Helper()
	end := s.clock.Now().Add(limit)
	for !condition() {
		next, _ := heap.Pop(&s.steps).(step)
		require.False(s.t, next.at.After(end), "not after %v of the sale's time: %d of %d admitted", limit, s.admitted, len(s.guests))
		s.clock.AdvanceTo(next.at)
		next.run()
	}
}
