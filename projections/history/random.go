package history

import (
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// Random records commands of every kind until there are at least n more
// events. The first of them announce and schedule, unless that has been done.
func (s *Sale) Random(n int) {
	for goal := s.recorded() + n; s.recorded() < goal; {
		s.Pass(time.Duration(s.random.IntN(2_000)) * time.Millisecond)
		s.randomCommand()
	}
}

func (s *Sale) randomCommand() {
	if len(s.performances) == 0 {
		s.Schedule(s.Announce("Opening night"), 100)
		return
	}
	switch dice := s.random.IntN(1_000); {
	case dice < 400:
		s.randomHold()
	case dice < 600:
		s.randomPayment()
	case dice < 680:
		if h := s.randomOpen(); h != nil {
			s.Cancel(h.ID)
		}
	case dice < 800:
		if h := s.randomOpen(); h != nil {
			s.Expire(h.ID)
		}
	case dice < 970:
		s.Charge(s.randomUser(), domain.Money(1+s.random.IntN(40_000)))
	case dice < 980:
		s.GiveUp(s.randomUser(), s.concerts[s.random.IntN(len(s.concerts))])
	case dice < 990:
		s.Pass(time.Duration(s.random.IntN(400)) * time.Second)
	default:
		s.randomDate()
	}
}

// randomDate puts another performance on sale, at times of another concert, so
// that seats do not run out.
func (s *Sale) randomDate() {
	if s.random.IntN(5) == 0 {
		s.Announce(fmt.Sprintf("Concert %d", len(s.concerts)+1))
	}
	s.Schedule(s.concerts[len(s.concerts)-1], 50+s.random.IntN(300))
}

// randomHold tries for one to four seats of one of the latest performances.
func (s *Sale) randomHold() {
	recent := s.performances[max(0, len(s.performances)-3):]
	n := recent[s.random.IntN(len(recent))]
	numbers := make([]int, 0, 4)
	for range 1 + s.random.IntN(4) {
		numbers = append(numbers, 1+s.random.IntN(n.Seats.Count))
	}
	slices.Sort(numbers)
	s.Hold(s.randomUser(), n.PerformanceID, slices.Compact(numbers)...)
}

func (s *Sale) randomPayment() {
	h := s.randomOpen()
	if h == nil {
		return
	}
	var turn domain.AdmissionID
	if s.random.IntN(4) > 0 {
		turn = s.Turn()
	}
	if missing := h.Price - s.balances[h.UserID]; missing > 0 && h.Live(s.now) == nil {
		s.Charge(h.UserID, missing)
	}
	s.Pay(h.ID, turn)
}

func (s *Sale) randomOpen() *hold {
	if len(s.open) == 0 {
		return nil
	}
	return s.open[s.random.IntN(len(s.open))]
}

func (s *Sale) randomUser() domain.UserID { return s.users[s.random.IntN(len(s.users))] }
