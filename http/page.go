package http

import (
	"embed"
	"io/fs"
	"net/http"

	"github.com/labstack/echo/v4"
)

//go:embed ui
var uiFiles embed.FS

const uiPath = "/ui"

// pagePolicy lets the page load what this server has and nothing else.
var pagePolicy = []string{
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

// page serves the web page that lets one try the way to a seat.
func page() (index, file echo.HandlerFunc, err error) {
	files, err := fs.Sub(uiFiles, "ui")
	if err != nil {
		return nil, nil, err
	}
	names, err := embeddedFiles(files)
	if err != nil {
		return nil, nil, err
	}
	serve := func(c echo.Context, name string) error {
		if !names[name] {
			return echo.ErrNotFound
		}
		h := c.Response().Header()
		h["Content-Security-Policy"] = pagePolicy
		h["Cache-Control"] = privateCache
		http.ServeFileFS(c.Response(), c.Request(), files, name)
		return nil
	}
	index = func(c echo.Context) error { return serve(c, "index.html") }
	file = func(c echo.Context) error { return serve(c, c.Param("*")) }
	return index, file, nil
}
