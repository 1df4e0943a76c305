package export

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever is written, flushed, continued elsewhere or given up in between, the
// file has what was given to it.
func TestBlocksAreAFile(t *testing.T) {
	t.Parallel()
	const size = 4 * alignment // smaller than it is, and so faster
	openSmall := func(name string) (*blocks, error) {
		b, err := openBlocks(name)
		if err == nil {
			b.memory = b.memory[:size:size]
		}
		return b, err
	}
	folder := t.TempDir()
	source := make([]byte, 4*size)
	for i := range source {
		source[i] = byte(rand.IntN(255)) + 1 // no zero, which is what flush adds
	}
	rapid.Check(t, func(t *rapid.T) {
		name := filepath.Join(folder, "blocks")
		require.NoError(t, os.RemoveAll(name))
		b, err := openSmall(name)
		require.NoError(t, err)
		require.NoError(t, b.truncate(0))
		var want []byte
		sizes := rapid.OneOf(
			rapid.IntRange(0, 3*size), rapid.IntRange(size-2, size+2), rapid.SampledFrom([]int{0, alignment, size, 2 * size}))
		t.Repeat(map[string]func(*rapid.T){
			"write": func(t *rapid.T) {
				text := source[len(want)%size:][:sizes.Draw(t, "bytes")]
				n, err := b.Write(text)
				require.NoError(t, err)
				require.Len(t, text, n)
				want = append(want, text...)
			},
			"flush": func(t *rapid.T) {
				require.NoError(t, b.flush())
				got, err := os.ReadFile(name)
				require.NoError(t, err)
				require.GreaterOrEqual(t, len(got), len(want))
				requireSame(t, want, got[:len(want)])
			},
			"continue": func(t *rapid.T) {
				require.NoError(t, b.flush())
				require.NoError(t, b.file.Close())
				want = want[:rapid.IntRange(0, len(want)).Draw(t, "size")]
				b, err = openSmall(name)
				require.NoError(t, err)
				require.NoError(t, b.truncate(int64(len(want))))
			},
			"": func(t *rapid.T) { require.EqualValues(t, len(want), b.size()) },
		})
		require.NoError(t, b.finish())
		require.NoError(t, b.file.Close())
		got, err := os.ReadFile(name)
		require.NoError(t, err)
		requireSame(t, want, got)
	})
}

// requireSame says where two texts differ, not what is in their megabytes.
func requireSame(t *rapid.T, want, got []byte) {
	if bytes.Equal(want, got) {
		return
	}
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, want[i], got[i], "byte %d", i)
	}
}

// A disk that wants another alignment is written through the cache.
func TestBlocksThatAreNotAligned(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "blocks")
	b, err := openBlocks(name)
	require.NoError(t, err)
	require.NoError(t, b.truncate(0))
	b.memory = make([]byte, blockSize+1)[1:]
	want := bytes.Repeat([]byte("not aligned "), 1_000_000)
	_, err = b.Write(want)
	require.NoError(t, err)
	require.NoError(t, b.finish())
	require.NoError(t, b.file.Close())
	got, err := os.ReadFile(name)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got))
}

func TestMemoryOfABlockIsAligned(t *testing.T) {
	t.Parallel()
	for range 100 {
		memory := make([]byte, blockSize)
		address := uintptr(unsafe.Pointer(unsafe.SliceData(memory))) //nolint:gosec // nothing is done with it
		require.Zero(t, address%alignment)
		runtime.KeepAlive(memory)
	}
}

func TestABlockThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	b, err := openBlocks(filepath.Join(t.TempDir(), "blocks"))
	require.NoError(t, err)
	require.NoError(t, b.truncate(0))
	_, err = b.Write([]byte("before"))
	require.NoError(t, err)
	require.NoError(t, b.file.Close())
	for range 2 {
		_, err = b.Write(make([]byte, 2*blockSize))
		require.ErrorIs(t, err, os.ErrClosed)
		require.EqualValues(t, len("before"), b.size())
	}
	require.ErrorIs(t, b.flush(), os.ErrClosed)
	require.ErrorIs(t, b.finish(), os.ErrClosed)
}
