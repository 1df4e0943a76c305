// Package domain holds the rules of Holdfast and nothing else: what may be
// held, bought, charged and cancelled, and which facts follow. It has no
// I/O, no clock and no randomness: time and ids are parameters, facts are
// return values, so that every rule is tested by calling it.
//
// Each aggregate is a package below this one with its events (wire names and
// JSON shapes), its state (what the events add up to) and its decisions
// (functions of a state that return facts or a refusal). Aggregates do not
// know each other; package command brings them together.
//
// The one library is a JSON codec, for the payloads of events: it is strict,
// and twice as fast as the standard library's, which bounds how fast the log
// is read.
//
// A refusal is an [Error] with a stable [Code]. Anything else that comes out
// of a decision is a fault of the program.
package domain
