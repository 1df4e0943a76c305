package main

import (
	"os"

	"github.com/holdfast-dev/holdfast/internal/progress"
)

// progressFlag says what a long command shows while it runs.
type progressFlag struct {
	Progress progress.Form `env:"HOLDFAST_PROGRESS" enum:"auto,bar,lines,json,none" default:"auto" placeholder:"FORM" help:"What is shown on standard error meanwhile: bar, lines, json, none, or auto, which is a bar on a terminal and lines elsewhere (default auto)."`
}

func (f progressFlag) start(what string, total int64) *progress.Report {
	return progress.Start(os.Stderr, f.Progress, what, total)
}
