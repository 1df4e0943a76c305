package http

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth bounds how deep a body may nest. No command needs more than 3.
const maxDepth = 16

var (
	errTooDeep  = errors.New("the body nests too deep")
	errTrailing = errors.New("there is something behind the body's value")
)

// inexact stands in a decoded body for a number that is not written as a
// whole number of 64 bits: 1.5, 1e400, 2^63, and also 1.0 and 1e2. Nothing is
// computed with it, and no schema takes it, because it is of no type that
// JSON has.
type inexact struct{}

// decoder turns JSON text into the values that a schema is checked against:
// nil, bool, string, int64, []any, map[string]any and [inexact].
type decoder struct {
	tokens *jsontext.Decoder
	// path is where the decoder stands, as unescaped parts of a JSON pointer.
	path []string
	// broken are the strings that no store would take.
	broken []Field
}

// decodeStrict reads exactly one JSON value. Its error says that text is not
// JSON in the strict sense of RFC 8259 and RFC 7493: duplicate names, invalid
// UTF-8, lone surrogates and trailing data are refused. The fields are those
// of strings with a NUL in them, which is JSON, but no text.
func decodeStrict(text []byte) (any, []Field, error) {
	d := decoder{tokens: jsontext.NewDecoder(bytes.NewBuffer(text))}
	value, err := d.value()
	if err != nil {
		return nil, nil, err
	}
	if _, err := d.tokens.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, nil, errTrailing
	}
	return value, d.broken, nil
}

func (d *decoder) value() (any, error) {
	token, err := d.tokens.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case 'n':
		return nil, nil
	case 't', 'f':
		return token.Bool(), nil
	case '"':
		return d.text(token.String()), nil
	case '0':
		return number(token.String()), nil
	case '[':
		return d.list()
	default:
		return d.object()
	}
}

func (d *decoder) list() (any, error) {
	if len(d.path) >= maxDepth {
		return nil, errTooDeep
	}
	list := []any{}
	for d.tokens.PeekKind() != ']' {
		d.path = append(d.path, strconv.Itoa(len(list)))
		item, err := d.value()
		if err != nil {
			return nil, err
		}
		d.path = d.path[:len(d.path)-1]
		list = append(list, item)
	}
	_, err := d.tokens.ReadToken()
	return list, err
}

func (d *decoder) object() (any, error) {
	if len(d.path) >= maxDepth {
		return nil, errTooDeep
	}
	object := map[string]any{}
	for d.tokens.PeekKind() != '}' {
		name, err := d.tokens.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String()
		d.path = append(d.path, key)
		if object[key], err = d.value(); err != nil {
			return nil, err
		}
		d.path = d.path[:len(d.path)-1]
	}
	_, err := d.tokens.ReadToken()
	return object, err
}

func (d *decoder) text(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		d.broken = append(d.broken, Field{Pointer: pointer(d.path), Detail: "must not contain the character U+0000"})
	}
	return s
}

// number keeps what is exact and marks the rest.
func number(text string) any {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return inexact{}
	}
	return n
}

// pointer joins the parts of a JSON pointer (RFC 6901).
func pointer(parts []string) string {
	var b strings.Builder
	for _, part := range parts {
		b.WriteByte('/')
		b.WriteString(pointerEscapes.Replace(part))
	}
	return b.String()
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")
