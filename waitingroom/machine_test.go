package waitingroom_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// machine does random things to a room through several instances and knows
// what must hold whatever was done.
type machine struct {
	*house
	instances []*waitingroom.Rooms
	// severed does not reach Postgres while away is set.
	severed  *waitingroom.Rooms
	away     *atomic.Bool
	capacity int

	drawn  map[int64]domain.UserID
	places []waitingroom.Place
	gone   map[domain.AdmissionID]bool
	// inside are the admissions that were handed out and have not ended.
	inside map[domain.AdmissionID]time.Time
	// highest is the highest number admitted since the last flush, floor the
	// highest drawn before it.
	highest, floor int64
}

func (m *machine) settings() waitingroom.Settings {
	return waitingroom.Settings{Capacity: m.capacity, Session: time.Minute}
}

func (m *machine) any(t *rapid.T) *waitingroom.Rooms {
	return m.instances[rapid.IntRange(0, len(m.instances)-1).Draw(t, "instance")]
}

func (m *machine) someone(t *rapid.T) (int, waitingroom.Place) {
	if len(m.places) == 0 {
		t.Skip("nobody is there")
	}
	i := rapid.IntRange(0, len(m.places)-1).Draw(t, "who")
	return i, m.places[i]
}

// overtaken tells whether somebody who was drawn later is inside, while v waits.
func (m *machine) overtaken(v waitingroom.View) bool {
	return v.Phase == waitingroom.PhaseWaiting && v.Number > m.floor && v.Number < m.highest && !m.gone[v.AdmissionID]
}

// hear checks an answer and remembers it.
func (m *machine) hear(t *rapid.T, rooms *waitingroom.Rooms, i int, v waitingroom.View) {
	if m.overtaken(v) {
		// The instance may be one refresh behind the others, and no more.
		if err := rooms.Refresh(m.t.Context()); err != nil {
			t.Fatal(err)
		}
		fresh, err := rooms.Look(m.t.Context(), v.Place)
		if err != nil || m.overtaken(fresh) {
			t.Fatalf("%d still waits, and %d was admitted (%v)", v.Number, m.highest, err)
		}
		v = fresh
	}
	m.places[i] = v.Place
	now := m.clock.Now()
	switch v.Phase {
	case waitingroom.PhaseAdmitted:
		if !now.Before(v.ExpiresAt) || v.ExpiresAt.After(now.Add(time.Minute)) {
			t.Fatalf("at %v admitted until %v", now, v.ExpiresAt)
		}
		if m.gone[v.AdmissionID] {
			return // an admission that was given up is answered from its own token; the log refuses it
		}
		m.inside[v.AdmissionID] = v.ExpiresAt
		m.highest = max(m.highest, v.Number)
	case waitingroom.PhaseWaiting:
		if v.PollAfter <= 0 || v.EstimatedWait <= 0 || v.Position < 0 {
			t.Fatalf("nonsense: %+v", v)
		}
	case waitingroom.PhaseEnded:
		m.gone[v.AdmissionID] = true
	}
	m.count(t)
}

func (m *machine) count(t *rapid.T) {
	now := m.clock.Now()
	for id, end := range m.inside {
		if !now.Before(end) {
			delete(m.inside, id)
		}
	}
	if len(m.inside) > m.capacity {
		t.Fatalf("%d inside, capacity %d", len(m.inside), m.capacity)
	}
}

