// Package bench measures and judges: it runs loads against a system in
// alternating rounds, compares them with each other, and says for each claim
// whether it holds on this machine.
//
// Absolute figures say more about a machine than about a program. So a claim
// is a ratio wherever it can be one, and both sides of the ratio are measured
// in the same round, seconds apart. The figure that counts is the median over
// the rounds.
//
// Latencies under an offered rate are counted from the moment at which an
// operation was due, not from when it got its turn: a system that stalls
// cannot hide it by slowing down its clients.
//
// The package knows nothing of what is measured. Sections bring it in, one
// file each; see cmd/holdfast-bench.
package bench
