package http

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"net/http"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/swaggest/swgui/v5/static"
	"github.com/swaggest/swgui/v5emb"
)

const docsPath = "/docs"

// document serves the contract.
func (s *Server) document(c echo.Context) error {
	return c.Blob(http.StatusOK, mediaJSON, s.contract.json)
}

// documentation serves Swagger UI from embedded files. The page's own scripts
// are allowed by their digests and no others, so that nothing that the
// contract says can run.
func documentation() (echo.HandlerFunc, error) {
	ui := v5emb.New("Holdfast", "/openapi.json", docsPath)
	page := pageWriter{header: http.Header{}}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, docsPath, http.NoBody)
	if err != nil {
		return nil, err
	}
	ui.ServeHTTP(&page, request)
	policy := []string{
		"default-src 'none'; connect-src 'self'; img-src 'self' data:; font-src 'self'; frame-ancestors 'none'; " +
			"base-uri 'none'; form-action 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'" +
			inlineDigests(page.String()),
	}
	files, err := embeddedFiles(static.FS)
	if err != nil {
		return nil, err
	}
	return func(c echo.Context) error {
		if name := c.Param("*"); name != "" && !files[name] {
			return echo.ErrNotFound
		}
		h := c.Response().Header()
		h["Content-Security-Policy"] = policy
		h["Cache-Control"] = privateCache
		ui.ServeHTTP(c.Response(), c.Request())
		return nil
	}, nil
}

// embeddedFiles lists the files that can be asked for. Most are stored
// compressed, under a name that nobody asks for.
func embeddedFiles(files fs.FS) (map[string]bool, error) {
	names := map[string]bool{}
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names[strings.TrimSuffix(path, ".gz")] = true
		}
		return err
	})
	return names, err
}

// pageWriter keeps what a handler writes.
type pageWriter struct {
	strings.Builder
	header http.Header
}

// Header implements [http.ResponseWriter].
func (w *pageWriter) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter].
func (w *pageWriter) WriteHeader(int) {}

var inlineScript = regexp.MustCompile(`(?s)<script>(.*?)</script>`)

// inlineDigests lists the digests of a page's inline scripts as sources of a
// content security policy.
func inlineDigests(page string) string {
	var sources strings.Builder
	for _, script := range inlineScript.FindAllStringSubmatch(page, -1) {
		digest := sha256.Sum256([]byte(script[1]))
		sources.WriteString(" 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'")
	}
	return sources.String()
}
