package idle_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/idle"
)

func TestFor(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		while, ends time.Duration // ends of ctx, 0 for never
		waits       time.Duration
		goesOn      bool
	}{
		"a while":              {while: time.Second, waits: time.Second, goesOn: true},
		"until ctx ends":       {while: time.Hour, ends: time.Minute, waits: time.Minute},
		"nothing to wait for":  {while: 0, goesOn: true},
		"less than nothing":    {while: -time.Second, goesOn: true},
		"ctx ends later":       {while: time.Second, ends: time.Minute, waits: time.Second, goesOn: true},
		"nothing, ctx goes on": {while: 0, ends: time.Minute, goesOn: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if test.ends > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, test.ends)
					defer cancel()
				}
				began := time.Now()
				require.Equal(t, test.goesOn, idle.For(ctx, test.while))
				require.Equal(t, test.waits, time.Since(began))
			})
		})
	}
}

func TestForKnowsThatCtxHasEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, while := range []time.Duration{-1, 0, time.Hour} {
		require.False(t, idle.For(ctx, while))
	}
}
