package query

import (
	"context"

	"github.com/holdfast-dev/holdfast/domain"
)

// Concert is a concert as it is listed.
type Concert struct {
	ConcertID domain.ConcertID
	Title     string
	Venue     string
	Currency  string
}

// ConcertList is every concert, in the order in which they were announced.
type ConcertList struct {
	Concerts []Concert
	Revision string
}

// ListConcerts asks which concerts there are.
type ListConcerts struct {
	board Board
}

// NewListConcerts returns the question to a board.
func NewListConcerts(board Board) *ListConcerts { return &ListConcerts{board: board} }

// Ask answers from a board that has seen the position, or fails with
// [ErrBehind].
func (q *ListConcerts) Ask(ctx context.Context, position Position) (ConcertList, error) {
	if err := seen(ctx, q.board, position); err != nil {
		return ConcertList{}, err
	}
	announced := q.board.Concerts()
	list := ConcertList{Concerts: make([]Concert, len(announced))}
	var content digest
	for i, c := range announced {
		list.Concerts[i] = Concert{ConcertID: c.ID, Title: c.Title, Venue: c.Venue, Currency: c.Currency}
		// An announcement does not change, so its id stands for all of it.
		content.text(string(c.ID))
	}
	list.Revision = content.revision()
	return list, nil
}
