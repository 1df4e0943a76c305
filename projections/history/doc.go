// Package history makes lawful logs for tests and benchmarks of whatever reads
// the log: on-sales with their concerts, holds, payments, cancellations and
// expiries, as the commands would have recorded them, and an event store in
// memory to read them from.
//
// [Fill] makes a log of a million events and more for measurements.
//
// A history depends on its seed alone, so a failure can be repeated.
//
//	sale := history.New(7)
//	concert := sale.Announce("Die Zauberflöte")
//	night := sale.Schedule(concert, 50)
//	hold, _ := sale.Hold(user, night, 1, 2)
//	sale.Random(1_000)
//	log := history.NewLog(sale.Events())
package history
