package user_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/internal/codectest"
	"github.com/holdfast-dev/holdfast/domain/user"
)

const salt = "018f4e9a-0008-7000-8000-00000000f0f0"

var forgotten = user.Forgotten{UserID: codectest.UserID, Salt: salt}

func TestForget(t *testing.T) {
	t.Parallel()
	before := user.State{}.Evolve(forgotten, time.Unix(0, 0))
	for name, test := range map[string]struct {
		state user.State
		has   user.Farewell
		code  domain.Code
	}{
		"has nothing":            {user.State{}, user.Farewell{}, ""},
		"forgotten before":       {before, user.Farewell{}, domain.CodeConflict},
		"has a seat on hold":     {user.State{}, user.Farewell{Seats: 1}, domain.CodeConflict},
		"a hold is not let go":   {user.State{}, user.Farewell{Seats: 1, Abandon: true}, domain.CodeConflict},
		"has money":              {user.State{}, user.Farewell{Balance: 1}, domain.CodeConflict},
		"has money and lets go":  {user.State{}, user.Farewell{Balance: 1, Abandon: true}, ""},
		"forgotten before, rich": {before, user.Farewell{Balance: 1, Abandon: true}, domain.CodeConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.has.UserID, test.has.Salt = codectest.UserID, salt
			got, err := test.state.Forget(test.has)
			require.Equal(t, test.code, domain.CodeOf(err))
			if test.code == "" {
				require.Equal(t, forgotten, got)
			}
		})
	}
}

func TestThePseudonymIsAStableUUID(t *testing.T) {
	t.Parallel()
	pseudonym := forgotten.Pseudonym()
	_, isID := domain.ParseID[domain.UserID](string(pseudonym))
	require.True(t, isID)
	require.Equal(t, byte('8'), pseudonym[14], "version 8")
	require.Equal(t, pseudonym, forgotten.Pseudonym())
	require.NotEqual(t, codectest.UserID, pseudonym)

	other := forgotten
	other.Salt = "another"
	require.NotEqual(t, pseudonym, other.Pseudonym(), "who knows the id alone cannot find it")
}

func TestStream(t *testing.T) {
	t.Parallel()
	require.Equal(t, "user-018f4e9a-0004-7000-8000-00000000e0e0", user.Stream(codectest.UserID))
}
