// Package rebuild makes read models anew beside the live ones, compares them,
// and swaps them in.
//
// # What it promises
//
//   - Traffic goes on. The live build is not touched until the swap, which is
//     one transaction of at most [SwapLimit]. A long reader makes it wait, and
//     it waits without making others wait.
//   - What has been built is kept: each chunk is committed with its checkpoint
//     and the rows that are still open, so a build that was killed goes on where
//     the last chunk ended.
//   - Memory does not grow with the log, but with the holds that are open at one
//     time, and these up to a bound.
//   - Two at once do not disturb each other: the second is told of the first.
//   - An event that a projection cannot get past stops its build with the event
//     named ([*projections.BadEventError]); everything else stays as it is.
//   - Nothing outside the read models notices. Only tables are written; whoever
//     else follows the log has cursors of its own.
//
// # How
//
//	builder := rebuild.New(pool, log, rebuild.Options{})
//	release, err := rebuild.Lock(ctx, pool, names)
//	err = builder.Build(ctx, projections.All())         // into holdfast_read_next
//	comparison, err := builder.Compare(ctx, p, projections.Next)
//	swapped, err := builder.Swap(ctx, p)                // the live one becomes the former
//
// A build reads the log once for all its projections, folds it in memory and
// copies rows that are final into tables without indexes. Whatever is odd about
// an event is not judged here: the copy ends before it, and the ordinary steps of
// package projections go on, which say what is wrong.
//
// # What it refuses to do
//
// It never drops what a running program answers from, and never swaps in what
// has not seen everything that the live build has.
package rebuild
