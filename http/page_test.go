package http_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPage(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	page := h.do(sound()["getPage"])
	require.Equal(t, 200, page.Code)
	require.Contains(t, page.Header().Get("Content-Type"), "text/html")
	require.NotContains(t, page.Header().Get("Content-Security-Policy"), "unsafe")
	for _, file := range regexp.MustCompile(`(?:src|href)="(/ui/[^"]+)"`).FindAllStringSubmatch(page.Body.String(), -1) {
		require.Equal(t, 200, h.do(request{method: "GET", path: file[1]}).Code, file[1])
	}
	for _, path := range []string{"/ui/", "/ui/nothing.js", "/ui/../openapi.yaml", "/ui/%2e%2e/codes.go", "/ui//app.js"} {
		h.do(request{method: "GET", path: path}).requireProblem(t, 404, "not_found")
	}
}

// TestPageKeepsToItself checks that the page loads nothing from elsewhere,
// has nothing inline, and writes no HTML from data.
func TestPageKeepsToItself(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir("ui")
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile("ui/" + file.Name())
		require.NoError(t, err)
		source := strings.ReplaceAll(string(text), "http://www.w3.org/2000/svg", "")
		for _, bad := range []string{"http://", "https://", "//cdn", "innerHTML", "insertAdjacentHTML", "document.write", "eval(", " style=", "onclick=", "<script>"} {
			require.NotContains(t, source, bad, file.Name())
		}
	}
}
