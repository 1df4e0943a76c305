package http

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/holdfast-dev/holdfast/domain"
)

// Media types of answers.
const (
	mediaJSON   = "application/json"
	mediaNDJSON = "application/x-ndjson"
	mediaEvents = "text/event-stream"
)

// operation is what the contract says about one route, made ready at the
// start so that a request pays nothing for looking it up.
type operation struct {
	id     string
	method string
	// path is the template of the contract: /v1/concerts/{concertId}/dates.
	path   string
	policy policy
	params []parameter
	// body is the schema of the JSON body, nil if there is none.
	body *openapi3.Schema
	// produces are the media types of success, the preferred one first.
	produces []string
	// idempotent operations are commands that need an Idempotency-Key.
	idempotent bool
	// tagged operations answer with an ETag.
	tagged bool
}

// policy says whose tokens an operation takes. The zero policy takes nobody's
// and needs none.
type policy struct {
	access bool
	// queue takes any queue token, admission only one whose turn has come.
	queue     bool
	admission bool
	// scope is what an admin token needs; "" if no admin token is taken.
	scope string
}

func (p policy) public() bool { return p == policy{} }

// streams reports whether the operation may answer for longer than any
// deadline.
func (o *operation) streams() bool {
	return slices.Contains(o.produces, mediaEvents) || slices.Contains(o.produces, mediaNDJSON)
}

func readOperation(method, path string, op *openapi3.Operation) (*operation, error) {
	o := &operation{id: op.OperationID, method: method, path: path}
	if o.id == "" {
		return nil, errors.New("operationId is missing")
	}
	var err error
	if o.policy, err = readPolicy(op); err != nil {
		return nil, err
	}
	notFound := textExtension(op.Extensions, "x-not-found")
	for _, ref := range op.Parameters {
		p, err := readParameter(ref.Value, notFound)
		if err != nil {
			return nil, err
		}
		if p.name == headerIdempotencyKey {
			o.idempotent = true
			continue
		}
		o.params = append(o.params, p)
	}
	if op.RequestBody != nil {
		media := op.RequestBody.Value.Content[mediaJSON]
		if media == nil || !op.RequestBody.Value.Required {
			return nil, fmt.Errorf("body must be required and %s", mediaJSON)
		}
		o.body = media.Schema.Value
	}
	o.readSuccess(op)
	return o, nil
}

func (o *operation) readSuccess(op *openapi3.Operation) {
	for status, ref := range op.Responses.Map() {
		if !strings.HasPrefix(status, "2") {
			continue
		}
		_, tagged := ref.Value.Headers["ETag"]
		o.tagged = o.tagged || tagged
		for _, media := range slices.Sorted(maps.Keys(ref.Value.Content)) {
			if !slices.Contains(o.produces, media) {
				o.produces = append(o.produces, media)
			}
		}
	}
}

func readPolicy(op *openapi3.Operation) (policy, error) {
	var p policy
	if op.Security == nil {
		return p, errors.New("security is missing; write [] for a public operation")
	}
	for _, requirement := range *op.Security {
		for scheme := range requirement {
			switch scheme {
			case "accessToken":
				p.access = true
			case "queueToken":
				p.queue = true
			case "admission":
				p.admission = true
			case "adminToken":
				p.scope = textExtension(op.Extensions, "x-scope")
				if p.scope == "" {
					return p, errors.New("x-scope is missing")
				}
			default:
				return p, fmt.Errorf("unknown security scheme %q", scheme)
			}
		}
	}
	return p, nil
}

func textExtension(extensions map[string]any, name string) string {
	text, _ := extensions[name].(string)
	return text
}

// notFoundCode returns the code that answers a path parameter which can name
// nothing: the parameter's own, else the operation's.
func notFoundCode(p *openapi3.Parameter, ofOperation string) domain.Code {
	if own := textExtension(p.Extensions, "x-not-found"); own != "" {
		return domain.Code(own)
	}
	return domain.Code(ofOperation)
}
