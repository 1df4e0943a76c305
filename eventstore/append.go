package eventstore

import (
	"context"
	"maps"
	"slices"
)

// Commit is a plain append: facts that somebody has decided on already, and
// where the streams stood then.
type Commit struct {
	// Key and Metadata are those of [Command].
	Key      Key
	Metadata Metadata
	// Expect names the version of every stream that the facts rely on, those
	// that are only read included; version 0 says that there is no event.
	Expect map[string]Version
	// Events are appended in order if all expectations hold, else none is.
	Events []NewEvent
}

// Append commits facts under expectations. It returns a [*ConflictError] for
// the first stream, by name, that does not stand where the commit expects it;
// otherwise what [Writer.Execute] returns.
func (w *Writer[S]) Append(ctx context.Context, c Commit) (Receipt, error) {
	streams := slices.Sorted(maps.Keys(c.Expect))
	return w.Execute(ctx, Command[S]{
		Key:      c.Key,
		Metadata: c.Metadata,
		Streams:  streams,
		Decide: func(tx *Tx[S]) error {
			if err := tx.Prefetch(streams...); err != nil {
				return err
			}
			for _, stream := range streams {
				actual, err := tx.Version(stream)
				if err != nil {
					return err
				}
				if expected := c.Expect[stream]; actual != expected {
					return &ConflictError{Stream: stream, Expected: expected, Actual: actual}
				}
			}
			tx.Append(c.Events...)
			return nil
		},
	})
}
