package token

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// Every request carries a token, so its body is written and read by hand where
// it is as plain as ids and numbers are: members in one order, and texts of
// visible ASCII without escapes. Whatever is not goes through the library,
// which says the same.

// appendClaims appends c as JSON.
func appendClaims(b []byte, c claims) ([]byte, error) {
	if !isPlain(c.Subject) || !isPlain(c.ID) || !isPlain(c.Concert) || !isPlain(c.Scope) {
		text, err := json.Marshal(c)
		return append(b, text...), err
	}
	b = append(b, `{"sub":"`...)
	b = append(b, c.Subject...)
	b = append(b, `","iat":`...)
	b = strconv.AppendInt(b, c.IssuedAt, 10)
	b = append(b, `,"exp":`...)
	b = strconv.AppendInt(b, c.ExpiresAt, 10)
	b = appendText(b, `,"jti":"`, c.ID)
	b = appendText(b, `,"concert":"`, c.Concert)
	b = appendNumber(b, `,"number":`, c.Number)
	b = appendNumber(b, `,"until":`, c.Until)
	b = appendText(b, `,"scope":"`, c.Scope)
	return append(b, '}'), nil
}

func appendText(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	b = append(append(b, name...), text...)
	return append(b, '"')
}

func appendNumber(b []byte, name string, n int64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(append(b, name...), n, 10)
}

// isPlain reports whether a text stands in JSON as it is.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// readClaims reads what appendClaims has written. Its texts are parts of the
// given one.
func readClaims(text string) (claims, error) {
	if plain, ok := readPlain(text); ok {
		return plain, nil
	}
	var c claims // only this one lives on the heap
	err := json.Unmarshal([]byte(text), &c)
	return c, err
}

// readPlain reports false if text is not just as appendClaims writes it by
// hand; what it returns is then of no use.
func readPlain(text string) (claims, bool) {
	var c claims
	r := plainReader{rest: text}
	c.Subject = r.text(`{"sub":"`)
	c.IssuedAt = r.number(`,"iat":`)
	c.ExpiresAt = r.number(`,"exp":`)
	c.ID = r.optionalText(`,"jti":"`)
	c.Concert = r.optionalText(`,"concert":"`)
	c.Number = r.optionalNumber(`,"number":`)
	c.Until = r.optionalNumber(`,"until":`)
	c.Scope = r.optionalText(`,"scope":"`)
	return c, !r.failed && r.rest == "}"
}

// plainReader takes members off the front of a text until one is not as it
// must be.
type plainReader struct {
	rest   string
	failed bool
}

func (r *plainReader) optionalText(name string) string {
	if !strings.HasPrefix(r.rest, name) {
		return ""
	}
	return r.text(name)
}

func (r *plainReader) text(name string) string {
	r.skip(name)
	text, rest, found := strings.Cut(r.rest, `"`)
	if !found || !isPlain(text) {
		r.failed = true
		return ""
	}
	r.rest = rest
	return text
}

func (r *plainReader) optionalNumber(name string) int64 {
	if !strings.HasPrefix(r.rest, name) {
		return 0
	}
	return r.number(name)
}

// number takes a number in its one spelling without an exponent or a sign:
// none that is written here is negative.
func (r *plainReader) number(name string) int64 {
	r.skip(name)
	digits := 0
	for digits < len(r.rest) && '0' <= r.rest[digits] && r.rest[digits] <= '9' {
		digits++
	}
	n, err := strconv.ParseInt(r.rest[:digits], 10, 64)
	if err != nil || r.rest[0] == '0' && digits > 1 {
		r.failed = true
		return 0
	}
	r.rest = r.rest[digits:]
	return n
}

func (r *plainReader) skip(name string) {
	rest, found := strings.CutPrefix(r.rest, name)
	r.rest, r.failed = rest, r.failed || !found
}
