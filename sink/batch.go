package sink

import (
	"cmp"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/holdfast-dev/holdfast/export/parquetrow"
)

// batch is what is written at once: all of it, or nothing.
type batch struct {
	// marks say where each partition stands when the batch is on disk.
	marks map[Partition]step
	rows  []*parquetrow.Row
}

// step is how far a batch brings a partition.
type step struct {
	// from is the first offset of the batch: where the disk ended.
	from int64
	to   Mark
}

func (b batch) empty() bool { return len(b.marks) == 0 }

// hour is the rows of one hour, by position.
type hour struct {
	begins time.Time
	rows   []*parquetrow.Row
}

// folder is where the files of an hour are, relative to the dataset's folder.
func (h hour) folder() string { return h.begins.Format("date=2006-01-02/hour=15") }

// hours sorts the rows by position and shares them out by the hour in which
// they were recorded, in UTC. A row that comes late goes to its own hour.
func (b batch) hours() []hour {
	slices.SortFunc(b.rows, func(x, y *parquetrow.Row) int { return cmp.Compare(x.Position, y.Position) })
	var hours []hour
	index := make(map[time.Time]int)
	for _, row := range b.rows {
		begins := row.RecordedAt.UTC().Truncate(time.Hour)
		i, known := index[begins]
		if !known {
			i = len(hours)
			index[begins] = i
			hours = append(hours, hour{begins: begins})
		}
		hours[i].rows = append(hours[i].rows, row)
	}
	return hours
}

// offsets is what a file's metadata says about where it comes from: for each
// partition the first offset and the one after the last, as JSON.
func (b batch) offsets() string {
	ranges := make(map[Partition][2]int64, len(b.marks))
	for p, s := range b.marks {
		ranges[p] = [2]int64{s.from, s.to.Next}
	}
	text, err := json.Marshal(ranges, json.Deterministic(true))
	if err != nil {
		return "" // cannot happen to numbers
	}
	return string(text)
}

// rowOverhead is about what a row takes in memory besides its texts.
const rowOverhead = 200

// size is about what a row takes in memory, in bytes.
func size(r *parquetrow.Row) int64 {
	return int64(rowOverhead + len(r.Stream) + len(r.Actor) + len(r.Correlation) + len(r.Payload))
}
