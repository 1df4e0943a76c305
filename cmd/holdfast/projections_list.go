package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections"
)

type listProjectionsCommand struct {
	databaseFlag
	JSON bool `name:"json" help:"Print a line of JSON for each build."`
}

// Help says what is listed.
func (listProjectionsCommand) Help() string {
	return `Each read model has a live build, and may have a next one (not whole yet, ready to be swapped in, or rolled back) and a former one. LAG is in events. DIGEST is the latest of all rows, taken when the build was compared.

    holdfast projections list
    holdfast projections list --json | jq 'select(.lag > 1000)'`
}

// Validate says what is wrong with the flags.
func (c listProjectionsCommand) Validate() error { return checkDatabase(c.DatabaseURL) }

// listedBuild is what is said of one build.
type listedBuild struct {
	Projection string     `json:"projection"`
	Place      string     `json:"place"`
	Role       string     `json:"role"`
	State      string     `json:"state"`
	Version    int        `json:"version"`
	Wanted     int        `json:"programVersion"`
	Position   int64      `json:"position"`
	Lag        int64      `json:"lag"`
	Bytes      int64      `json:"bytes"`
	MadeAt     time.Time  `json:"madeAt"`
	MovedAt    time.Time  `json:"movedAt"`
	Stopped    string     `json:"stopped,omitempty"`
	SHA256     string     `json:"sha256,omitempty"`
	DigestAt   *time.Time `json:"digestAt,omitempty"`
	DigestOf   int64      `json:"digestPosition,omitempty"`
}

// Run lists.
func (c listProjectionsCommand) Run(ctx context.Context, stdout io.Writer) error {
	b, err := openBuilds(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	defer b.close()
	head, err := b.log.Head(ctx)
	if err != nil {
		return err
	}
	checkpoints, err := projections.Checkpoints(ctx, b.pool)
	if err != nil {
		return adviseOnDatabase(err)
	}
	var all []listedBuild
	for _, checkpoint := range checkpoints {
		size, err := projections.Size(ctx, b.pool, checkpoint)
		if err != nil {
			return err
		}
		all = append(all, listed(checkpoint, head.Position, size))
	}
	if c.JSON {
		out := json.NewEncoder(stdout)
		for _, one := range all {
			if err := out.Encode(one); err != nil {
				return err
			}
		}
		return nil
	}
	return writeBuilds(stdout, all)
}

func listed(c projections.Checkpoint, head eventstore.Position, size int64) listedBuild {
	one := listedBuild{
		Projection: c.Projection, Place: c.Place, Role: roleOf(c.Place), State: stateOf(c), Version: c.Version,
		Position: int64(c.Position), Lag: max(0, int64(head-c.Position)), Bytes: size,
		MadeAt: c.MadeAt, MovedAt: c.UpdatedAt, Stopped: c.Stopped,
	}
	for _, p := range projections.All() {
		if p.Name == c.Projection {
			one.Wanted = p.Version
		}
	}
	if c.Digest.SHA256 != "" {
		one.SHA256, one.DigestOf, one.DigestAt = c.Digest.SHA256, int64(c.Digest.Position), &c.DigestAt
	}
	return one
}

func roleOf(place string) string {
	switch place {
	case projections.Live:
		return "live"
	case projections.Next:
		return "next"
	case projections.Former:
		return "former"
	default:
		return "trial"
	}
}

func stateOf(c projections.Checkpoint) string {
	switch {
	case c.Stopped != "":
		return "stopped"
	case c.Copying:
		return "copying"
	case c.SetAside:
		return "set aside"
	default:
		return "whole"
	}
}

func writeBuilds(stdout io.Writer, all []listedBuild) error {
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "READ MODEL\tBUILD\tSTATE\tVERSION\tPOSITION\tLAG\tSIZE\tMADE\tDIGEST")
	for _, b := range all {
		version, digest := strconv.Itoa(b.Version), "-"
		if b.Wanted != 0 && b.Wanted != b.Version {
			version += fmt.Sprintf(" (this program: %d)", b.Wanted)
		}
		if b.SHA256 != "" {
			digest = fmt.Sprintf("%s at %d, %s", b.SHA256[:12], b.DigestOf, b.DigestAt.Format(time.RFC3339))
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%d\t%.1f MB\t%s\t%s\n", b.Projection, b.Role, b.State, version,
			b.Position, b.Lag, float64(b.Bytes)/1e6, b.MadeAt.Format(time.RFC3339), digest)
	}
	for _, b := range all {
		if b.Stopped != "" {
			_, _ = fmt.Fprintf(table, "\n%s (%s): %s\n", b.Projection, b.Role, b.Stopped)
		}
	}
	return table.Flush()
}
