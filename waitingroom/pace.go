package waitingroom

import (
	"math"
	"time"
)

// paceWindow is the time constant of the exponential window over which places
// given back are counted. It is WINDOW in room.lua.
const paceWindow = 2 * time.Minute

// pace is how fast places are given back.
type pace struct {
	// returned is the count in the window, as it stood at last.
	returned float64
	last     time.Time
	// opened is when counting began.
	opened time.Time
	// prior is the rate to expect before anything was counted.
	prior    float64
	settings Settings
}

// at returns the rate in places a second, for a room that is full.
//
// In a young room hardly anybody has finished yet, and that says little about
// how fast they will be. So the count is mixed with the prior, as if that had
// been observed for half a session before the room opened, and the mixture
// fades with the first sessions. And since nobody can stay longer than a
// session, no room is slower than capacity / session in the long run, whatever
// has been counted so far.
func (p pace) at(now time.Time) float64 {
	window, session := paceWindow.Seconds(), p.settings.Session.Seconds()
	age := max(0, now.Sub(p.opened).Seconds())
	observed := window * -math.Expm1(-age/window)
	counted := p.returned * math.Exp(-max(0, now.Sub(p.last).Seconds())/window)
	believed := session / 2 * math.Exp(-2*age/session)
	return max(p.settings.slowest(), (counted+p.prior*believed)/(observed+believed))
}

// slowest is the rate of a full room in which everybody stays to the end.
func (s Settings) slowest() float64 {
	return float64(s.Capacity) / s.Session.Seconds()
}

// likely is the rate to expect of a room that nobody has seen at work: people
// stay for two thirds of their time.
func (s Settings) likely() float64 {
	return 1.5 * s.slowest()
}
