package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/holdfast-dev/holdfast/domain/user"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// askedLog is the log as it may leave the house: forgotten users stand in it
// under their pseudonyms, and are found by nothing else.
type askedLog struct {
	*eventstore.Log

	veil user.Veil
}

// Select is as [eventstore.Log.Select].
func (l askedLog) Select(
	ctx context.Context, s eventstore.Selection, visit func(eventstore.Event) error, passed func(eventstore.Position) error,
) error {
	if l.veil.Len() == 0 {
		return l.Log.Select(ctx, s, visit, passed)
	}
	return l.Log.Select(ctx, l.behindVeil(s), func(e eventstore.Event) error {
		e = veiled(l.veil, e)
		// A pattern may fit an id that must not be found.
		if match, err := s.Match(e); err != nil || !match {
			return err
		}
		return visit(e)
	}, passed)
}

// ScanPages is as [eventstore.Log.ScanPages].
func (l askedLog) ScanPages(ctx context.Context, after, upTo eventstore.Position, open func() eventstore.Page) error {
	if l.veil.Len() == 0 {
		return l.Log.ScanPages(ctx, after, upTo, open)
	}
	return l.Log.ScanPages(ctx, after, upTo, func() eventstore.Page {
		page := open()
		add := page.Add
		page.Add = func(e eventstore.Event) error { return add(veiled(l.veil, e)) }
		return page
	})
}

// Read is as [eventstore.Log.Read].
func (l askedLog) Read(ctx context.Context, after eventstore.Position, limit int) ([]eventstore.Event, error) {
	events, err := l.Log.Read(ctx, after, limit)
	for i := range events {
		events[i] = veiled(l.veil, events[i])
	}
	return events, err
}

// Follow is as [eventstore.Log.Follow]. Who is forgotten meanwhile is covered
// from then on.
func (l askedLog) Follow(
	ctx context.Context, after eventstore.Position, handle func(context.Context, []eventstore.Event) error,
) error {
	veil := l.veil
	return l.Log.Follow(ctx, after, func(ctx context.Context, events []eventstore.Event) error {
		for i, e := range events {
			if e.Type == user.TypeForgotten {
				fact, err := user.Decode(e.Type, e.Payload)
				if err != nil {
					return err
				}
				if forgotten, is := fact.(user.Forgotten); is {
					veil = veil.Over(forgotten)
				}
			}
			events[i] = veiled(veil, e)
		}
		return handle(ctx, events)
	})
}

// CountBy is as [eventstore.Log.CountBy], but groups under pseudonyms come
// where their ids would.
func (l askedLog) CountBy(ctx context.Context, s eventstore.Selection, by []string, visit func(eventstore.Count) error) error {
	if l.veil.Len() == 0 {
		return l.Log.CountBy(ctx, s, by, visit)
	}
	veil := func(c eventstore.Count) error {
		l.cover(by, c.Key)
		return visit(c)
	}
	if !l.mayFindCovered(s) {
		return l.Log.CountBy(ctx, l.behindVeil(s), by, veil)
	}
	// The groups are those of a stream and an actor at first, so that those that
	// only their ids fit can be left out. They come one after another.
	finer := append(slices.Clone(by), "stream", "actor")
	sum := eventstore.Count{}
	err := l.Log.CountBy(ctx, l.behindVeil(s), finer, func(c eventstore.Count) error {
		match, err := l.matches(s, c.Key[len(by)], c.Key[len(by)+1])
		if err != nil || !match {
			return err
		}
		key := c.Key[:len(by)]
		if sum.Events > 0 && !slices.Equal(sum.Key, key) {
			if err := veil(sum); err != nil {
				return err
			}
			sum.Events = 0
		}
		sum.Key = key
		sum.Events += c.Events
		return nil
	})
	if err == nil && (sum.Events > 0 || len(by) == 0) {
		err = veil(sum)
	}
	return err
}

// cover puts pseudonyms into a key of what was counted.
func (l askedLog) cover(by, key []string) {
	for i, name := range by {
		switch name {
		case "stream":
			key[i] = l.veil.Name(key[i])
		case "actor":
			key[i] = string(l.veil.Text([]byte(key[i])))
		}
	}
}

// mayFindCovered reports whether a pattern of a selection ends within the id of
// a forgotten user, who must not be found by it.
func (l askedLog) mayFindCovered(s eventstore.Selection) bool {
	cut := func(patterns []string, separator string) bool {
		return slices.ContainsFunc(patterns, func(pattern string) bool {
			name, open := strings.CutSuffix(pattern, "*")
			_, beginning, _ := strings.Cut(name, separator)
			return open && beginning != "" && l.veil.CoversAny(beginning)
		})
	}
	return cut(s.Streams, "-") || cut(s.Actors, ":")
}

// matches reports whether events of a stream and an actor in the log belong to a
// selection under the names that they leave it with.
func (l askedLog) matches(s eventstore.Selection, stream, actor string) (bool, error) {
	metadata, err := json.Marshal(eventstore.Metadata{Actor: actor})
	if err != nil {
		return false, err
	}
	names := eventstore.Selection{Streams: s.Streams, Actors: s.Actors, UpTo: 1}
	return names.Match(veiled(l.veil, eventstore.Event{Position: 1, Stream: stream, Metadata: metadata}))
}

// nobody is a name that nothing has: it is too long.
var nobody = strings.Repeat("-", 201)

// behindVeil puts ids in the place of the pseudonyms that a selection names,
// and nobody in the place of the ids.
func (l askedLog) behindVeil(s eventstore.Selection) eventstore.Selection {
	names := func(names []string, cover func(string) string) []string {
		names = slices.Clone(names)
		for i, name := range names {
			if cover(name) != name {
				names[i] = nobody
			} else {
				names[i] = l.veil.Uncover(name)
			}
		}
		return names
	}
	s.Streams = names(s.Streams, l.veil.Name)
	s.Actors = names(s.Actors, func(actor string) string { return string(l.veil.Text([]byte(actor))) })
	return s
}
