package eventstore

// quietRounds is how many groups in a row must find nobody else's events
// before a writer believes to be alone again.
const quietRounds = 16

// company tells whether other processes write to the log. Alone, a group takes
// one round trip and is wasted if that was wrong. In company it takes two and
// is never wasted.
type company struct {
	on    bool
	quiet int
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
