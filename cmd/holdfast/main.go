// Command holdfast sells numbered seats: the server, its database schema, its
// tokens, and everything at once on one machine for trying it out.
//
//	holdfast dev        # everything embedded, with demo concerts
//	holdfast serve      # one instance against given services
//	holdfast --help     # the rest
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // time zones of performances, on machines without them

	"github.com/alecthomas/kong"

	"github.com/holdfast-dev/holdfast/internal/gctune"
)

// What a process ends with.
const (
	exitOK    = 0
	exitFault = 1
	// exitUsage means that the command line or a setting is wrong: trying
	// again as it is cannot help.
	exitUsage = 2
)

func main() {
	gctune.Relax()
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run carries out a command line and returns what to exit with.
func run(arguments []string, stdout, stderr io.Writer) int {
	if len(arguments) == 0 {
		arguments = []string{"--help"}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal asks for an orderly end, a second one for an end.
	context.AfterFunc(ctx, stop)

	parser, err := newParser(stdout, stderr)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "holdfast:", err)
		return exitFault
	}
	command, err := parser.Parse(arguments)
	if err != nil {
		return reportUsage(stderr, err)
	}
	command.BindTo(ctx, (*context.Context)(nil))
	command.BindTo(pipe{stdout}, (*io.Writer)(nil))
	if err := command.Run(); err != nil && !errors.Is(err, errNobodyReads) {
		_, _ = fmt.Fprintln(stderr, "holdfast:", err)
		return exitFault
	}
	return exitOK
}

// reportUsage says what is wrong with a command line, and where its help is.
func reportUsage(stderr io.Writer, err error) int {
	help := "holdfast --help"
	if wrong, is := errors.AsType[*kong.ParseError](err); is && wrong.Context != nil {
		if command := wrong.Context.Selected(); command != nil {
			help = command.FullPath() + " --help"
		}
	}
	_, _ = fmt.Fprintf(stderr, "holdfast: %v\nSee %s\n", err, help)
	return exitUsage
}
