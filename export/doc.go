// Package export writes events of the log for people who ask questions of
// them: as lines of JSON, as CSV and as Parquet, to a stream or to a file.
//
//	result, err := export.ToFile(ctx, log, "events.parquet", export.Options{
//		Format:    export.Parquet,
//		Selection: eventstore.Selection{UpTo: head.Position, Categories: []string{"seat"}},
//	})
//
// # What it promises
//
//   - All formats have the columns of package parquetrow, in its order; the
//     text formats also have the trace context and the tag, so that a line
//     holds all of an event. The same selection gives the same bytes.
//   - A file has its name only when it is whole and on disk. Until then it is
//     FILE.part, with its progress in FILE.part.json beside it; an export that
//     was killed goes on there, and ends in the same bytes as one that was not.
//   - Memory does not grow with the log.
//
// # What it refuses
//
// To replace a file unless told so; to go on with an export that was begun
// with another selection, in another format or from another log; and to write
// where another process is writing.
package export
