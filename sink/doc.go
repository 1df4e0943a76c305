// Package sink brings what the relay has sent to Kafka to files that analysts
// read as they are: one row an event, in hourly folders.
//
//	s, err := sink.New(sink.Options{
//		Kafka:  kafka.Settings{Brokers: []string{"kafka:9092"}},
//		Folder: "/data/events",
//	})
//	…
//	err = s.Run(ctx)
//
//	/data/events/date=2026-11-27/hour=21/events-00000042.parquet
//	/data/events/_sink/state.json
//
// The columns are those of [parquetrow.Row], in both formats. A row is in the
// hour in which the store recorded it, in UTC, however late it comes; within a
// file rows are sorted by position.
//
// # What it promises
//
//   - Each event of the topics is in the files exactly once, whatever is
//     killed, whenever, and however often the relay repeats itself.
//   - Kafka is told of an event only when it is on disk.
//   - An event is in a file within [Options.MaxAge], a minute at the most as it
//     comes, and within seconds while the sink catches up.
//   - What it holds in memory is bounded by twice [Options.MaxBytes] and what
//     receiving and encoding take, however long the log is and however far
//     behind it is. The command keeps to about half a gigabyte by default.
//
// # How: the files are the truth
//
// What is written is written in batches. A batch is in the dataset at the
// moment at which state.json, with the offsets that follow it, replaces the
// state before it; the files are synced by then, and get their names at once
// after that, or from the next sink that opens the dataset. So the offsets and
// the rows are there together or not at all. A sink begins where the state
// ends, whatever the group has committed; committed offsets tell operators
// and their tools, and nobody else.
//
// Sinks of one group share one folder. A batch is refused if the state does
// not stand where the batch begins. That happens to a sink that has lost its
// partitions without noticing: it drops what it has and begins again where the
// state is. So two sinks may hold the same partition and still no row is
// doubled. The folder must be on a file system with locks (flock) and atomic
// renames.
//
// # How: repetitions
//
// For each partition one number suffices: the position of its last event that
// was taken. What is not above it is a repetition. This rests on two things
// that the relay promises: a relay sends in the order of positions from its
// checkpoint on, without leaving anything out, and the checkpoint moves only
// over what Kafka has acknowledged. What one relay has brought to a partition
// is then always all of the partition's events from its checkpoint up to some
// position. When a relay is killed, or stalled and replaced, its successor
// begins at or before the place where the first one's acknowledged events end:
// again all events from there up to some position. Put together in whatever
// order Kafka has received them, also interleaved by a relay that wakes up
// again, what has been seen is at any moment all events up to the highest
// position seen. So an event that is new is above it, and one that is not
// above it was seen. It takes a partition per stream that stays the same:
// partitions are added to a topic only while the relay has nothing under way.
//
// Replays, which [envelope.HeaderReplay] marks, are not part of that order: one
// may be ahead of the relay. They are left out, unless the topic holds nothing
// else and [Options.Replays] says so.
//
// # What it refuses to do
//
// It skips nothing in silence: a message that is not an event of the log stops
// it, with topic, partition and offset, and so does a topic that was deleted
// from before it was written. It does not merge files that are there. With the
// defaults a quiet day makes at most 72 files an hour, a sink that is far
// behind one for each 50 MB of events; a longer MaxAge makes fewer.
package sink
