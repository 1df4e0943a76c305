// Package progress tells whoever waits for a long command how far it is: with
// a bar on a terminal, with plain lines in a log, with JSON lines for a
// program, or not at all.
//
//	report := progress.Start(os.Stderr, progress.Auto, "verify", head)
//	…
//	report.At(position)
//	…
//	report.End(err)
//
// It goes to standard error, so that results can be piped. It is bounded: a
// bar is drawn ten times a second at most, a line written every five seconds.
package progress

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Form is what progress looks like. The zero value is Auto.
type Form string

// The forms.
const (
	Auto  Form = "auto" // a bar on a terminal, else lines
	Bar   Form = "bar"
	Lines Form = "lines"
	JSON  Form = "json"
	None  Form = "none"
)

const (
	drawInterval = 100 * time.Millisecond
	lineInterval = 5 * time.Second
)

// Report shows how far one command is. It is safe for concurrent use.
type Report struct {
	what  string
	total int64
	write func(state)
	every time.Duration
	bar   *progressbar.ProgressBar

	mu      sync.Mutex
	started time.Time
	from    int64
	at      int64
	shown   time.Time
}

// state is what a line says.
type state struct {
	What        string  `json:"what"`
	At          int64   `json:"at"`
	Total       int64   `json:"total"`
	PerSecond   float64 `json:"perSecond"`
	SecondsLeft float64 `json:"secondsLeft"`
	Done        bool    `json:"done"`
	stopped     bool
}

// Start begins to report on events of which there are total. Out is usually
// standard error.
func Start(out *os.File, form Form, what string, total int64) *Report {
	if form == Auto || form == "" {
		form = Lines
		if term.IsTerminal(int(out.Fd())) {
			form = Bar
		}
	}
	return start(out, form, what, total, time.Now())
}

func start(out io.Writer, form Form, what string, total int64, now time.Time) *Report {
	r := &Report{what: what, total: total, started: now, shown: now, every: lineInterval, write: func(state) {}}
	switch form {
	case Bar:
		r.every = drawInterval
		r.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(what),
			progressbar.OptionSetWidth(30), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
			progressbar.OptionSetItsString("events"), progressbar.OptionThrottle(drawInterval),
			progressbar.OptionSetPredictTime(true), progressbar.OptionOnCompletion(func() { _, _ = fmt.Fprintln(out) }))
		r.write = func(s state) { _ = r.bar.Set64(s.At) }
	case JSON:
		r.write = func(s state) {
			if line, err := json.Marshal(s); err == nil {
				_, _ = fmt.Fprintf(out, "%s\n", line)
			}
		}
	case None:
	case Auto, Lines:
		printer := message.NewPrinter(language.English)
		r.write = func(s state) { _, _ = fmt.Fprintln(out, sentence(printer, s)) }
	}
	return r
}

// sentence is a state for a person.
func sentence(p *message.Printer, s state) string {
	text := p.Sprintf("%s: %d of %d events", s.What, s.At, s.Total)
	if s.Total > 0 {
		text += p.Sprintf(" (%d %%)", s.At*100/s.Total)
	}
	if s.PerSecond >= 1 {
		text += p.Sprintf(", %.0f/s", s.PerSecond)
	}
	switch {
	case s.Done:
		text += ", done"
	case s.stopped:
		text += ", stopped"
	case s.PerSecond > 0:
		text += ", " + (time.Duration(s.SecondsLeft) * time.Second).String() + " left"
	}
	return text
}

// From says that the work begins at a position and not at 0: what was done
// before does not count into the rate.
func (r *Report) From(position int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.from, r.at = position, position
}

// At says that everything up to a position is done.
func (r *Report) At(position int64) { r.moveTo(position, time.Now()) }

func (r *Report) moveTo(position int64, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = position
	if now.Sub(r.shown) >= r.every {
		r.show(now, state{})
	}
}

// End shows how far it came, and whether that was all: nothing, if there was an
// error before anything had been done.
func (r *Report) End(err error) { r.end(err, time.Now()) }

func (r *Report) end(err error, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil && r.at == r.from {
		return
	}
	r.show(now, state{Done: err == nil, stopped: err != nil})
	if r.bar != nil {
		_ = r.bar.Exit()
	}
}

func (r *Report) show(now time.Time, s state) {
	r.shown = now
	s.What, s.At, s.Total = r.what, r.at, r.total
	if spent := now.Sub(r.started).Seconds(); spent > 0 {
		s.PerSecond = float64(r.at-r.from) / spent
	}
	if s.PerSecond > 0 {
		s.SecondsLeft = float64(max(r.total-r.at, 0)) / s.PerSecond
	}
	r.write(s)
}
