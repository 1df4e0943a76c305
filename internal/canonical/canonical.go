// Package canonical reads JSON in the very form in which we write it: no white
// space, members in the order of the fields, nothing escaped. That is a fifth of
// the work of decoding JSON, and nearly all that is in a log or a token. What
// does not look like that is left to a strict decoder, so the answer is always
// the strict decoder's.
package canonical

import (
	"strings"
	"time"
)

// Reader reads the members of an object one after the other. A member is named
// by all that stands before its value. After the first that is not as expected,
// all are zero.
type Reader struct {
	rest   string
	failed bool
}

// Read begins to read an object. What is read from it are parts of its text.
func Read(object string) Reader { return Reader{rest: object} }

// Next reports whether a member comes next, for those that may be missing.
func (r *Reader) Next(before string) bool { return !r.failed && strings.HasPrefix(r.rest, before) }

// Done reports whether the object was in canonical form, with the members that
// have been read and no other.
func (r *Reader) Done() bool { return !r.failed && r.rest == "}" }

// skip takes the text before a value.
func (r *Reader) skip(before string) bool {
	if r.failed || len(r.rest) < len(before) || r.rest[:len(before)] != before {
		r.failed = true
		return false
	}
	r.rest = r.rest[len(before):]
	return true
}

// Text reads a string of printable ASCII without escapes.
func (r *Reader) Text(before string) string {
	if !r.skip(before) {
		return ""
	}
	for i := range len(r.rest) {
		switch b := r.rest[i]; {
		case plain[b]:
		case b == '"':
			value := r.rest[:i]
			r.rest = r.rest[i+1:]
			return value
		default:
			r.failed = true
			return ""
		}
	}
	r.failed = true
	return ""
}

// plain are the bytes that a JSON string holds as they are.
var plain = func() (plain [256]bool) {
	for c := byte(' '); c <= '~'; c++ {
		plain[c] = c != '"' && c != '\\'
	}
	return plain
}()

// IsPlain reports whether a text is printable ASCII that stands in a JSON string
// as it is.
func IsPlain[T string | []byte](text T) bool {
	for i := range len(text) {
		if !plain[text[i]] {
			return false
		}
	}
	return true
}

// Number reads a whole number that is not negative, of at most 18 digits.
func (r *Reader) Number(before string) int64 {
	if !r.skip(before) {
		return 0
	}
	var value int64
	n := 0
	for n < len(r.rest) && r.rest[n] >= '0' && r.rest[n] <= '9' {
		value = 10*value + int64(r.rest[n]-'0')
		n++
	}
	if n == 0 || n > 18 || n > 1 && r.rest[0] == '0' {
		r.failed = true
		return 0
	}
	r.rest = r.rest[n:]
	return value
}

// Numbers reads an array of at least one number, whose bracket ends what stands
// before.
func (r *Reader) Numbers(before string) []int {
	values := make([]int, 1, 8)
	values[0] = int(r.Number(before))
	for !r.failed && r.rest != "" && r.rest[0] == ',' {
		values = append(values, int(r.Number(",")))
	}
	r.skip("]")
	return values
}

// Time reads a time in UTC as RFC 3339 has it, in the one spelling in which it
// is written: [time.Parse] takes more.
func (r *Reader) Time(before string) time.Time {
	text := r.Text(before)
	at, err := time.Parse(time.RFC3339Nano, text)
	var spelling [len(time.RFC3339Nano)]byte
	if err != nil || at.Location() != time.UTC || string(at.AppendFormat(spelling[:0], time.RFC3339Nano)) != text {
		r.failed = true
	}
	return at
}
