package eventstore

// quietRounds is how many groups in a row must find nobody else's events
// before a writer believes to be alone again.
const quietRounds = 16

// mostRounds bounds how long a writer keeps to rounds after its groups could not
// be placed.
const mostRounds = 64

// company tells whether other processes write to the log. Alone, a group takes
// one round trip and is wasted if that was wrong. In company the database places
// a group, also in one round trip, which is wasted if others have changed what
// it was decided on. Where that happens, the next groups are written in rounds:
// these take two and are never wasted.
type company struct {
	on    bool
	quiet int
	// rounds is how many groups are yet to be written under the lock before the
	// next may be placed, and patience how many that was to begin with: twice as
	// many each time that the database could not place one.
	rounds, patience int
}

func (c *company) present() bool { return c.on }

// found notes how many events of others a group has come upon.
func (c *company) found(events int) {
	if events > 0 {
		c.on, c.quiet = true, 0
		return
	}
	c.quiet++
	if c.quiet >= quietRounds {
		c.on = false
	}
}

// disputed reports whether others change what our groups are decided on, as far
// as was seen of late.
func (c *company) disputed() bool { return c.on && c.rounds > 0 }

// wrote notes that a round was written.
func (c *company) wrote() { c.rounds = max(0, c.rounds-1) }

// placed notes whether the database could place a group.
func (c *company) placed(ok bool) {
	if ok {
		c.patience = 0
		return
	}
	c.patience = min(2*max(c.patience, 1), mostRounds)
	c.rounds = c.patience
}
