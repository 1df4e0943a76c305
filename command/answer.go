package command

import (
	"fmt"

	"github.com/holdfast-dev/holdfast/domain"
	"github.com/holdfast-dev/holdfast/eventstore"
)

// leadAs reads the event that an answer is made from.
func leadAs[T, E domain.Event](lead eventstore.Event, decode func(wireType string, payload []byte) (E, error)) (T, error) {
	var none T
	event, err := factOf(lead, decode)
	if err != nil {
		return none, err
	}
	typed, ok := domain.Event(event).(T)
	if !ok {
		return none, unexpected(lead)
	}
	return typed, nil
}

func unexpected(lead eventstore.Event) error {
	return fmt.Errorf("%s is not the event of this command", lead.Type)
}
