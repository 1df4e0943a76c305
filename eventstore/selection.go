package eventstore

import (
	"fmt"
	"slices"
	"strings"
)

// Selection says which events of the log are meant. Its members narrow it down
// together; an empty one does not.
//
// Names are patterns: "seat-*" stands for every name that begins with "seat-",
// and a name without a star at its end for itself.
type Selection struct {
	// After is the position behind which the selection begins.
	After Position
	// UpTo is its last position.
	UpTo Position
	// Streams are names of streams.
	Streams []string
	// Categories are what names of streams begin with, up to the first hyphen.
	Categories []string
	// Types are wire names of events.
	Types []string
	// Actors are those of the events' metadata.
	Actors []string
}

// Narrow reports whether the selection asks for more than a range.
func (s Selection) Narrow() bool {
	return len(s.Streams)+len(s.Categories)+len(s.Types)+len(s.Actors) > 0
}

// Match reports whether an event belongs to the selection. The error says that
// its metadata cannot be read.
func (s Selection) Match(e Event) (bool, error) {
	if e.Position <= s.After || e.Position > s.UpTo ||
		!matchAny(s.Streams, e.Stream) || !matchAny(s.Categories, Category(e.Stream)) || !matchAny(s.Types, e.Type) {
		return false, nil
	}
	if len(s.Actors) == 0 {
		return true, nil
	}
	metadata, err := e.DecodeMetadata()
	return err == nil && matchAny(s.Actors, metadata.Actor), err
}

// Category returns what a stream's name begins with, up to the first hyphen.
func Category(stream string) string {
	name, _, _ := strings.Cut(stream, "-")
	return name
}

func matchAny(patterns []string, name string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(pattern string) bool {
		beginning, open := strings.CutSuffix(pattern, "*")
		return pattern == name || open && strings.HasPrefix(name, beginning)
	})
}

// where returns the condition of the selection in SQL, with its arguments. Its
// first two arguments are the bounds, so that pages can set their own.
func (s Selection) where() (condition string, arguments []any) {
	arguments = []any{s.After, s.UpTo}
	var sql strings.Builder
	sql.WriteString(`position > $1 AND position <= $2`)
	for _, part := range []struct {
		column   string
		patterns []string
	}{
		{`stream`, s.Streams},
		{`split_part(stream, '-', 1)`, s.Categories},
		{`type`, s.Types},
		{`coalesce(metadata ->> 'actor', '')`, s.Actors},
	} {
		for i, pattern := range part.patterns {
			arguments = append(arguments, likePattern(pattern))
			join := ` OR `
			if i == 0 {
				join = ` AND (`
			}
			fmt.Fprintf(&sql, `%s%s LIKE $%d`, join, part.column, len(arguments))
		}
		if len(part.patterns) > 0 {
			sql.WriteString(`)`)
		}
	}
	return sql.String(), arguments
}

// likePattern writes a pattern in the language of LIKE, which reaches the index
// on streams as long as the pattern begins with something.
func likePattern(pattern string) string {
	beginning, open := strings.CutSuffix(pattern, "*")
	escaped := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(beginning)
	if open {
		escaped += `%`
	}
	return escaped
}

// fewStreams reports whether the selection names streams that the index finds:
// each is given, at least, by something behind its category.
func (s Selection) fewStreams() bool {
	return len(s.Streams) > 0 && !slices.ContainsFunc(s.Streams, func(pattern string) bool {
		_, rest, _ := strings.Cut(pattern, "-")
		return strings.TrimSuffix(rest, "*") == ""
	})
}
