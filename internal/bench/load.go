package bench

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Operation is what a load repeats. Index counts the operations of the load
// from 0, over all callers.
type Operation func(ctx context.Context, index int) error

// warmUp is the part of a closed loop's length that goes ahead uncounted.
const warmUp = 0.25

// Closed lets callers repeat an operation, each beginning its next one when
// the last has ended, and counts what ends within length after a warm-up. The
// first error ends it.
func Closed(ctx context.Context, callers int, length time.Duration, op Operation) (Sample, error) {
	var (
		begin   = time.Now().Add(time.Duration(warmUp * float64(length)))
		end     = begin.Add(length)
		counter atomic.Int64
		all     = make([][]time.Duration, callers)
	)
	group, ctx := errgroup.WithContext(ctx)
	for caller := range callers {
		group.Go(func() error {
			for started := time.Now(); started.Before(end); {
				if err := op(ctx, int(counter.Add(1)-1)); err != nil {
					return fmt.Errorf("caller %d: %w", caller, err)
				}
				ended := time.Now()
				if ended.After(begin) && ended.Before(end) {
					all[caller] = append(all[caller], ended.Sub(started))
				}
				started = ended
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return Sample{}, err
	}
	return Summarise(slices.Concat(all...), length), nil
}

// outstandingLimit is how many operations of an offered load may wait at once.
// A system that falls further behind has collapsed.
const outstandingLimit = 20_000

// Offered begins an operation every 1/perSecond for length, whether or not the
// ones before have ended, and waits for all. Latencies count from the moment
// at which an operation was due. The first error ends it.
func Offered(ctx context.Context, perSecond int, length time.Duration, op Operation) (Sample, error) {
	var (
		interval  = time.Second / time.Duration(perSecond)
		total     = int(length / interval)
		latencies = make([]time.Duration, total)
		waiting   atomic.Int64
		lastEnd   atomic.Int64
		begin     = time.Now()
		dueAt     = func(index int) time.Time { return begin.Add(time.Duration(index) * interval) }
		next      = make(chan int)
	)
	group, ctx := errgroup.WithContext(ctx)
	run := func(index int) error {
		defer waiting.Add(-1)
		if behind := waiting.Add(1); behind > outstandingLimit {
			return fmt.Errorf("collapsed: %d operations wait after %s", behind, time.Since(begin))
		}
		err := op(ctx, index)
		latencies[index] = time.Since(dueAt(index))
		lastEnd.Store(int64(time.Since(begin)))
		return err
	}
	// A caller whose operation has ended takes the next one that is due, as the
	// connections of a server do: a new one would first have to grow its stack,
	// which was up to a fifth of a client's work.
	caller := func(index int) error {
		for more := true; more; index, more = <-next {
			if err := run(index); err != nil {
				return err
			}
		}
		return nil
	}
	for index := range total {
		time.Sleep(time.Until(dueAt(index)))
		if ctx.Err() != nil {
			break
		}
		select {
		case next <- index:
		default:
			group.Go(func() error { return caller(index) })
		}
	}
	close(next)
	if err := group.Wait(); err != nil {
		return Sample{}, err
	}
	return Summarise(latencies, time.Duration(lastEnd.Load())), nil
}

// Summarise makes a sample of the latencies of all operations that ended in a
// time. It sorts them.
func Summarise(latencies []time.Duration, within time.Duration) Sample {
	if len(latencies) == 0 || within <= 0 {
		return Sample{}
	}
	slices.Sort(latencies)
	return Sample{
		Rate: float64(len(latencies)) / within.Seconds(),
		P50:  percentile(latencies, 50),
		P99:  percentile(latencies, 99),
	}
}

// percentile returns the smallest of the sorted values that so many of 100 do
// not exceed.
func percentile(sorted []time.Duration, percent int) time.Duration {
	rank := (len(sorted)*percent + 99) / 100
	return sorted[max(rank, 1)-1]
}
