package http

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/labstack/echo/v4"
)

var errSplitBody = errors.New("the body of a tagged answer must be written at once")

// tagAnswers gives the successful answers of a query a strong ETag, and
// answers 304 to a client that has the same body already. A handler that
// knows a tag sets it; else the tag is a hash of the body. Either is the same
// on every instance, and changes when and only when the body does.
func tagAnswers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		response := c.Response()
		wanted := strings.Join(c.Request().Header[headerIfNoneMatch], ",")
		callOf(c.Request().Context()).wantedTags = wanted
		w := &taggedWriter{ResponseWriter: response.Writer, response: response, wanted: wanted}
		response.Writer = w
		err := next(c)
		response.Writer = w.ResponseWriter
		return err
	}
}

// taggedWriter holds back the status until the body is there.
type taggedWriter struct {
	http.ResponseWriter
	response *echo.Response
	wanted   string
	held     bool
	done     bool
}

// WriteHeader holds back a 200.
func (w *taggedWriter) WriteHeader(status int) {
	if status == http.StatusOK {
		w.held = true
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends the whole body, or 304 instead. The generated server encodes
// a body before it writes it, at once.
func (w *taggedWriter) Write(body []byte) (int, error) {
	if !w.held {
		return w.ResponseWriter.Write(body)
	}
	if w.done {
		return 0, errSplitBody
	}
	w.done = true
	header := w.Header()
	if header[headerETag] == nil {
		header[headerETag] = []string{quoteTag(strconv.FormatUint(xxhash.Sum64(body), 16))}
	}
	tag := header[headerETag][0]
	header[echo.HeaderCacheControl] = privateCache
	if matchesTag(w.wanted, tag) {
		header.Del(echo.HeaderContentType)
		w.response.Status = http.StatusNotModified
		w.ResponseWriter.WriteHeader(http.StatusNotModified)
		return len(body), nil
	}
	w.ResponseWriter.WriteHeader(http.StatusOK)
	return w.ResponseWriter.Write(body)
}

// Unwrap implements what [http.ResponseController] looks for.
func (w *taggedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func quoteTag(text string) string { return `"` + text + `"` }

// matchesTag reports whether an If-None-Match header names the tag, by weak
// comparison (RFC 9110 13.1.2).
func matchesTag(wanted, tag string) bool {
	if wanted == "" {
		return false
	}
	for candidate := range strings.SplitSeq(wanted, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == tag {
			return true
		}
	}
	return false
}
