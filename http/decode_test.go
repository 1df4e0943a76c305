package http

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDecodeStrict(t *testing.T) {
	t.Parallel()
	value, broken, err := decodeStrict([]byte(` {"a":[1,-2,1.5,true,null,"ü\n"],"b":{"":{}}} `))
	require.NoError(t, err)
	require.Empty(t, broken)
	require.Equal(t, map[string]any{
		"a": []any{int64(1), int64(-2), inexact{}, true, nil, "ü\n"},
		"b": map[string]any{"": map[string]any{}},
	}, value)
}

func TestDecodeKeepsIntegersExact(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"9007199254740993":     int64(9007199254740993),
		"9223372036854775807":  int64(9223372036854775807),
		"-9223372036854775808": int64(-9223372036854775808),
		"9223372036854775808":  inexact{},
		"1.0":                  inexact{},
		"1e2":                  inexact{},
		"1E400":                inexact{},
		"-0":                   int64(0),
	} {
		value, _, err := decodeStrict([]byte(text))
		require.NoError(t, err, text)
		require.Equal(t, want, value, text)
	}
}

func TestDecodeBoundsTheDepth(t *testing.T) {
	t.Parallel()
	nested := func(depth int) []byte {
		return []byte(strings.Repeat("[", depth) + strings.Repeat("]", depth))
	}
	_, _, err := decodeStrict(nested(maxDepth))
	require.NoError(t, err)
	_, _, err = decodeStrict(nested(maxDepth + 1))
	require.ErrorIs(t, err, errTooDeep)
}

func TestDecodeNamesTextsWithNUL(t *testing.T) {
	t.Parallel()
	_, broken, err := decodeStrict([]byte(`{"a":{"b/c":["x","\u0000"]}}`))
	require.NoError(t, err)
	require.Equal(t, []Field{{Pointer: "/a/b~1c/1", Detail: "must not contain the character U+0000"}}, broken)
}

// FuzzDecodeStrict checks that whatever is taken is JSON that other decoders
// take too, and means the same to them; and that nothing panics.
func FuzzDecodeStrict(f *testing.F) {
	for _, seed := range []string{
		`{"performanceId":"01900000-0000-7000-8000-000000000020","seats":[7,8]}`,
		`{"a":1,"a":2}`, `[1.5,1e400,-0,9223372036854775808]`, `"\u0000\ud800"`, "\xff", `[[[[[[[[[[[[[[[[[[`, `{}{}`, ` null `,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		value, _, err := decodeStrict(text)
		if err != nil {
			return
		}
		require.True(t, json.Valid(text))
		var lax any
		decoder := json.NewDecoder(strings.NewReader(string(text)))
		decoder.UseNumber()
		require.NoError(t, decoder.Decode(&lax))
		requireSame(t, lax, value)
	})
}

// requireSame compares what encoding/json decoded with what we did.
func requireSame(t *testing.T, lax, strict any) {
	t.Helper()
	switch lax := lax.(type) {
	case map[string]any:
		object, ok := strict.(map[string]any)
		require.True(t, ok)
		require.Len(t, object, len(lax))
		for name := range lax {
			requireSame(t, lax[name], object[name])
		}
	case []any:
		list, ok := strict.([]any)
		require.True(t, ok)
		require.Len(t, list, len(lax))
		for i := range lax {
			requireSame(t, lax[i], list[i])
		}
	case json.Number:
		if n, ok := strict.(int64); ok {
			exact, err := lax.Int64()
			require.NoError(t, err)
			require.Equal(t, exact, n)
		} else {
			require.Equal(t, inexact{}, strict)
		}
	default:
		require.Equal(t, lax, strict)
	}
}
