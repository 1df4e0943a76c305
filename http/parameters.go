package http

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"github.com/holdfast-dev/holdfast/domain"
)

// parameter is one path, query or header parameter of an operation.
type parameter struct {
	name string
	in   string
	// canonical is the name as net/http spells it in a header map.
	canonical string
	schema    *openapi3.Schema
	// notFound answers a value of a path parameter that can name nothing:
	// such a thing is absent like any other absent thing.
	notFound domain.Code
}

func readParameter(p *openapi3.Parameter, notFound string) (parameter, error) {
	out := parameter{name: p.Name, in: p.In, schema: p.Schema.Value}
	switch p.In {
	case openapi3.ParameterInPath:
		out.notFound = notFoundCode(p, notFound)
		if _, known := meaningOf[out.notFound]; !known {
			return out, fmt.Errorf("parameter %s: x-not-found %q is not a code", p.Name, out.notFound)
		}
	case openapi3.ParameterInHeader:
		out.canonical = canonicalHeader(p.Name)
	case openapi3.ParameterInQuery:
	default:
		return out, fmt.Errorf("parameter %s: %q parameters are not known", p.Name, p.In)
	}
	return out, nil
}

// checkParameters refuses a request whose parameters break the contract.
func checkParameters(params []parameter) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			query, err := parseQuery(c.Request().URL)
			if err != nil {
				return err
			}
			var broken []Field
			for i := range params {
				p := &params[i]
				value, sent, detail := p.value(c, query)
				if sent && detail == "" {
					detail = p.check(value)
				}
				switch {
				case detail == "":
				case p.in == openapi3.ParameterInPath:
					return refuse(p.notFound, "There is nothing at this address.")
				default:
					broken = append(broken, Field{Parameter: p.name, Detail: detail})
				}
			}
			if len(broken) > 0 {
				return invalid(broken)
			}
			return next(c)
		}
	}
}

// parseQuery refuses a query that can't be decoded, of which net/http would
// silently drop a part.
func parseQuery(u *url.URL) (url.Values, error) {
	if u.RawQuery == "" {
		return nil, nil
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, &Error{Code: CodeMalformedRequest, Detail: "The query of the address can't be decoded.", Cause: err}
	}
	return query, nil
}

// value returns what was sent for the parameter and whether anything was.
func (p *parameter) value(c echo.Context, query url.Values) (value string, sent bool, detail string) {
	var values []string
	switch p.in {
	case openapi3.ParameterInPath:
		return c.Param(p.name), true, ""
	case openapi3.ParameterInQuery:
		values = query[p.name]
	default:
		values = c.Request().Header[p.canonical]
	}
	switch len(values) {
	case 0:
		return "", false, ""
	case 1:
		return values[0], true, ""
	default:
		return "", true, "must be sent once"
	}
}

// check says what is wrong with a value, or "".
func (p *parameter) check(text string) string {
	var value any = text
	switch {
	case p.schema.Type.Is(openapi3.TypeInteger):
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || text[0] == '+' {
			return "must be a whole number"
		}
		value = n
	case p.schema.Type.Is(openapi3.TypeBoolean):
		if text != "true" && text != "false" {
			return "must be true or false"
		}
		return ""
	}
	err := p.schema.VisitJSON(value)
	if err == nil {
		return ""
	}
	fields := fieldsOf(err)
	return fields[0].Detail
}
