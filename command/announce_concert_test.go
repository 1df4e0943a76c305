package command

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
)

var announcement = AnnounceConcert{Title: "Nachtmusik", Venue: "Halle", Currency: "EUR", Capacity: 100, SessionSeconds: 600}

func TestAnnounceConcert(t *testing.T) {
	t.Parallel()
	s := given(t)
	accepted, err := s.unit.AnnounceConcert(ctx, Envelope{Actor: "admin:eve", IdempotencyKey: "key"}, announcement)
	require.NoError(t, err)
	want := announced
	want.ConcertID = domain.ConcertID(mintedID(1))
	s.then(want)
	require.Equal(t, Accepted[Concert]{Answer: Concert{ConcertID: want.ConcertID}, Position: 1}, accepted)
}

func TestAnnounceConcertInACurrencyThatNobodyCanPay(t *testing.T) {
	t.Parallel()
	s := given(t)
	asked := announcement
	asked.Currency, asked.Title = "USD", ""
	_, err := s.unit.AnnounceConcert(ctx, Envelope{}, asked)
	refusal := refusalOf(t, domain.CodeInvalidRequest, err)
	require.Equal(t, []domain.FieldError{
		{Pointer: "/title", Detail: "must not be empty"},
		{Pointer: "/currency", Detail: "must be EUR, the currency of the wallets here"},
	}, refusal.Fields)
	s.then()
}
