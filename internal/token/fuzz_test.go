package token_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/internal/token"
)

// FuzzVerify checks that nothing but the tokens that were signed verifies, and
// that nothing panics.
func FuzzVerify(f *testing.F) {
	keys := newKeys(f, secret)
	signed := map[string]bool{}
	for _, b := range bearers() {
		raw, err := keys.Sign(b, start, end)
		require.NoError(f, err)
		signed[raw] = true
		f.Add(raw)
		f.Add(strings.Replace(raw, ".", "..", 1))
		f.Add(raw[:len(raw)/2])
	}
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Fuzz(func(t *testing.T, raw string) {
		b, err := keys.Verify(raw, start)
		if signed[raw] {
			require.NoError(t, err)
			return
		}
		require.Nil(t, b)
		require.Equal(t, token.ErrInvalid, err)
	})
}

// FuzzSign checks that whatever is signed can be read back, and reads the same.
func FuzzSign(f *testing.F) {
	keys := newKeys(f, secret)
	f.Add("ops", "concert:write events:read", int64(3600))
	f.Add("", "", int64(-1))
	f.Add("\x00\xff", " \t ", int64(1<<40))
	f.Fuzz(func(t *testing.T, name, scopes string, seconds int64) {
		if seconds < 1 || seconds > 1<<33 {
			t.Skip()
		}
		admin := token.Admin{Name: strings.ToValidUTF8(name, "?"), Scopes: strings.Fields(strings.ToValidUTF8(scopes, "?"))}
		raw, err := keys.Sign(admin, start, start.Add(time.Duration(seconds)*time.Second))
		if err != nil {
			return
		}
		got, err := keys.Verify(raw, start)
		require.NoError(t, err)
		require.Equal(t, token.Bearer(admin), got)
	})
}
