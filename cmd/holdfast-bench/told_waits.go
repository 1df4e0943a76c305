package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

// The simulated sale: everybody comes within seconds and does as told, and
// stays for 20 s and then, on average, 80 more of the five minutes.
const (
	// saleGuests is how many come.
	saleGuests   = 5_000
	saleCapacity = 300
	saleSession  = 5 * time.Minute
	saleArrivals = 20
	// youngSale is the time in which hardly anybody has left yet, so that the
	// rate is a guess.
	youngSale = 2 * time.Minute
	// longestSale ends a sale that does not get on.
	longestSale = 3 * 60 * 60
)

// simulation is a sale on the real stores, whose seconds pass as fast as they
// can be worked off.
type simulation struct {
	rooms   *waitingroom.Rooms
	concert domain.ConcertID
	clock   *atomic.Int64
	random  *rand.Rand
	guests  int
	// due is what is to be done at each second.
	due map[int64][]func(context.Context) error

	admitted     int
	early, later []float64
	waited       []time.Duration
}

type toldWait struct{ at, wait time.Duration }

// toldWaits lets the sale happen and says what people were told of their wait,
// in relation to how long it was.
func toldWaits(ctx context.Context, s *shop, guests int) (string, error) {
	pool, err := pgxpool.New(ctx, withPool(s.databaseURL, 4))
	if err != nil {
		return "", fmt.Errorf("connect: %w", err)
	}
	defer pool.Close()
	client, err := waitingroom.Connect("redis://" + s.redis.Addr() + "/0")
	if err != nil {
		return "", err
	}
	defer func() { _ = client.Close() }()
	sale := &simulation{
		guests: guests, concert: domain.ConcertID(newID()), clock: &atomic.Int64{}, random: rand.New(rand.NewPCG(1, 2)),
		due: map[int64][]func(context.Context) error{},
	}
	none := waitingroom.Limit{Burst: -1}
	sale.rooms, err = waitingroom.New(pool, client, waitingroom.Options{
		Clock: sale.now, JoinsPerUser: none, JoinsPerAddress: none, Timeout: 5 * time.Second,
	})
	if err != nil {
		return "", err
	}
	if err := sale.run(ctx); err != nil {
		return "", err
	}
	slices.Sort(sale.waited)
	return fmt.Sprintf("A simulated sale of %d, %d at a time: the median waited %s, the last %s. Told / waited: "+
		"%s in the first two minutes, %s later (10th, 50th and 90th of 100).",
		guests, saleCapacity, minutes(sale.waited[len(sale.waited)/2]), minutes(sale.waited[len(sale.waited)-1]),
		spread(sale.early), spread(sale.later)), nil
}

func minutes(d time.Duration) string { return fmt.Sprintf("%.1f min", d.Minutes()) }

func spread(ratios []float64) string {
	if len(ratios) == 0 {
		return "nobody"
	}
	slices.Sort(ratios)
	at := func(q float64) float64 { return ratios[int(q*float64(len(ratios)-1))] }
	return fmt.Sprintf("%.2f, %.2f, %.2f", at(0.1), at(0.5), at(0.9))
}

// now is the sale's time.
func (s *simulation) now() time.Time { return saleBegin.Add(s.passed()) }

// saleBegin is any whole second: the sale's time does not depend on the day.
var saleBegin = time.Unix(2_000_000_000, 0).UTC()

func (s *simulation) passed() time.Duration { return time.Duration(s.clock.Load()) * time.Second }

func (s *simulation) after(d time.Duration, do func(context.Context) error) {
	at := s.clock.Load() + max(1, int64((d+time.Second-1)/time.Second))
	s.due[at] = append(s.due[at], do)
}

var errSaleStands = errors.New("the simulated sale does not get on")

// run lets second after second pass until everybody has been inside.
func (s *simulation) run(ctx context.Context) error {
	for i := range s.guests {
		second := int64(i * saleArrivals / s.guests)
		s.due[second] = append(s.due[second], s.arrive)
	}
	for ; s.admitted < s.guests; s.clock.Add(1) {
		second := s.clock.Load()
		if second > longestSale {
			return errSaleStands
		}
		// Reading the room's status moves it on, as reading it at intervals does.
		if _, _, err := s.rooms.StatusOf(ctx, s.concert); err != nil {
			return err
		}
		for _, do := range s.due[second] {
			if err := do(ctx); err != nil {
				return fmt.Errorf("second %d of the simulated sale: %w", second, err)
			}
		}
		delete(s.due, second)
	}
	return nil
}

func (s *simulation) arrive(ctx context.Context) error {
	rules := waitingroom.Settings{Capacity: saleCapacity, Session: saleSession}
	view, _, err := s.rooms.Join(ctx, domain.UserID(newID()), s.concert, netip.Addr{}, rules)
	if err != nil {
		return err
	}
	joined := s.passed()
	var told []toldWait
	var hear func(waitingroom.View)
	hear = func(v waitingroom.View) {
		if v.Phase != waitingroom.PhaseWaiting {
			s.admit(v, joined, told)
			return
		}
		told = append(told, toldWait{at: s.passed(), wait: v.EstimatedWait})
		s.after(v.PollAfter, func(ctx context.Context) error {
			next, err := s.rooms.Look(ctx, v.Place)
			if err == nil {
				hear(next)
			}
			return err
		})
	}
	hear(view)
	return nil
}

// admit compares what somebody was told with how long it took, and lets the
// visitor leave in time.
func (s *simulation) admit(v waitingroom.View, joined time.Duration, told []toldWait) {
	turn := s.passed()
	s.admitted++
	s.waited = append(s.waited, turn-joined)
	for _, t := range told {
		left := turn - t.at
		switch ratio := t.wait.Seconds() / left.Seconds(); {
		case left < 10*time.Second: // a second more or less means nothing
		case t.at < youngSale:
			s.early = append(s.early, ratio)
		default:
			s.later = append(s.later, ratio)
		}
	}
	if stay := time.Duration((20 + s.random.ExpFloat64()*80) * float64(time.Second)); stay < saleSession {
		s.after(stay, func(ctx context.Context) error { return s.rooms.Leave(ctx, v.Place) })
	}
}
