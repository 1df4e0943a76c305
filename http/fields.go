package http

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/holdfast-dev/holdfast/domain"
)

// maxFields bounds how many broken fields an answer lists.
const maxFields = 50

// invalid answers a request with broken fields.
func invalid(fields []Field) *Error {
	if len(fields) > maxFields {
		fields = fields[:maxFields]
	}
	return &Error{
		Code:   domain.CodeInvalidRequest,
		Detail: "The request breaks the rules listed under errors.",
		Fields: fields,
	}
}

// fieldsOf turns kin-openapi's verdict on a value into fields, in the order
// in which they were found: depth first, names in alphabetical order. There
// is at least one.
func fieldsOf(err error) []Field {
	var c collector
	c.collect(err)
	return c.fields
}

// collector gathers broken fields, up to one more than are listed.
type collector struct {
	fields []Field
	// unknown are the objects whose unknown fields have been named.
	unknown []string
}

func (c *collector) collect(err error) {
	if several, ok := errors.AsType[openapi3.MultiError](err); ok {
		for _, one := range several {
			if len(c.fields) > maxFields {
				return
			}
			c.collect(one)
		}
		return
	}
	broken, ok := errors.AsType[*openapi3.SchemaError](err)
	switch {
	case !ok:
		c.add(Field{Detail: "does not fit the contract"})
	case broken.SchemaField == "properties":
		c.nameUnknown(broken)
	default:
		c.add(Field{Pointer: pointer(broken.JSONPointer()), Detail: detailOf(broken)})
	}
}

// add leaves out what has just been said, for several rules may say the same.
func (c *collector) add(f Field) {
	if n := len(c.fields); n == 0 || c.fields[n-1] != f {
		c.fields = append(c.fields, f)
	}
}

// nameUnknown names what an object has too much of. kin-openapi reports each
// of them as a fault of the object; the first report names all.
func (c *collector) nameUnknown(broken *openapi3.SchemaError) {
	at := broken.JSONPointer()
	if object := pointer(at); slices.Contains(c.unknown, object) {
		return
	}
	c.unknown = append(c.unknown, pointer(at))
	object, _ := broken.Value.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if broken.Schema.Properties[name] == nil && len(c.fields) <= maxFields {
			c.add(Field{Pointer: pointer(append(at, name)), Detail: "is not a field of this request"})
		}
	}
}

// detailOf says in words which rule of its schema a value breaks. It never
// repeats the value.
func detailOf(broken *openapi3.SchemaError) string {
	s := broken.Schema
	switch broken.SchemaField {
	case "required":
		return "is missing"
	case "nullable":
		return "must not be null"
	case "type":
		return "must be " + typeName(s)
	case "minimum":
		return "must be at least " + strconv.FormatFloat(*s.Min, 'f', -1, 64)
	case "maximum":
		return atMost(s)
	case "minLength":
		return "must have at least " + plural(s.MinLength, "character")
	case "maxLength":
		return "must have at most " + plural(*s.MaxLength, "character")
	case "minItems":
		return "must have at least " + plural(s.MinItems, "item")
	case "maxItems":
		return "must have at most " + plural(*s.MaxItems, "item")
	case "uniqueItems":
		return "must not have the same item twice"
	case "enum":
		return fmt.Sprintf("must be one of %v", s.Enum)
	case "pattern", "format":
		return formDetail(s)
	default:
		return "does not fit the contract"
	}
}

// formDetail says what a text must look like.
func formDetail(s *openapi3.Schema) string {
	switch s.Format {
	case "uuid":
		return "must be a UUID in lower case, like 01901f5c-6d2e-7a3b-8c4d-5e6f7a8b9c0d"
	case "date":
		return "must be a date like 2027-05-01"
	case "date-time":
		return "must be a time like 2027-05-01T18:00:00Z"
	case "int32", "int64":
		// Its bounds lie within those of its format, so they say more.
		return atMost(s)
	default:
		return "must match " + s.Pattern
	}
}

func atMost(s *openapi3.Schema) string {
	return "must be at most " + strconv.FormatFloat(*s.Max, 'f', -1, 64)
}

func typeName(s *openapi3.Schema) string {
	switch {
	case s.Type.Is(openapi3.TypeInteger):
		return "a whole number, written without fraction or exponent"
	case s.Type.Is(openapi3.TypeString):
		return "a string"
	case s.Type.Is(openapi3.TypeArray):
		return "a list"
	case s.Type.Is(openapi3.TypeObject):
		return "an object"
	default:
		return "true or false"
	}
}

func plural(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.FormatUint(n, 10) + " " + noun + "s"
}
