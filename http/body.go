package http

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"
)

// readBody reads the JSON body of a command, refuses what is too large, of
// another type, not strict JSON or not what the schema says, and leaves it in
// the call for [binder].
func readBody(schema *openapi3.Schema, limit int64) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			text, err := bodyText(c.Request(), limit)
			if err != nil {
				return err
			}
			value, broken, err := decodeStrict(text)
			if err != nil {
				return malformed(err)
			}
			if err := schema.VisitJSON(value, openapi3.MultiErrors()); err != nil {
				broken = append(broken, fieldsOf(err)...)
			}
			if len(broken) > 0 {
				return invalid(broken)
			}
			callOf(c.Request().Context()).body = text
			return next(c)
		}
	}
}

// bodyText reads a body whose length and type are declared and allowed.
func bodyText(r *http.Request, limit int64) ([]byte, error) {
	switch {
	case r.ContentLength < 0:
		return nil, refuse(CodeLengthRequired, "Send the body with a Content-Length, not in chunks.")
	case r.ContentLength > limit:
		return nil, refuse(CodeBodyTooLarge, fmt.Sprintf("The body has %d bytes; at most %d are read.", r.ContentLength, limit))
	case r.ContentLength == 0:
		return nil, refuse(CodeMalformedRequest, "The body is empty. Send a JSON object.")
	case !isJSON(r.Header):
		return nil, refuse(CodeUnsupportedMediaType, "Send the body as Content-Type: application/json, in UTF-8 and without a content coding.")
	}
	text := make([]byte, r.ContentLength)
	if _, err := io.ReadFull(r.Body, text); err != nil {
		return nil, &Error{Code: CodeMalformedRequest, Detail: "The body did not arrive whole and in time.", Cause: err}
	}
	return text, nil
}

// isJSON reports whether the headers declare plain JSON in UTF-8.
func isJSON(h http.Header) bool {
	if h.Get(echo.HeaderContentEncoding) != "" {
		return false
	}
	declared := h.Values(echo.HeaderContentType)
	if len(declared) != 1 {
		return false
	}
	if declared[0] == mediaJSON {
		return true
	}
	media, params, err := mime.ParseMediaType(declared[0])
	if err != nil || media != mediaJSON {
		return false
	}
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// malformed says where the body stops being JSON.
func malformed(err error) *Error {
	detail := "The body is not one JSON value: it is cut off, repeats a name, is not UTF-8, nests too deep or has something behind it."
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		detail = fmt.Sprintf("%s Look at byte %d.", detail, syntax.ByteOffset)
	}
	return &Error{Code: CodeMalformedRequest, Detail: detail, Cause: err}
}

// binder gives handlers the body that readBody has validated, in its
// generated type.
type binder struct{}

// Bind implements [echo.Binder]. It can still refuse what a schema can't rule
// out, such as a leap second.
func (binder) Bind(into any, c echo.Context) error {
	err := json.Unmarshal(callOf(c.Request().Context()).body, into)
	if err == nil {
		return nil
	}
	broken := Field{Detail: "does not fit the contract"}
	if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
		broken.Pointer = string(semantic.JSONPointer)
	}
	refusal := invalid([]Field{broken})
	refusal.Cause = err
	return refusal
}
