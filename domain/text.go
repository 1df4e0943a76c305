package domain

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CheckText judges a line of text that people will read, such as a title:
// 1 to limit characters of valid UTF-8, not only white space, and none that
// a screen does not show as text. It returns what is wrong, or "".
//
// Control characters and line separators break pages and logs. Characters
// that embed, isolate or override the writing direction let a text pass for
// another one; the marks U+200E and U+200F, which right-to-left text needs,
// are allowed.
func CheckText(text string, limit int) string {
	if !utf8.ValidString(text) {
		return "must be valid UTF-8"
	}
	if strings.TrimSpace(text) == "" {
		return "must not be empty"
	}
	if n := utf8.RuneCountInString(text); n > limit {
		return fmt.Sprintf("must have at most %d characters, has %d", limit, n)
	}
	if i := strings.IndexFunc(text, unprintable); i >= 0 {
		r, _ := utf8.DecodeRuneInString(text[i:])
		return fmt.Sprintf("must not contain the character U+%04X", r)
	}
	return ""
}

func unprintable(r rune) bool {
	switch {
	case unicode.IsControl(r):
		return true
	case r == '\u2028' || r == '\u2029':
		return true
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
		return true
	}
	return false
}
