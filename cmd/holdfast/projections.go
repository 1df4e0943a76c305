package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/internal/progress"
	"github.com/holdfast-dev/holdfast/projections"
	"github.com/holdfast-dev/holdfast/projections/rebuild"
)

type modelCommands struct {
	List     listProjectionsCommand   `cmd:"" help:"List the read models, their builds, and how far these are."`
	Rebuild  rebuildCommand           `cmd:"" help:"Build read models anew beside the live ones, compare, and swap them in."`
	Verify   verifyProjectionsCommand `cmd:"" help:"Compare the live read models with fresh builds."`
	Swap     swapCommand              `cmd:"" help:"Make the builds beside the live ones the live ones."`
	Rollback rollbackCommand          `cmd:"" help:"Make the former builds the live ones again."`
	DropOld  dropOldCommand           `cmd:"" name:"drop-old" help:"Drop the former builds."`
	Discard  discardCommand           `cmd:"" help:"Drop the builds that stand beside the live ones."`
}

// namesArgument says which read models a command is about.
type namesArgument struct {
	Names []string `arg:"" optional:"" name:"name" help:"Read models: ${models}."`
	All   bool     `help:"All of them."`
}

// knownProjections are the names for the help.
func knownProjections() string { return strings.Join(projectionNames(projections.All()), ", ") }

func projectionNames(all []projections.Projection) []string {
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.Name
	}
	return names
}

func (n namesArgument) check() error {
	if n.All == (len(n.Names) > 0) {
		return fmt.Errorf("name read models (%s), or give --all", knownProjections())
	}
	for _, name := range n.Names {
		if !slices.Contains(projectionNames(projections.All()), name) {
			return fmt.Errorf("there is no read model %q, only %s", name, knownProjections())
		}
	}
	return nil
}

// chosen returns the read models in their own order.
func (n namesArgument) chosen() []projections.Projection {
	return slices.DeleteFunc(projections.All(), func(p projections.Projection) bool {
		return !n.All && !slices.Contains(n.Names, p.Name)
	})
}

// builds is the database as a command about builds sees it.
type builds struct {
	pool *pgxpool.Pool
	log  *eventstore.Log
}

// openBuilds connects as the projector: nothing here writes to the log.
func openBuilds(ctx context.Context, databaseURL string) (*builds, error) {
	pool, err := eventstore.Connect(ctx, databaseURL, eventstore.RoleProjector)
	if err != nil {
		return nil, err
	}
	// How durable the log is matters to who writes to it.
	log, err := eventstore.Open(ctx, pool, eventstore.Options{AllowUnsafe: true})
	if err != nil {
		pool.Close()
		return nil, adviseOnDatabase(err)
	}
	return &builds{pool: pool, log: log}, nil
}

func (b *builds) close() {
	b.log.Close()
	b.pool.Close()
}

// withBuilds runs fn on projections that nobody else works on meanwhile.
func withBuilds(
	ctx context.Context, databaseURL string, chosen []projections.Projection, fn func(*builds) error,
) error {
	b, err := openBuilds(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer b.close()
	release, err := rebuild.Lock(ctx, b.pool, projectionNames(chosen))
	if err != nil {
		return adviseOnDatabase(err)
	}
	defer release()
	return adviseOnDatabase(fn(b))
}

// phases shows the progress of a build, phase by phase.
type phases struct {
	form   progress.Form
	phase  rebuild.Phase
	about  string
	report *progress.Report
}

// show is told of every progress.
func (s *phases) show(p rebuild.Progress) {
	about := strings.Join(p.Projections, ", ")
	if p.Note != "" {
		s.end(nil)
		if s.form != progress.None {
			_, _ = fmt.Fprintln(os.Stderr, "note:", p.Note)
		}
		return
	}
	if s.report == nil || s.phase != p.Phase || s.about != about {
		s.end(nil)
		s.phase, s.about = p.Phase, about
		s.report = progress.Start(os.Stderr, s.form, fmt.Sprintf("%s %s", p.Phase, about), int64(p.Head))
		s.report.From(int64(p.Position))
	}
	s.report.At(int64(p.Position))
}

func (s *phases) end(err error) {
	if s.report != nil {
		s.report.End(err)
	}
	s.report = nil
}

// say prints a sentence, or the value as a line of JSON.
func say(stdout io.Writer, asJSON bool, value any, format string, args ...any) error {
	if asJSON {
		return json.NewEncoder(stdout).Encode(value)
	}
	_, err := fmt.Fprintf(stdout, format+"\n", args...)
	return err
}

// each runs fn for every projection, also after one has failed.
func each(chosen []projections.Projection, fn func(projections.Projection) error) error {
	var failures []error
	for _, p := range chosen {
		if err := fn(p); err != nil {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}
