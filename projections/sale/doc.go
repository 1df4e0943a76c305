// Package sale holds the seats of performances in memory, made for one
// question that is asked thousands of times a second: which seats of this
// date are free?
//
// [Seats] changes and [View] does not. A view is the whole performance at one
// moment; readers get the current one without a lock and may keep it. Seats are
// kept in chunks that views share: a change copies one chunk, so that a
// performance with 100,000 seats costs about a byte a seat, and a view of it a
// few kilobytes. Each chunk keeps its JSON once somebody has asked for it, so
// that answering again is copying bytes, and a change renders one chunk anew.
//
// A hold ends by the clock and no event says so. A view knows until when it is
// true; whoever asks at or after that moment makes the next one. Nothing ticks.
//
// The package has no I/O and no clock: times are parameters.
package sale
