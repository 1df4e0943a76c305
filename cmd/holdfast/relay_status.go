package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/relay"
)

type relayStatusCommand struct {
	databaseFlag
	JSON bool `name:"json" help:"Print one JSON object a line, one for each checkpoint."`
}

// Help says what is shown.
func (relayStatusCommand) Help() string {
	return `Asks the database alone: it answers while Kafka is away, and while no instance runs.

    holdfast relay status
    holdfast relay status --json | jq .lag`
}

// Validate says what is wrong with the flags.
func (c relayStatusCommand) Validate() error { return checkDatabase(c.DatabaseURL) }

// Run prints the checkpoints.
func (c relayStatusCommand) Run(ctx context.Context, stdout io.Writer) error {
	pool, err := eventstore.Connect(ctx, c.DatabaseURL, relay.Role)
	if err != nil {
		return err
	}
	defer pool.Close()
	all, err := relay.Checkpoints(ctx, pool)
	if err != nil {
		return adviseOnDatabase(err)
	}
	if len(all) == 0 && !c.JSON {
		_, err := fmt.Fprintln(stdout, "The relay has never run.")
		return err
	}
	for _, checkpoint := range all {
		if err := c.print(stdout, checkpoint); err != nil {
			return err
		}
	}
	return nil
}

func (c relayStatusCommand) print(out io.Writer, at relay.Checkpoint) error {
	if c.JSON {
		return json.NewEncoder(out).Encode(relayStatusOf(at))
	}
	_, err := fmt.Fprintf(out, "%s: position %d of %d, %d behind\n", at.Name, at.Position, at.Head, at.Lag())
	if err != nil {
		return err
	}
	switch {
	case at.Held:
		_, err = fmt.Fprintf(out, "  relayed by %s since %s\n", at.Owner, at.TakenAt.Format(time.RFC3339))
	default:
		_, err = fmt.Fprintln(out, "  nobody relays at the moment")
	}
	if err == nil && !at.WaitingSince.IsZero() {
		_, err = fmt.Fprintf(out, "  the next event has been waiting for %s\n", at.Delay().Round(time.Millisecond))
	}
	if err == nil && at.Trouble != "" {
		_, err = fmt.Fprintf(out, "  trouble since %s: %s\n", at.TroubleAt.Format(time.RFC3339), at.Trouble)
	}
	return err
}

// relayStatus is what a machine reads.
type relayStatus struct {
	Name         string     `json:"name"`
	Position     int64      `json:"position"`
	Head         int64      `json:"head"`
	Lag          int64      `json:"lag"`
	DelaySeconds float64    `json:"delaySeconds"`
	Running      bool       `json:"running"`
	Owner        string     `json:"owner,omitempty"`
	Epoch        int64      `json:"epoch"`
	TakenAt      *time.Time `json:"takenAt,omitempty"`
	Trouble      string     `json:"trouble,omitempty"`
	TroubleAt    *time.Time `json:"troubleAt,omitempty"`
	UpdatedAt    time.Time  `json:"updatedAt"`
}

func relayStatusOf(at relay.Checkpoint) relayStatus {
	return relayStatus{
		Name: at.Name, Position: int64(at.Position), Head: int64(at.Head), Lag: at.Lag(), DelaySeconds: at.Delay().Seconds(),
		Running: at.Held, Owner: at.Owner, Epoch: at.Epoch, TakenAt: ifAny(at.TakenAt),
		Trouble: at.Trouble, TroubleAt: ifAny(at.TroubleAt), UpdatedAt: at.UpdatedAt,
	}
}

func ifAny(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
