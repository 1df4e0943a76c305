package replay

import (
	"context"
	"errors"
	"reflect"
	"strings"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/performance"
	"github.com/holdfast-dev/holdfast/domain/seat"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// Change is a property that differs between two moments. From or To is nil
// where the property did not exist.
type Change struct {
	Name string `json:"name"`
	From any    `json:"from"`
	To   any    `json:"to"`
}

// DiffStream returns how a stream at one moment differs from itself at another.
func (h History) DiffStream(ctx context.Context, stream string, from, to Moment) ([]Change, error) {
	var fields [2][]Field
	for i, moment := range [2]Moment{from, to} {
		snapshot, err := h.Snapshot(ctx, stream, moment)
		if err != nil {
			return nil, err
		}
		if snapshot.State == nil {
			continue
		}
		if fields[i], err = snapshot.Fields(); err != nil {
			return nil, err
		}
	}
	return changes(fields[0], fields[1]), nil
}

// changes compares properties by name: first those that were, then those that
// have come.
func changes(from, to []Field) []Change {
	changed := []Change{}
	find := func(fields []Field, name string) any {
		for _, f := range fields {
			if f.Name == name {
				return f.Value
			}
		}
		return nil
	}
	for _, f := range from {
		if now := find(to, f.Name); !reflect.DeepEqual(f.Value, now) {
			changed = append(changed, Change{f.Name, f.Value, now})
		}
	}
	for _, f := range to {
		if find(from, f.Name) == nil {
			changed = append(changed, Change{f.Name, nil, f.Value})
		}
	}
	return changed
}

// SeatChange is a seat that differs between two moments.
type SeatChange struct {
	Number int  `json:"number"`
	From   Seat `json:"from"`
	To     Seat `json:"to"`
}

// DiffSeats returns the seats of a performance that differ between two moments,
// with its totals at both. Before it was scheduled it has no seats.
func (h History) DiffSeats(ctx context.Context, id domain.PerformanceID, from, to Moment) ([]SeatChange, [2]Totals, error) {
	var maps [2]SeatMap
	for i, moment := range [2]Moment{from, to} {
		m, err := h.SeatMap(ctx, id, moment)
		if err != nil && (i == 1 || !errors.Is(err, ErrNothing)) {
			return nil, [2]Totals{}, err
		}
		maps[i] = m
	}
	changed := []SeatChange{}
	for i, now := range maps[1].Seats {
		was := Seat{Number: now.Number}
		if i < len(maps[0].Seats) {
			was = maps[0].Seats[i]
		}
		if !reflect.DeepEqual(was, now) {
			changed = append(changed, SeatChange{now.Number, was, now})
		}
	}
	return changed, [2]Totals{maps[0].Totals(), maps[1].Totals()}, nil
}

// LogChange is what has happened between two moments.
type LogChange struct {
	// Types counts the events by type.
	Types []eventstore.Count
	// Performances are those with an event in between, of their own or of one
	// of their seats.
	Performances []PerformanceChange
}

// PerformanceChange is a performance that something has happened to.
type PerformanceChange struct {
	PerformanceID domain.PerformanceID `json:"performanceId"`
	Events        int64                `json:"events"`
	From          Totals               `json:"from"`
	To            Totals               `json:"to"`
}

// DiffLog returns what has happened between two moments. It looks at one
// performance after another.
func (h History) DiffLog(ctx context.Context, from, to Moment) (LogChange, error) {
	var all LogChange
	between := eventstore.Selection{After: from.Position, UpTo: to.Position}
	err := h.Log.CountBy(ctx, between, []string{"type"}, func(c eventstore.Count) error {
		all.Types = append(all.Types, c)
		return nil
	})
	if err != nil {
		return all, err
	}
	touched := map[domain.PerformanceID]int{}
	between.Categories = []string{seat.Category, performance.Category}
	err = h.Log.CountBy(ctx, between, []string{"stream"}, func(c eventstore.Count) error {
		id := performanceOf(c.Key[0])
		at, known := touched[id]
		if !known {
			at = len(all.Performances)
			touched[id] = at
			all.Performances = append(all.Performances, PerformanceChange{PerformanceID: id})
		}
		all.Performances[at].Events += c.Events
		return nil
	})
	if err != nil {
		return all, err
	}
	for i := range all.Performances {
		p := &all.Performances[i]
		_, totals, err := h.DiffSeats(ctx, p.PerformanceID, from, to)
		if err != nil {
			return all, err
		}
		p.From, p.To = totals[0], totals[1]
	}
	return all, nil
}

// performanceOf returns the performance that a stream of it or of one of its
// seats belongs to.
func performanceOf(stream string) domain.PerformanceID {
	category, id, _ := strings.Cut(stream, "-")
	if at := strings.LastIndexByte(id, '-'); category == seat.Category && at >= 0 {
		id = id[:at]
	}
	return domain.PerformanceID(id)
}