func (m *machine) actions() map[string]func(*rapid.T) {
	ctx := m.t.Context()
	return map[string]func(*rapid.T){
		"join": func(rt *rapid.T) {
			user, rooms := newUser(), m.any(rt)
			view, fresh, err := rooms.Join(ctx, user, m.concert, nowhere, m.settings())
			if err != nil || !fresh {
				rt.Fatalf("fresh %v, %v", fresh, err)
			}
			if other, twice := m.drawn[view.Number]; twice {
				rt.Fatalf("%d was drawn for %s and %s", view.Number, other, user)
			}
			if latest := m.latest(); view.Number <= latest {
				rt.Fatalf("%d was drawn after %d", view.Number, latest)
			}
			m.drawn[view.Number] = user
			m.places = append(m.places, view.Place)
			m.hear(rt, rooms, len(m.places)-1, view)
		},
		"join again": func(rt *rapid.T) {
			i, place := m.someone(rt)
			if place.Number <= m.floor || m.gone[place.AdmissionID] || m.instances[0].Known() == 0 {
				rt.Skip("may get another number")
			}
			rooms := m.any(rt)
			view, fresh, err := rooms.Join(ctx, place.UserID, m.concert, nowhere, m.settings())
			if err != nil {
				rt.Fatal(err)
			}
			if fresh { // the turn passed unnoticed
				m.drawn[view.Number] = place.UserID
				m.gone[place.AdmissionID] = true
				delete(m.inside, place.AdmissionID)
			} else if view.AdmissionID != place.AdmissionID || view.Number != place.Number {
				rt.Fatalf("had %+v, joined again as %+v", place, view.Place)
			}
			m.hear(rt, rooms, i, view)
		},
		"look": func(rt *rapid.T) {
			i, place := m.someone(rt)
			rooms := m.any(rt)
			view, err := rooms.Look(ctx, place)
			if err != nil {
				rt.Fatal(err)
			}
			m.hear(rt, rooms, i, view)
		},
		"look where Postgres is away": func(rt *rapid.T) {
			i, place := m.someone(rt)
			m.away.Store(true)
			view, err := m.severed.Look(ctx, place)
			m.away.Store(false)
			if err == nil {
				m.hear(rt, m.severed, i, view)
			} else if domain.CodeOf(err) != domain.CodeQueueUnavailable {
				rt.Fatal(err)
			}
		},
		"everybody looks": func(rt *rapid.T) {
			rooms := m.any(rt)
			for i, place := range slices.Clone(m.places) {
				view, err := rooms.Look(ctx, place)
				if err != nil {
					rt.Fatal(err)
				}
				m.hear(rt, rooms, i, view)
			}
		},
		"go": func(rt *rapid.T) {
			_, place := m.someone(rt)
			end := rapid.SampledFrom([]string{"leave", "spend"}).Draw(rt, "how")
			var err error
			if end == "leave" || place.AdmittedUntil.IsZero() {
				err = m.any(rt).Leave(ctx, place)
			} else {
				place.Number = 0
				err = m.any(rt).Spent(ctx, place)
			}
			if err != nil {
				rt.Fatal(err)
			}
			m.gone[place.AdmissionID] = true
			delete(m.inside, place.AdmissionID)
		},
		"time": func(rt *rapid.T) {
			m.clock.Advance(time.Duration(rapid.IntRange(1, 50_000).Draw(rt, "milliseconds")) * time.Millisecond)
			m.count(rt)
		},
		"refresh": func(rt *rapid.T) {
			if err := m.any(rt).Refresh(ctx); err != nil {
				rt.Fatal(err)
			}
		},
		"raise the capacity": func(rt *rapid.T) {
			m.capacity++
			if err := m.any(rt).Configure(ctx, m.concert, m.settings()); err != nil {
				rt.Fatal(err)
			}
		},
		"flush": func(rt *rapid.T) {
			if err := m.client.FlushAll(ctx).Err(); err != nil {
				rt.Fatal(err)
			}
			m.highest, m.floor = 0, m.latest()
		},
	}
}

func (m *machine) latest() (latest int64) {
	for number := range m.drawn {
		latest = max(latest, number)
	}
	return latest
}

func TestWhateverHappensToARoom(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	options := h.unlimited()
	options.Block = 9 // used up all the time
	severable, away := h.severable()
	rapid.Check(t, func(rt *rapid.T) {
		own := *h
		own.concert = domain.ConcertID(uuid.NewString())
		m := &machine{
			house: &own, capacity: 2, drawn: map[int64]domain.UserID{},
			gone: map[domain.AdmissionID]bool{}, inside: map[domain.AdmissionID]time.Time{},
		}
		for range 3 {
			rooms, err := waitingroom.New(h.pool, h.client, options)
			require.NoError(t, err)
			m.instances = append(m.instances, rooms)
		}
		severed, err := waitingroom.New(severable, h.client, options)
		require.NoError(t, err)
		m.severed, m.away = severed, away
		m.instances = append(m.instances, severed)
		rt.Repeat(m.actions())
	})
}
