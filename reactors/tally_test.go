package reactors

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/stretchr/testify/require"
)

func TestALookThatSucceedsDoesNotHideWhatIsAway(t *testing.T) {
	t.Parallel()
	away, cut := errors.New("the payment provider is away"), errors.New("the connection was cut")
	t.Run("while a round ends", func(t *testing.T) {
		t.Parallel()
		all := newTally("mailer")
		all.worked(away)
		ended, end := context.WithCancel(t.Context())
		end()
		looks := rhythm{ctx: ended, source: &source{found: look{what: foundEvent}}, tally: all}
		looks.HandleError(watermill.NopLogger{}, false, cut)
		require.Equal(t, away, all.read().Err, "looks of a round that has ended are not reported")
		looks.HandleError(watermill.NopLogger{}, false, nil)
		require.Equal(t, away, all.read().Err)
	})
	t.Run("after a look that failed", func(t *testing.T) {
		t.Parallel()
		all := newTally("mailer")
		all.worked(away)
		ctx, end := context.WithCancel(t.Context())
		looks := rhythm{
			ctx: ctx, source: &source{found: look{what: foundEvent}}, tally: all,
			report: func(error, time.Duration) { end() },
		}
		looks.HandleError(watermill.NopLogger{}, false, cut)
		require.Equal(t, cut, all.read().Err)
		looks.HandleError(watermill.NopLogger{}, false, nil)
		require.Equal(t, away, all.read().Err)
		all.settled()
		require.NoError(t, all.read().Err)
	})
}
