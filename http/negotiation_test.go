package http

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPickMedia(t *testing.T) {
	t.Parallel()
	both := []string{mediaJSON, mediaNDJSON}
	for _, test := range []struct {
		accept   []string
		produces []string
		want     string
	}{
		{nil, both, mediaJSON},
		{[]string{"*/*"}, both, mediaJSON},
		{[]string{"application/json"}, both, mediaJSON},
		{[]string{"application/x-ndjson"}, both, mediaNDJSON},
		{[]string{"application/*"}, both, mediaJSON},
		{[]string{"application/json;q=0.5, application/x-ndjson"}, both, mediaNDJSON},
		{[]string{"application/json;q=0.5", "application/x-ndjson;q=0.6"}, both, mediaNDJSON},
		{[]string{"application/json;q=0, */*"}, both, mediaNDJSON},
		{[]string{"text/html, application/xhtml+xml, */*;q=0.8"}, []string{mediaJSON}, mediaJSON},
		{[]string{"APPLICATION/JSON"}, []string{mediaJSON}, mediaJSON},
		{[]string{"application/json; charset=utf-8"}, []string{mediaJSON}, mediaJSON},
		{[]string{"text/*"}, []string{mediaEvents}, mediaEvents},
		{[]string{"text/html"}, both, ""},
		{[]string{"application/json;q=0"}, []string{mediaJSON}, ""},
		{[]string{"*/*;q=0"}, []string{mediaJSON}, ""},
		{[]string{""}, []string{mediaJSON}, ""},
		{[]string{"nonsense"}, []string{mediaJSON}, ""},
		{[]string{"application/json;q=2"}, []string{mediaJSON}, ""},
		{[]string{"application/json;q=x"}, []string{mediaJSON}, ""},
		{[]string{",,;,application/json"}, []string{mediaJSON}, mediaJSON},
	} {
		require.Equal(t, test.want, pickMedia(test.accept, test.produces), "%q of %q", test.accept, test.produces)
	}
}
