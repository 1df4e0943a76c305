// Command holdfast-bench measures Holdfast against pgbench on the same server
// and says whether the project's claims hold on this machine. It starts its
// own Postgres, loads it for a few minutes, and leaves a report.
//
// It is run from the module's folder: `make bench`.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/holdfast-dev/holdfast/internal/bench"
	"github.com/holdfast-dev/holdfast/internal/gctune"
)

type commandLine struct {
	Run runCommand `cmd:"" default:"withargs" help:"Measure, judge and report."`

	AppendChild appendChild `cmd:"" hidden:""`
	HTTPChild   httpChild   `cmd:"" hidden:"" name:"http-child"`
	RoomChild   roomChild   `cmd:"" hidden:"" name:"room-child"`

	RebuildChild rebuildChild `cmd:"" hidden:""`
}

type runCommand struct {
	Only   []string      `help:"Run only the sections whose title contains one of these words."`
	Rounds int           `help:"Alternating rounds of each section." default:"3"`
	Length time.Duration `help:"Length of one measure in one round." default:"2s"`
	Out    string        `help:"Folder of the report; empty for none." default:"docs/bench"`
	Disk   string        `help:"Folder on the disk to measure on; that of temporary files if empty."`
}

func main() {
	gctune.Relax() // as the server does
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	cli := kong.Parse(&commandLine{},
		kong.Name("holdfast-bench"),
		kong.Description("Measure Holdfast against pgbench on the same server."),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)))
	err := cli.Run()
	stop()
	cli.FatalIfErrorf(err)
}

var errClaims = errors.New("a claim does not hold")

// Run measures, writes the report and fails if a claim does not hold.
func (c runCommand) Run(ctx context.Context) (err error) {
	s, err := startServer(ctx, c.Disk)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	compare, err := newPgbench(ctx, s)
	if err != nil {
		return err
	}
	plan := bench.Plan{
		Sections: c.chosen(sections(s, compare, readEvents, saleGuests)), Baseline: compare.measure(baseline, "simple"),
		Rounds: c.Rounds, Length: c.Length, Progress: os.Stderr,
	}
	result, err := bench.Run(ctx, plan)
	if err != nil {
		return err
	}
	report := bench.NewReport(time.Now(), bench.DescribeMachine(s.postgres.Version()), plan, result)
	fmt.Printf("\n%s\n%.0f s in all\n", report.Table(), report.Took)
	if c.Out != "" {
		if err := report.Write(c.Out); err != nil {
			return err
		}
	}
	if !result.Holds() {
		return errClaims
	}
	return nil
}

// sections are everything that is measured, in the order of the report.
func sections(s *server, compare *pgbench, readEvents, saleGuests int) []bench.Section {
	all := []bench.Section{
		appends(s, compare),
		processes(s),
		holds(s),
		offered(s, compare),
		overHTTP(s),
		waiting(s, saleGuests),
		reads(s, readEvents),
		relays(s),
		operatorsTools(s, 2*readEvents),
		sinks(s),
		rebuilds(s, 2*readEvents),
	}
	for i := range all {
		all[i] = s.tidied(all[i])
	}
	return all
}

func (c runCommand) chosen(all []bench.Section) []bench.Section {
	if len(c.Only) == 0 {
		return all
	}
	return slices.DeleteFunc(all, func(section bench.Section) bool {
		return !slices.ContainsFunc(c.Only, func(word string) bool {
			return strings.Contains(strings.ToLower(section.Title), strings.ToLower(word))
		})
	})
}
