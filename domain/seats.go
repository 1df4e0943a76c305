package domain

import (
	"strconv"
	"strings"
)

// MaxSeats is how many seats one reservation may have, and so the largest
// number of seats that a command touches.
const MaxSeats = 8

// RefuseSeats makes a refusal about the numbered seats. The detail is a
// sentence in which {seats} stands for "seat 7" or "seats 7, 8".
func RefuseSeats(code Code, numbers []int, detail string) *Error {
	return &Error{Code: code, Detail: strings.Replace(detail, "{seats}", seatNames(numbers), 1), Seats: numbers}
}

func seatNames(numbers []int) string {
	names := make([]byte, 0, 64)
	names = append(names, "seat"...)
	if len(numbers) > 1 {
		names = append(names, 's')
	}
	for i, n := range numbers {
		if i > 0 {
			names = append(names, ',')
		}
		names = append(names, ' ')
		names = strconv.AppendInt(names, int64(n), 10)
	}
	return string(names)
}
