// Package replay says what things were at a moment of the past, and what has
// happened to them, from the log alone.
//
//	history := replay.History{Log: log, Fold: command.Model().Fold}
//	moment, err := replay.ParseWhen("2026-11-27 20:15")
//	…
//	house, err := history.SeatMap(ctx, performance, moment)
//
// A moment is a position of the log and a time. The position says which events
// have happened; the time is what rules are judged by: a hold whose end has
// passed at that time is no hold, whether or not its end has been recorded.
//
// # What it promises
//
// A state is what the domain's own fold makes of the events up to the moment;
// no rule is written twice. Memory grows with what is asked about (one stream,
// one performance), not with the log.
//
// # What it refuses
//
// To guess: an event that the domain does not know is an error that names it.
package replay
