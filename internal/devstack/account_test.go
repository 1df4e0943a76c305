package devstack

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAccountReaches(t *testing.T) {
	t.Parallel()
	base := folderForServers(t)
	closed := filepath.Join(base, "closed")
	require.NoError(t, os.Mkdir(closed, 0o700))
	stranger := &account{name: "stranger", uid: 54321, gid: 54321}

	require.NoError(t, stranger.reaches(filepath.Join(base, "data")))
	require.EqualError(t, stranger.reaches(filepath.Join(closed, "data")),
		"account stranger cannot reach "+closed+"/data: "+closed+" has mode 0700: "+
			"choose a folder elsewhere (HOLDFAST_DATA_DIR), or run as a user that is not root")
	require.Error(t, stranger.reaches(filepath.Join(base, "absent", "data")))

	owner := &account{name: "owner", uid: uint32(os.Geteuid()), gid: 54321}
	require.NoError(t, owner.reaches(filepath.Join(closed, "data")))
	var ourselves *account
	require.NoError(t, ourselves.reaches(filepath.Join(closed, "data")))
}

func TestServersRunAsRootOnlyIfNobodyIsRoot(t *testing.T) {
	t.Parallel()
	as, err := serverAccount()
	require.NoError(t, err)
	if os.Geteuid() != 0 {
		require.Nil(t, as)
		return
	}
	require.NotZero(t, as.uid)
	require.Equal(t, as.uid, as.credential().Uid)
}
