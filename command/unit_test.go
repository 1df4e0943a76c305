package command

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
)

func TestARepetitionGetsTheSameAnswerAndDoesNothing(t *testing.T) {
	t.Parallel()
	s := given(t, onSale(charged(10_000))...)
	asked := HoldSeats{UserID: ann, ConcertID: theConcert, AdmissionID: annsTurn, PerformanceID: thePerformance, Seats: []int{7, 8}}

	first, err := s.unit.HoldSeats(ctx, envelope(ann, "hold"), asked)
	require.NoError(t, err)
	paid, err := s.unit.Pay(ctx, envelope(ann, "pay"), Pay{UserID: ann, ReservationID: first.Answer.ReservationID})
	require.NoError(t, err)
	s.seen = len(s.log.events)

	s.at(noon.Add(time.Hour))
	asked.Seats = []int{8, 7}          // the same seats in another order
	asked.AdmissionID = "another turn" // the same request after queueing again
	again, err := s.unit.HoldSeats(ctx, envelope(ann, "hold"), asked)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	require.Equal(t, first.Answer, again.Answer, "what was held, not what became of it")
	require.Equal(t, first.Position, again.Position)

	paidAgain, err := s.unit.Pay(ctx, envelope(ann, "pay"), Pay{UserID: ann, ReservationID: first.Answer.ReservationID})
	require.NoError(t, err)
	require.True(t, paidAgain.Replayed)
	require.Equal(t, paid.Answer, paidAgain.Answer)
	s.then()
}

func TestAKeyStandsForOneRequestOfOneSender(t *testing.T) {
	t.Parallel()
	s := given(t)
	_, err := s.unit.ChargeWallet(ctx, envelope(ann, "key"), ChargeWallet{UserID: ann, Amount: 10})
	require.NoError(t, err)
	_, err = s.unit.ChargeWallet(ctx, envelope(ann, "key"), ChargeWallet{UserID: ann, Amount: 11})
	requireRefused(t, domain.CodeKeyReused, err)
	_, err = s.unit.ChargeWallet(ctx, envelope(bob, "key"), ChargeWallet{UserID: bob, Amount: 11})
	require.NoError(t, err, "another sender's key is another key")
	_, err = s.unit.ChargeWallet(ctx, envelope(ann, "Key"), ChargeWallet{UserID: ann, Amount: 11})
	require.NoError(t, err, "another key")
}

func TestWithoutAKeyEveryRequestIsAnother(t *testing.T) {
	t.Parallel()
	s := given(t)
	for want := domain.Money(10); want <= 30; want += 10 {
		accepted, err := s.unit.ChargeWallet(ctx, envelope(ann, ""), ChargeWallet{UserID: ann, Amount: 10})
		require.NoError(t, err)
		require.Equal(t, want, accepted.Answer.Balance)
		require.False(t, accepted.Replayed)
	}
}

func TestARefusalIsNotRemembered(t *testing.T) {
	t.Parallel()
	s := given(t, onSale(holdOf(bob, bobsHold, 7)...)...)
	asked := HoldSeats{UserID: ann, PerformanceID: thePerformance, Seats: []int{7}}
	_, err := s.unit.HoldSeats(ctx, envelope(ann, "key"), asked)
	requireRefused(t, domain.CodeSeatUnavailable, err)
	s.at(noon.Add(holdTime))
	_, err = s.unit.HoldSeats(ctx, envelope(ann, "key"), asked)
	require.NoError(t, err)
}

func TestEventsCarryWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	s := given(t)
	_, err := s.unit.ChargeWallet(ctx, Envelope{
		Actor: "user:ann", IdempotencyKey: "key", Correlation: "request-1", TraceParent: "00-trace",
	}, ChargeWallet{UserID: ann, Amount: 10})
	require.NoError(t, err)
	require.Equal(t, eventstore.Metadata{
		Actor: "user:ann", Command: "charge_wallet", Correlation: "request-1", TraceParent: "00-trace",
	}, s.log.last.Metadata)
}

func TestEveryCommandHasItsName(t *testing.T) {
	t.Parallel()
	s := given(t)
	for name, run := range map[string]func() error{
		"announce_concert":     func() error { _, err := s.unit.AnnounceConcert(ctx, Envelope{}, AnnounceConcert{}); return err },
		"schedule_performance": func() error { _, err := s.unit.SchedulePerformance(ctx, Envelope{}, SchedulePerformance{}); return err },
		"hold_seats":           func() error { _, err := s.unit.HoldSeats(ctx, Envelope{}, HoldSeats{Seats: []int{1}}); return err },
		"cancel_reservation":   func() error { _, err := s.unit.CancelReservation(ctx, Envelope{}, CancelReservation{}); return err },
		"expire_reservation":   func() error { _, err := s.unit.ExpireReservation(ctx, Envelope{}, ExpireReservation{}); return err },
		"charge_wallet":        func() error { _, err := s.unit.ChargeWallet(ctx, Envelope{}, ChargeWallet{}); return err },
		"pay":                  func() error { _, err := s.unit.Pay(ctx, Envelope{}, Pay{}); return err },
		"give_up_admission":    func() error { _, err := s.unit.GiveUpAdmission(ctx, Envelope{}, GiveUpAdmission{}); return err },
	} {
		_ = run() // most are refused
		require.Equal(t, name, s.log.last.Metadata.Command)
	}
}

