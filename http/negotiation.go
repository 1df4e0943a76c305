package http

import (
	"mime"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// negotiate picks the representation to answer with, the one that the Accept
// header weighs highest and the contract names first, and refuses a request
// that wants none of them.
func negotiate(produces []string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			media := pickMedia(c.Request().Header.Values(echo.HeaderAccept), produces)
			if media == "" {
				return refuse(CodeNotAcceptable, "This operation answers with "+strings.Join(produces, " or ")+".")
			}
			callOf(c.Request().Context()).mediaType = media
			return next(c)
		}
	}
}

func pickMedia(accept, produces []string) string {
	if len(accept) == 0 || len(accept) == 1 && (accept[0] == "*/*" || accept[0] == produces[0]) {
		return produces[0]
	}
	ranges := parseAccept(strings.Join(accept, ","))
	best, bestWeight := "", 0.0
	for _, media := range produces {
		if w := weigh(media, ranges); w > bestWeight {
			best, bestWeight = media, w
		}
	}
	return best
}

// mediaRange is one part of an Accept header (RFC 9110 12.5.1).
type mediaRange struct {
	media  string
	weight float64
}

func parseAccept(header string) []mediaRange {
	var ranges []mediaRange
	for part := range strings.SplitSeq(header, ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		weight := 1.0
		if q, given := params["q"]; given {
			if weight, err = strconv.ParseFloat(q, 64); err != nil || weight < 0 || weight > 1 {
				continue
			}
		}
		ranges = append(ranges, mediaRange{media: media, weight: weight})
	}
	return ranges
}

// weigh returns the weight of a media type: that of the most specific range
// that covers it.
func weigh(media string, ranges []mediaRange) float64 {
	kind, _, _ := strings.Cut(media, "/")
	weight, specificity := 0.0, 0
	for _, r := range ranges {
		s := 0
		switch r.media {
		case media:
			s = 3
		case kind + "/*":
			s = 2
		case "*/*":
			s = 1
		}
		if s > specificity {
			weight, specificity = r.weight, s
		}
	}
	return weight
}
