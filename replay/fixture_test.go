package replay_test

import (
	"context"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-dev/holdfast/command"
	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/projections/history"
	"github.com/holdfast-dev/holdfast/replay"
)

// memory is a log in memory, which tells the naive truth.
type memory struct {
	*history.Log

	events []eventstore.Event
}

func newMemory(events []eventstore.Event) memory { return memory{history.NewLog(events), events} }

func (m memory) LastAt(_ context.Context, at time.Time) (last eventstore.Position, _ error) {
	for _, e := range m.events {
		if !e.RecordedAt.After(at) {
			last = e.Position
		}
	}
	return last, nil
}

func (m memory) Select(_ context.Context, s eventstore.Selection, visit func(eventstore.Event) error, _ func(eventstore.Position) error) error {
	for _, e := range m.events {
		match, err := s.Match(e)
		if err != nil {
			return err
		}
		if !match {
			continue
		}
		payload := slices.Clone(e.Payload)
		e.Payload = payload
		err = visit(e)
		clear(payload) // the bytes were valid during the visit only
		if err != nil {
			return err
		}
	}
	return nil
}

func (m memory) CountBy(_ context.Context, s eventstore.Selection, by []string, visit func(eventstore.Count) error) error {
	counts := map[string]int64{}
	for _, e := range m.events {
		if match, err := s.Match(e); err != nil || !match {
			continue
		}
		counts[map[string]string{"type": e.Type, "stream": e.Stream}[by[0]]]++
	}
	keys := make([]string, 0, len(counts))
	for key := range counts {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		if err := visit(eventstore.Count{Key: []string{key}, Events: counts[key]}); err != nil {
			return err
		}
	}
	return nil
}

// past is the history of a log of random commands.
func past(t testing.TB, seed uint64, n int) (replay.History, []eventstore.Event) {
	t.Helper()
	sale := history.New(seed)
	sale.Random(n)
	events := sale.Events()
	return replay.History{Log: newMemory(events), Fold: command.Model().Fold}, events
}

// streamsOf returns the names of the streams of a category, in order.
func streamsOf(events []eventstore.Event, category string) []string {
	var names []string
	for _, e := range events {
		if strings.HasPrefix(e.Stream, category+"-") {
			names = append(names, e.Stream)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
