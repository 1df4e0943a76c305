package command

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/user"
)

func TestForgetUser(t *testing.T) {
	t.Parallel()
	s := given(t)
	accepted, err := s.unit.ForgetUser(ctx, Envelope{}, ForgetUser{UserID: ann})
	require.NoError(t, err)
	forgotten := user.Forgotten{UserID: ann, Salt: mintedID(1)}
	s.then(forgotten)
	require.Equal(t, ForgottenUser{UserID: ann, Pseudonym: forgotten.Pseudonym()}, accepted.Answer)

	_, err = s.unit.ForgetUser(ctx, Envelope{}, ForgetUser{UserID: ann})
	requireRefused(t, domain.CodeConflict, err)
	s.then()
}

func TestAUserWithSeatsOnHoldIsNotForgotten(t *testing.T) {
	t.Parallel()
	s := given(t, onSale(holdOf(ann, annsHold, 7)...)...)
	_, err := s.unit.ForgetUser(ctx, Envelope{}, ForgetUser{UserID: ann})
	requireRefused(t, domain.CodeConflict, err)
	s.then()

	s.at(noon.Add(holdTime))
	_, err = s.unit.ForgetUser(ctx, Envelope{}, ForgetUser{UserID: ann})
	require.NoError(t, err, "at its end a hold is over, whether or not that is recorded")
}

func TestAUserWithMoneyIsNotForgottenUnlessItIsAbandoned(t *testing.T) {
	t.Parallel()
	s := given(t, charged(5))
	_, err := s.unit.ForgetUser(ctx, Envelope{}, ForgetUser{UserID: ann})
	requireRefused(t, domain.CodeConflict, err)
	s.then()

	_, err = s.unit.ForgetUser(ctx, Envelope{}, ForgetUser{UserID: ann, AbandonBalance: true})
	require.NoError(t, err)
	s.then(user.Forgotten{UserID: ann, Salt: mintedID(2)})
}
