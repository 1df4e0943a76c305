package waitingroom

import "github.com/holdfast-dev/holdfast/domain"

// Closure says why a queue is closed. A closed queue calls nobody and takes
// nobody in; those inside stay to their end.
type Closure string

// A queue that an operator has closed and that is sold out is sold out.
const (
	Open       Closure = ""
	SoldOut    Closure = "sold_out"
	ByOperator Closure = "operator"
)

// refusal is what those get who wait in front of a closed queue, or come to it.
func (c Closure) refusal() error {
	if c == ByOperator {
		return errClosedByOperator
	}
	return errSoldOut
}

var (
	errSoldOut = domain.Refuse(domain.CodeQueueClosed,
		"This concert is sold out and its queue has closed. We are sorry that your turn did not come in time.")
	errClosedByOperator = domain.Refuse(domain.CodeQueueClosed,
		"The organiser has closed this queue for the time being. Keep your token: if the queue opens again, you stand where you stood.")
)
