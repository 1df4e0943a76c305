package http

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/holdfast-dev/holdfast/http/api"
)

// mediaProblem is the media type of problem details (RFC 9457).
const mediaProblem = "application/problem+json"

// problemContent is shared by all answers and never changed.
var problemContent = []string{mediaProblem}

// problemWriter answers errors. It is the only place that does.
type problemWriter struct {
	explainer
	logger *slog.Logger
}

// handle is echo's HTTPErrorHandler. Nothing of it differs between two
// requests for the same path that fail for the same reason, so that an answer
// gives nothing away; the request's id is in a header.
func (p problemWriter) handle(err error, c echo.Context) {
	answer := p.explain(err)
	call := callOf(c.Request().Context())
	call.code = answer.Code
	p.log(c, call, answer)
	if c.Response().Committed {
		call.cutShort = true
		return
	}
	m, known := meaningOf[answer.Code]
	if !known {
		m = meaningOf[CodeInternal]
		answer = because(CodeInternal, answer)
	}
	body, err := json.Marshal(problemOf(answer, m, call.instance))
	if err != nil {
		p.logger.ErrorContext(c.Request().Context(), "problem details can't be encoded", "error", err)
	}
	header := c.Response().Header()
	// With eight headers there, a map grows even for one that it has already:
	// that one comes first.
	header[echo.HeaderCacheControl] = noStore
	header[echo.HeaderContentType] = problemContent
	header[echo.HeaderContentLength] = []string{strconv.Itoa(len(body))}
	switch m.status {
	case http.StatusUnauthorized:
		header.Set(echo.HeaderWWWAuthenticate, "Bearer")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		header.Set(echo.HeaderRetryAfter, retrySeconds(answer.RetryAfter))
	}
	c.Response().WriteHeader(m.status)
	// A client that has gone is no fault worth a line in the log.
	_, _ = c.Response().Write(body)
}

// log writes faults of ours to the log, with the cause that the client does
// not see. Refusals are in the access log by their code.
func (p problemWriter) log(c echo.Context, call *call, answer *Error) {
	if status := meaningOf[answer.Code].status; status != 0 && status < http.StatusInternalServerError {
		return
	}
	level := slog.LevelError
	if errors.Is(answer, context.Canceled) {
		level = slog.LevelInfo // the client has gone
	}
	p.logger.LogAttrs(c.Request().Context(), level, "request failed",
		slog.String("request_id", call.requestID),
		slog.String("method", c.Request().Method),
		slog.String("route", c.Path()),
		slog.String("code", string(answer.Code)),
		slog.Any("error", answer.Cause),
	)
}

func problemOf(e *Error, m meaning, instance string) api.Problem {
	problem := api.Problem{
		Type:     problemTypeBase + string(m.code),
		Title:    m.title,
		Status:   m.status,
		Detail:   e.Detail,
		Instance: instance,
		Code:     string(m.code),
	}
	if len(e.Seats) > 0 {
		problem.Seats = &e.Seats
	}
	if len(e.Fields) > 0 {
		fields := make([]api.FieldError, len(e.Fields))
		for i, f := range e.Fields {
			fields[i] = api.FieldError{Detail: f.Detail}
			if f.Parameter != "" {
				fields[i].Parameter = &e.Fields[i].Parameter
			} else {
				fields[i].Pointer = &e.Fields[i].Pointer
			}
		}
		problem.Errors = &fields
	}
	return problem
}

// retrySeconds rounds up, for a client that comes back too early gains nothing.
func retrySeconds(d time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))
}
