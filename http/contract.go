package http

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

//go:embed openapi.yaml
var contractText []byte

// contract is the OpenAPI document, loaded and checked.
type contract struct {
	doc *openapi3.T
	// json is the document as it is served.
	json []byte
	// operations by their operationId.
	operations map[string]*operation
}

// loadContract reads the embedded document. It fails only if the document is
// broken, which a test would have shown.
func loadContract() (*contract, error) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(contractText)
	if err != nil {
		return nil, fmt.Errorf("load contract: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("contract is not valid OpenAPI: %w", err)
	}
	text, err := doc.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("write contract as JSON: %w", err)
	}
	c := &contract{doc: doc, json: text, operations: map[string]*operation{}}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			o, err := readOperation(method, path, op)
			if err != nil {
				return nil, fmt.Errorf("contract: %s %s: %w", method, path, err)
			}
			c.operations[o.id] = o
		}
	}
	return c, nil
}

// eventStreams lists the routes of Server-Sent Events, in echo's spelling.
func (c *contract) eventStreams() map[string]bool {
	spelling := strings.NewReplacer("{", ":", "}", "")
	routes := map[string]bool{}
	for _, o := range c.operations {
		if slices.Contains(o.produces, mediaEvents) {
			routes[spelling.Replace(o.path)] = true
		}
	}
	return routes
}
