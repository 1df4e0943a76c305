package eventstore_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/holdfast-dev/holdfast/eventstore"
)

// TestEveryAnswerWasTrueAtItsMoment runs random orders at the same time and
// then asks the log alone whether each answer was right: an accepted order at
// its own position, a refused one at some position between request and answer.
// That is serializability, and that answers are linearizable.
func TestEveryAnswerWasTrueAtItsMoment(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		writers int
		options eventstore.WriterOptions
		// presuming writers take everything to be empty until they are wrong.
		presuming bool
	}{
		{name: "alone", writers: 1},
		{name: "alone with small groups", writers: 1, options: eventstore.WriterOptions{GroupLimit: 2}},
		{name: "alone with a small memory", writers: 1, options: eventstore.WriterOptions{CacheLimit: 8}},
		{name: "three writers", writers: 3},
		{name: "two writers with a small memory", writers: 2, options: eventstore.WriterOptions{CacheLimit: 8}},
		{name: "alone and presuming", writers: 1, options: eventstore.WriterOptions{CacheLimit: 4}, presuming: true},
		{name: "three presuming writers", writers: 3, options: eventstore.WriterOptions{CacheLimit: 4}, presuming: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stores := openStores(t, test.writers, settings{writer: test.options})
			if test.presuming {
				for _, s := range stores {
					s.writer.PresumeAfter(0)
				}
			}
			const clients = 12
			c := newCrowd(t, clients, stores, stores[0].log)
			rapid.Check(t, func(r *rapid.T) {
				for range 8 {
					c.send(anyOrder().Draw(r, "order"))
				}
			})
			outcomes := c.wait()
			p := retrace(t, stores[0].log)
			p.judge(t, outcomes)
			requireVariety(t, outcomes)
		})
	}
}

// anyOrder draws from few streams and tags, so that most orders are in each
// other's way. Some write under a tag that they do not read.
func anyOrder() *rapid.Generator[order] {
	reads := []string{"a", "b", "c", latest + "d", latest + "e", "tag:x", "tag:y"}
	writes := []string{"a", "b", "a/x", "b/y", "c/x", "c/y", latest + "d", latest + "e/x"}
	holds := []time.Duration{100 * time.Microsecond, 2 * time.Millisecond, 20 * time.Millisecond}
	return rapid.Custom(func(t *rapid.T) order {
		o := order{
			writes: rapid.SliceOfN(rapid.SampledFrom(writes), 0, 3).Draw(t, "writes"),
			keyed:  rapid.Bool().Draw(t, "keyed"),
		}
		if rapid.IntRange(0, 3).Draw(t, "kind") == 0 {
			o.hold = rapid.SampledFrom(holds).Draw(t, "hold")
		} else {
			o.reads = rapid.SliceOfNDistinct(rapid.SampledFrom(reads), 0, 3, rapid.ID[string]).Draw(t, "reads")
			o.modulo = rapid.IntRange(0, 3).Draw(t, "modulo")
		}
		if rapid.Bool().Draw(t, "fresh") {
			o.freshTag = rapid.SampledFrom([]string{"x", "y"}).Draw(t, "tag")
		}
		return o
	})
}

// requireVariety requires that the test has seen enough of each answer.
func requireVariety(t *testing.T, outcomes []outcome) {
	t.Helper()
	var accepted, refused, forHold int
	for _, o := range outcomes {
		r, no := o.refused()
		switch {
		case no && !r.heldUntil.IsZero():
			forHold++
		case no:
			refused++
		default:
			accepted++
		}
	}
	t.Logf("%d accepted, %d refused, %d refused for a hold", accepted, refused, forHold)
	require.Greater(t, accepted, 100)
	require.Greater(t, refused, 50)
	require.Positive(t, forHold)
}
