package domain_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/holdfast-dev/holdfast/domain"
)

const anID = "018f4e9a-0001-7abc-8def-0123456789af"

func TestParseIDTakesCanonicalText(t *testing.T) {
	t.Parallel()
	id, ok := domain.ParseID[domain.ConcertID](anID)
	require.True(t, ok)
	require.Equal(t, domain.ConcertID(anID), id)
}

func TestParseIDRefusesEverySecondSpelling(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":            "",
		"upper case":         strings.ToUpper(anID),
		"one upper case":     strings.Replace(anID, "f", "F", 1),
		"braces":             "{" + anID + "}",
		"urn":                "urn:uuid:" + anID,
		"no dashes":          strings.ReplaceAll(anID, "-", ""),
		"space before":       " " + anID,
		"line end after":     anID + "\n",
		"too short":          anID[:35],
		"too long":           anID + "0",
		"a dash moved":       "018f4e9-a0001-7abc-8def-0123456789af",
		"a dash for a digit": "018f4e9a-0001-7abc-8def-0123456789a-",
		"not hexadecimal":    strings.Replace(anID, "a", "g", 1),
		"between 9 and a":    strings.Replace(anID, "a", ":", 1),
		"before 0":           strings.Replace(anID, "0", "/", 1),
		"NUL":                strings.Replace(anID, "0", "\x00", 1),
		"full-width digit":   strings.Replace(anID, "018", "\uff10", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, ok := domain.ParseID[domain.UserID](text)
			require.False(t, ok)
		})
	}
}

func FuzzParseID(f *testing.F) {
	canonical := regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z`)
	f.Add(anID)
	f.Add(strings.ToUpper(anID))
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := domain.ParseID[domain.UserID](text)
		require.Equal(t, canonical.MatchString(text), ok)
		if ok {
			require.Equal(t, text, string(id))
		}
	})
}
