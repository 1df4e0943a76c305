package waitingroom

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// counted is the window as room.lua keeps it.
type counted struct{ pace }

func (c *counted) giveBack(at time.Time) {
	c.returned = c.returned*math.Exp(-at.Sub(c.last).Seconds()/paceWindow.Seconds()) + 1
	c.last = at
}

func TestPace(t *testing.T) {
	t.Parallel()
	opened := time.Date(2030, 5, 1, 10, 0, 0, 0, time.UTC)
	settings := Settings{Capacity: 100, Session: 5 * time.Minute}
	young := func() counted {
		return counted{pace{last: opened, opened: opened, prior: settings.likely(), settings: settings}}
	}

	room := young()
	require.InDelta(t, 0.5, room.at(opened), 1e-9, "before anything is known")
	require.InDelta(t, 0.5, room.at(opened.Add(-time.Hour)), 1e-9, "a clock that lags does no harm")
	require.InDelta(t, 1.0/3, room.at(opened.Add(10*time.Minute)), 1e-9, "nobody can stay longer than a session")

	// Two a second, and then one: the rate follows within minutes.
	at := opened
	for range 1200 {
		at = at.Add(500 * time.Millisecond)
		room.giveBack(at)
	}
	require.InDelta(t, 2, room.at(at), 0.1)
	for range 600 {
		at = at.Add(time.Second)
		room.giveBack(at)
	}
	require.InDelta(t, 1, room.at(at), 0.1)

	require.Zero(t, pace{last: opened, opened: opened, settings: Settings{Session: time.Minute}}.at(opened), "nobody is let in")
}