func TestFaultsOfTheStoreAreNotRefusals(t *testing.T) {
	t.Parallel()
	for _, fault := range []error{eventstore.ErrUnavailable, eventstore.ErrClosed, eventstore.ErrContention, context.Canceled} {
		s := given(t)
		s.log.broken = fmt.Errorf("commit: %w", fault)
		_, err := s.unit.ChargeWallet(ctx, Envelope{}, ChargeWallet{UserID: ann, Amount: 10})
		require.ErrorIs(t, err, fault)
		require.ErrorContains(t, err, "charge_wallet: ")
		require.Empty(t, domain.CodeOf(err))
	}
}

func TestAnAnswerComesFromTheEventOfItsCommand(t *testing.T) {
	t.Parallel()
	for name, receipt := range map[string]eventstore.Receipt{
		"no event":            {},
		"another event":       {Events: []eventstore.Event{{Type: "wallet.debited.v1", Payload: []byte("{}")}}},
		"an unknown event":    {Events: []eventstore.Event{{Type: "wallet.robbed.v1", Payload: []byte("{}")}}},
		"an unreadable event": {Events: []eventstore.Event{{Type: "wallet.charged.v1", Payload: []byte("nonsense")}}},
	} {
		unit, err := New(nil, settings, func() string { return "id" })
		require.NoError(t, err)
		unit.execute = func(context.Context, eventstore.Command[domain.State], decision) (eventstore.Receipt, error) {
			return receipt, nil
		}
		_, err = unit.ChargeWallet(ctx, Envelope{}, ChargeWallet{UserID: ann, Amount: 10})
		require.Error(t, err, name)
		require.Empty(t, domain.CodeOf(err), name)
	}
	_, err := reservationFrom(eventstore.Event{Type: "reservation.confirmed.v1", Payload: []byte("{}")})
	require.Error(t, err)
}

func TestSettings(t *testing.T) {
	t.Parallel()
	change := func(f func(*Settings)) Settings {
		s := Settings{Currency: "EUR"}
		f(&s)
		return s
	}
	for name, test := range map[string]struct {
		settings Settings
		wrong    string
	}{
		"defaults":              {change(func(*Settings) {}), ""},
		"shortest hold":         {change(func(s *Settings) { s.HoldDuration = time.Millisecond }), ""},
		"longest hold":          {change(func(s *Settings) { s.HoldDuration = 24 * time.Hour }), ""},
		"one seat":              {change(func(s *Settings) { s.MaxLiveHolds = 1 }), ""},
		"largest balance":       {change(func(s *Settings) { s.MaxBalance = domain.MaxMoney }), ""},
		"negative hold":         {change(func(s *Settings) { s.HoldDuration = -time.Second }), "hold duration -1s"},
		"hold too long":         {change(func(s *Settings) { s.HoldDuration = 24*time.Hour + time.Millisecond }), "hold duration"},
		"hold between the ms":   {change(func(s *Settings) { s.HoldDuration = 1500 * time.Microsecond }), "hold duration 1.5ms"},
		"negative limit":        {change(func(s *Settings) { s.MaxLiveHolds = -1 }), "limit of -1 live holds"},
		"negative balance":      {change(func(s *Settings) { s.MaxBalance = -1 }), "maximum balance -1"},
		"balance past counting": {change(func(s *Settings) { s.MaxBalance = domain.MaxMoney + 1 }), "maximum balance"},
		"no currency":           {Settings{}, `currency ""`},
		"small letters":         {Settings{Currency: "eur"}, `currency "eur"`},
		"digits":                {Settings{Currency: "E1R"}, `currency "E1R"`},
		"four letters":          {Settings{Currency: "EURO"}, `currency "EURO"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := New(nil, test.settings, nil)
			if test.wrong == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.wrong)
		})
	}
	require.Equal(t, Settings{HoldDuration: 5 * time.Minute, MaxLiveHolds: 16, MaxBalance: 1_000_000_000}, Settings{}.withDefaults())
}

// fakeWriter stands where the log's writer does.
type fakeWriter struct {
	cmd eventstore.Command[domain.State]
}

var errFake = errors.New("fake")

func (w *fakeWriter) Execute(_ context.Context, cmd eventstore.Command[domain.State]) (eventstore.Receipt, error) {
	w.cmd = cmd
	return eventstore.Receipt{}, errFake
}

func TestNewExecutesOnTheWriter(t *testing.T) {
	t.Parallel()
	w := &fakeWriter{}
	unit, err := New(w, settings, func() string { return "id" })
	require.NoError(t, err)
	_, err = unit.ChargeWallet(ctx, envelope(ann, "key"), ChargeWallet{UserID: ann, Amount: 10})
	require.ErrorIs(t, err, errFake)
	require.NotNil(t, w.cmd.Decide)
	require.Equal(t, []string{"wallet-" + string(ann)}, w.cmd.Streams)
}
