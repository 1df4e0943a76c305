package user_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/domain/internal/codectest"
	"github.com/holdfast-dev/holdfast/domain/user"
)

var codec = codectest.Codec[user.Event]{Encode: user.Encode, Decode: user.Decode}

func TestEveryStoredVersionDecodes(t *testing.T) {
	t.Parallel()
	codectest.Golden[user.Event](t, codec, forgotten)
}

func TestDecodeRefusesWhatItHasNoNameFor(t *testing.T) {
	t.Parallel()
	_, err := user.Decode("user.vanished.v9", []byte("{}"))
	var unknown *domain.UnknownTypeError
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, "user.vanished.v9", unknown.Type)
}

func FuzzDecode(f *testing.F) { codectest.FuzzDecode(f, codec) }
