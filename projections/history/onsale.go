package history

import (
	"fmt"
	"time"

	"github.com/holdfast-dev/holdfast/domain"
)

// OnSale records an on-sale as a busy box office has it until there are at
// least n more events, for measurements: a crowd of users of which most come
// once, rows of one to eight seats, most of them paid under an admission, some
// cancelled, the rest expired in the order of their ends; one date after the
// other, each with a few thousand seats. Against [Sale.Random] it is larger and
// less strange: commands that would be refused do not occur.
func (s *Sale) OnSale(n int) {
	for goal := s.recorded() + n; s.recorded() < goal; {
		s.Pass(time.Duration(s.random.IntN(60_000)) * time.Microsecond)
		s.sweep()
		switch dice := s.random.IntN(100); {
		case dice < 40:
			s.crowdHold()
		case dice < 68:
			s.crowdPayment()
		case dice < 72:
			if h := s.recentOpen(); h != nil {
				s.Cancel(h.ID)
			}
		case dice < 98:
			s.Charge(s.crowdUser(), domain.Money(1_000+s.random.IntN(40_000)))
		default:
			if len(s.concerts) > 0 {
				s.GiveUp(s.crowdUser(), s.concerts[len(s.concerts)-1])
			}
		}
	}
}

// sweep records the holds that have ended by the clock.
func (s *Sale) sweep() {
	for len(s.due) > 0 && !s.now.Before(s.due[0].Ends) {
		s.Expire(s.due[0].ID) // false for those that ended otherwise
		s.due = s.due[1:]
	}
}

// crowdHold takes the next seats of the date on sale. What was released is
// taken again by one hold in four.
func (s *Sale) crowdHold() {
	count := 1 + s.random.IntN(8)
	date := s.dateWith(count)
	first := date.next + 1
	if s.random.IntN(4) == 0 {
		first = 1 + s.random.IntN(first)
	}
	numbers := make([]int, count)
	for i := range numbers {
		numbers[i] = first + i
	}
	if id, had := s.Hold(s.crowdUser(), date.PerformanceID, numbers...); had {
		s.due = append(s.due, s.reservations[id])
		date.next = max(date.next, numbers[count-1])
	}
}

// dateWith returns the date on sale if it has so many seats that nobody had
// yet, or else puts the next one on sale.
func (s *Sale) dateWith(count int) *night {
	if last := len(s.performances) - 1; last >= 0 && s.performances[last].next+count <= s.performances[last].Seats.Count {
		return s.performances[last]
	}
	if len(s.performances)%5 == 0 {
		s.Announce(fmt.Sprintf("Concert %d", len(s.concerts)+1))
	}
	s.Schedule(s.concerts[len(s.concerts)-1], 500+s.random.IntN(5_000))
	return s.performances[len(s.performances)-1]
}

func (s *Sale) crowdPayment() {
	h := s.recentOpen()
	if h == nil || h.Live(s.now) != nil {
		return
	}
	if missing := h.Price - s.balances[h.UserID]; missing > 0 {
		s.Charge(h.UserID, missing)
	}
	s.Pay(h.ID, s.Turn())
}

// recentOpen returns one of the latest holds, or nil: most people decide within
// a minute, and one in eight has gone away without a word.
func (s *Sale) recentOpen() *hold {
	const recent = 100
	if len(s.open) == 0 {
		return nil
	}
	h := s.open[len(s.open)-1-s.random.IntN(min(recent, len(s.open)))]
	if h.ID[len(h.ID)-1]&7 == 0 {
		return nil
	}
	return h
}

// crowdUser returns somebody: in two of three cases who was not there before.
func (s *Sale) crowdUser() domain.UserID {
	if s.random.IntN(3) == 0 {
		return s.randomUser()
	}
	s.users = append(s.users, domain.UserID(s.id()))
	return s.users[len(s.users)-1]
}
