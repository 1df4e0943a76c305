package devstack

import (
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// standInTick is how often keys of the stand-in expire.
const standInTick = 50 * time.Millisecond

// standIn is a Redis inside this process, for machines without one. It is ten
// to twenty times slower and knows fewer commands: good enough to try Holdfast
// out, never for a measurement.
type standIn struct {
	server *miniredis.Miniredis
	stop   chan struct{}
	ticker sync.WaitGroup
}

func startMiniredis() (*standIn, error) {
	server := miniredis.NewMiniRedis()
	if err := server.Start(); err != nil {
		return nil, err
	}
	s := &standIn{server: server, stop: make(chan struct{})}
	s.ticker.Go(s.expire)
	return s, nil
}

func (s *standIn) addr() string { return s.server.Addr() }

// expire lets time pass: keys of miniredis live for ever unless it is told.
func (s *standIn) expire() {
	tick := time.NewTicker(standInTick)
	defer tick.Stop()
	latest := time.Now()
	for {
		select {
		case <-s.stop:
			return
		case now := <-tick.C:
			s.server.FastForward(now.Sub(latest))
			latest = now
		}
	}
}

func (s *standIn) close() error {
	close(s.stop)
	s.ticker.Wait()
	s.server.Close()
	return nil
}
