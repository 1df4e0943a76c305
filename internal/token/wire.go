package token

import (
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/holdfast-dev/holdfast/internal/canonical"
)

// Every request carries a token, so its body is written and read by hand where
// it is as plain as ids and numbers are: members in one order, and texts of
// visible ASCII without escapes. Whatever is not goes through the library,
// which says the same.

// appendClaims appends c as JSON.
func appendClaims(b []byte, c claims) ([]byte, error) {
	if !canonical.IsPlain(c.Subject) || !canonical.IsPlain(c.ID) || !canonical.IsPlain(c.Concert) || !canonical.IsPlain(c.Scope) {
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
	r := canonical.Read(text)
	c.Subject = r.Text(`{"sub":"`)
	c.IssuedAt = r.Number(`,"iat":`)
	c.ExpiresAt = r.Number(`,"exp":`)
	c.ID = optionalText(&r, `,"jti":"`)
	c.Concert = optionalText(&r, `,"concert":"`)
	c.Number = optionalNumber(&r, `,"number":`)
	c.Until = optionalNumber(&r, `,"until":`)
	c.Scope = optionalText(&r, `,"scope":"`)
	return c, r.Done()
}

func optionalText(r *canonical.Reader, name string) string {
	if !r.Next(name) {
		return ""
	}
	return r.Text(name)
}

func optionalNumber(r *canonical.Reader, name string) int64 {
	if !r.Next(name) {
		return 0
	}
	return r.Number(name)
}
