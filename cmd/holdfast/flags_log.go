package main

import (
	"io"
	"log/slog"
	"os"
)

// logFlags say what the log of a server on standard error looks like.
type logFlags struct {
	formatFlags

	AccessLog bool `env:"HOLDFAST_ACCESS_LOG" default:"true" negatable:"" help:"Log a line for each request (default on)."`
}

// accessLogger returns the logger of requests, nil if none is wanted. Its lines
// have no bare durations: they need no [readableDurations], which would be
// asked about each of their attributes.
func (f logFlags) accessLogger(out *os.File) *slog.Logger {
	if !f.AccessLog {
		return nil
	}
	return slog.New(f.handler(out, isTerminal(out), nil))
}

// formatFlags say what any log on standard error looks like.
type formatFlags struct {
	LogFormat string     `env:"HOLDFAST_LOG_FORMAT" enum:"auto,text,json" default:"auto" placeholder:"FORMAT" help:"Form of the log on standard error: text, json, or auto, which is text on a terminal (default auto)."`
	LogLevel  slog.Level `env:"HOLDFAST_LOG_LEVEL" default:"info" placeholder:"LEVEL" help:"Least level that is logged: debug, info, warn or error (default info)."`
}

func (f formatFlags) logger(out *os.File) *slog.Logger {
	return slog.New(f.handler(out, isTerminal(out), readableDurations))
}

func (f formatFlags) handler(out io.Writer, terminal bool, replace func([]string, slog.Attr) slog.Attr) slog.Handler {
	options := &slog.HandlerOptions{Level: f.LogLevel, ReplaceAttr: replace}
	if f.LogFormat == "text" || f.LogFormat == "auto" && terminal {
		return slog.NewTextHandler(out, options)
	}
	return slog.NewJSONHandler(out, options)
}

// readableDurations writes durations with their unit, where JSON would have a
// bare number of nanoseconds.
func readableDurations(_ []string, attr slog.Attr) slog.Attr {
	if attr.Value.Kind() == slog.KindDuration {
		attr.Value = slog.StringValue(attr.Value.Duration().String())
	}
	return attr
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
