package kafkatest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Record is a message as the broker has it.
type Record = kgo.Record

// Header is one of a record's headers.
type Header = kgo.RecordHeader

// Records returns all that a topic holds, partition by partition in the order
// of their offsets. Who wrote it with one client has it read back by another.
// A topic that does not exist holds nothing.
func (b *Broker) Records(topic string) []*Record {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.tb.Context(), time.Minute)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.FetchMaxWait(100*time.Millisecond))
	b.must(err)
	defer client.Close()

	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, topic)
	b.must(err)
	missing := map[int32]int64{} // partition → the offset that ends it
	ends.Each(func(end kadm.ListedOffset) {
		if end.Err == nil && end.Offset > 0 {
			missing[end.Partition] = end.Offset
		}
	})
	if len(missing) == 0 {
		return nil
	}
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: startOf(missing)})
	var records []*Record
	for len(missing) > 0 {
		fetches := client.PollFetches(ctx)
		b.must(fetches.Err())
		fetches.EachRecord(func(record *Record) {
			records = append(records, record)
			if record.Offset+1 >= missing[record.Partition] {
				delete(missing, record.Partition)
			}
		})
	}
	slices.SortStableFunc(records, func(a, b *Record) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	return records
}

func startOf(partitions map[int32]int64) map[int32]kgo.Offset {
	starts := make(map[int32]kgo.Offset, len(partitions))
	for partition := range partitions {
		starts[partition] = kgo.NewOffset().AtStart()
	}
	return starts
}
