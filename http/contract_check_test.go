package http_test

import (
	"bytes"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/stretchr/testify/require"
)

// contractRouter finds the operation of a request for the check of answers.
// It is another router than the server's, so that the two check each other.
var contractRouter = func() routers.Router {
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		panic(err)
	}
	doc.Servers = nil
	router, err := legacy.NewRouter(doc)
	if err != nil {
		panic(err)
	}
	return router
}()

// requireContract checks an answer against the contract: status, headers and
// body must be what the operation says.
func requireContract(t testing.TB, r *nethttp.Request, w *httptest.ResponseRecorder) {
	t.Helper()
	if r.Method == nethttp.MethodHead {
		return
	}
	route, params, err := contractRouter.FindRoute(r)
	if err != nil {
		return // no operation, or not with this method
	}
	switch media, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";"); media {
	case "application/json", "application/problem+json", "":
	default:
		return // streams and pages
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 w.Code,
		Header:                 w.Header(),
		Body:                   io.NopCloser(bytes.NewReader(w.Body.Bytes())),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	require.NoError(t, err, "%s %s: %d %s", r.Method, r.URL, w.Code, w.Body)
}
