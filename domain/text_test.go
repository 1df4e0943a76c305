package domain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
)

func TestCheckText(t *testing.T) {
	t.Parallel()
	const limit = 10
	for name, test := range map[string]struct{ text, want string }{
		"a word":                    {"Nabucco", ""},
		"one character":             {"Ö", ""},
		"as long as allowed":        {strings.Repeat("春", limit), ""},
		"a mark for Hebrew":         {"שלום\u200f!", ""},
		"quotes and tags":           {`<b>"'\;`, ""},
		"an emoji":                  {"🎻", ""},
		"empty":                     {"", "must not be empty"},
		"blank":                     {" \u00a0\u3000", "must not be empty"},
		"too long":                  {strings.Repeat("春", limit+1), "must have at most 10 characters, has 11"},
		"broken UTF-8":              {"a\xff", "must be valid UTF-8"},
		"a surrogate half":          {"a\xed\xa0\x80", "must be valid UTF-8"},
		"NUL":                       {"a\x00b", "must not contain the character U+0000"},
		"a line end":                {"a\nb", "must not contain the character U+000A"},
		"a tab":                     {"a\tb", "must not contain the character U+0009"},
		"delete":                    {"a\x7f", "must not contain the character U+007F"},
		"a C1 control":              {"a\u0085b", "must not contain the character U+0085"},
		"a line separator":          {"a\u2028b", "must not contain the character U+2028"},
		"a paragraph separator":     {"a\u2029b", "must not contain the character U+2029"},
		"first bidi embedding":      {"a\u202ab", "must not contain the character U+202A"},
		"right-to-left override":    {"a\u202eb", "must not contain the character U+202E"},
		"first bidi isolate":        {"a\u2066b", "must not contain the character U+2066"},
		"the end of a bidi isolate": {"a\u2069b", "must not contain the character U+2069"},
		"beside the bidi controls":  {"a\u2065\u206a", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, domain.CheckText(test.text, limit))
		})
	}
}
