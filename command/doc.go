// Package command holds everything that changes the log: one file for each
// use case, named by its verb.
//
// A use case says which streams it reads, decides by the rules of package
// domain, and appends the facts, all in one atomic commit. There is no other
// concurrency control: if something it read has moved, it is decided again.
//
//	unit, err := command.New(writer, command.Settings{Currency: "EUR"}, newID)
//	…
//	accepted, err := unit.HoldSeats(ctx, envelope, command.HoldSeats{
//		UserID: user, PerformanceID: performance, Seats: []int{7, 8},
//	})
//
// # What it promises
//
//   - A command is accepted as a whole or changes nothing.
//   - What a rule refuses comes back as a [domain.Error] whose code says why;
//     it was true at some moment between call and return. Every other error
//     is a fault or the store's ([eventstore.ErrUnavailable] and the like).
//   - With an idempotency key a command takes effect at most once, however
//     often and through however many instances it is sent. The answer is made
//     from the first event that was recorded for it and nothing else, so a
//     repetition gets the same one.
//   - Refusals are not remembered: a repetition is decided afresh.
//
// # What it refuses to do
//
// It does not know who is calling: whoever fills in a command has verified
// the token that names the user and the admission. It reads no clock; rules
// about time are judged by the store's.
package command
