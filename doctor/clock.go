package doctor

import (
	"context"
	"fmt"
	"time"
)

const (
	// clockTolerance is a difference that a person would notice in a log.
	clockTolerance = time.Second
	timeOfServer   = `SELECT clock_timestamp(), (SELECT recorded_at FROM holdfast.events ORDER BY position DESC LIMIT 1)`
)

// lookAtClocks compares the clocks of this machine and of the log with the
// server's, which is the one that decides.
func lookAtClocks(ctx context.Context, e *examination) ([]Finding, error) {
	type clocks struct {
		Server time.Time
		Last   *time.Time
	}
	asked := e.Now()
	c, _, err := one[clocks](ctx, e, timeOfServer)
	if err != nil {
		return nil, err
	}
	answered := e.Now()
	var found []Finding
	// The server read its clock at some moment in between.
	if early, late := c.Server.Sub(answered), asked.Sub(c.Server); max(early, late) > clockTolerance {
		found = append(found, Finding{
			Severity: Warning,
			What:     fmt.Sprintf("this machine's clock and the database server's are %s apart", max(early, late).Round(time.Millisecond)),
			Do:       "nothing is decided by this machine's clock, but its log lines and tokens carry it: synchronize both (NTP)",
		})
	}
	if c.Last != nil && c.Last.Sub(c.Server) > clockTolerance {
		found = append(found, Finding{
			Severity: Fault,
			What: fmt.Sprintf("the last event was recorded %s in the server's future: its clock was set back, or the log comes from another server",
				c.Last.Sub(c.Server).Round(time.Millisecond)),
			Do: "set the server's clock right; until it has caught up, events are recorded at the last event's time and no hold ends",
		})
	}
	return orFine(found, "this machine, the database server and the log agree within %s", clockTolerance), nil
}
