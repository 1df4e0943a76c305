package waitingroom_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/waitingroom"
)

func limited(o *waitingroom.Options) {
	o.JoinsPerUser = waitingroom.Limit{Burst: 3, Every: 10 * time.Second}
	o.JoinsPerAddress = waitingroom.Limit{Burst: 5, Every: time.Second}
}

func retryAfter(t *testing.T, err error) time.Duration {
	t.Helper()
	require.Equal(t, domain.CodeRateLimited, domain.CodeOf(err))
	retry, ok := errors.AsType[*waitingroom.RetryError](err)
	require.True(t, ok)
	return retry.After
}

func TestOneUserCannotStormTheDoor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance(limited)
	user := newUser()
	join := func() error {
		_, _, err := rooms.Join(t.Context(), user, h.concert, nowhere, small)
		return err
	}
	for range 3 {
		require.NoError(t, join())
	}
	require.Equal(t, 10*time.Second, retryAfter(t, join()))
	h.clock.Advance(4 * time.Second)
	require.Equal(t, 6*time.Second, retryAfter(t, join()))
	h.clock.Advance(6 * time.Second)
	require.NoError(t, join(), "Retry-After was honest")
	require.Error(t, join())
	h.clock.Advance(time.Hour)
	for range 3 {
		require.NoError(t, join())
	}
	require.Error(t, join(), "a quiet hour does not add up")
}

func TestOneAddressCannotStormTheDoor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance(limited)
	join := func(address string) error {
		_, _, err := rooms.Join(t.Context(), newUser(), h.concert, netip.MustParseAddr(address), small)
		return err
	}
	for range 5 {
		require.NoError(t, join("192.0.2.1"))
	}
	require.Equal(t, time.Second, retryAfter(t, join("192.0.2.1")))
	require.Equal(t, time.Second, retryAfter(t, join("::ffff:192.0.2.1")), "the same address in another spelling")
	require.NoError(t, join("192.0.2.2"))

	for _, address := range []string{"2001:db8::1", "2001:db8::2", "2001:db8::3:0:0:1", "2001:db8::4%eth0", "2001:db8:0:0:ffff::"} {
		require.NoError(t, join(address))
	}
	require.Error(t, join("2001:db8::5"), "a household has a whole /64")
	require.NoError(t, join("2001:db8:0:1::1"))

	for range 50 {
		_, _, err := rooms.Join(t.Context(), newUser(), h.concert, nowhere, small)
		require.NoError(t, err, "no address, no limit")
	}
}

func TestLimitsCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rooms := h.instance()
	user := newUser()
	for range 50 {
		_, _, err := rooms.Join(t.Context(), user, h.concert, netip.MustParseAddr("192.0.2.1"), small)
		require.NoError(t, err)
	}
}
