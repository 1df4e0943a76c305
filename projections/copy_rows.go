package projections

import (
	"encoding/binary"
	"errors"
	"time"
)

// copyRows is rows in the binary form of COPY, written as they come: a tenth of
// what it costs to hand values to the driver one by one.
type copyRows struct {
	data []byte
	err  error
}

var (
	errNoUUID = errors.New("id is not a UUID")
	errNoDate = errors.New("date is not one of the form 2006-01-02")

	errNoInteger = errors.New("number does not fit into 32 bits")

	postgresEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
)

// copyHeader begins the binary form: signature, flags, extension.
const copyHeader = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// take returns what was written, as a whole COPY, nil if there is no row. What
// is written next begins another one.
func (r *copyRows) take() []byte {
	if len(r.data) == 0 {
		return nil
	}
	data := binary.BigEndian.AppendUint16(r.data, 0xffff)
	r.data = nil
	return data
}

// row begins a row.
func (r *copyRows) row(columns int) {
	if r.data == nil {
		r.data = append(make([]byte, 0, 1<<16), copyHeader...)
	}
	r.data = binary.BigEndian.AppendUint16(r.data, uint16(columns))
}

func (r *copyRows) length(n int) { r.data = binary.BigEndian.AppendUint32(r.data, uint32(n)) }

func (r *copyRows) null() { r.length(-1) }

func (r *copyRows) text(value string) {
	r.length(len(value))
	r.data = append(r.data, value...)
}

func (r *copyRows) bigint(value int64) {
	r.length(8)
	r.data = binary.BigEndian.AppendUint64(r.data, uint64(value))
}

func (r *copyRows) integer(value int) {
	if int(int32(value)) != value {
		r.err = errNoInteger
	}
	r.length(4)
	r.data = binary.BigEndian.AppendUint32(r.data, uint32(int32(value)))
}

func (r *copyRows) timestamp(at time.Time) { r.bigint(at.Sub(postgresEpoch).Microseconds()) }

// date writes a day of the form 2006-01-02.
func (r *copyRows) date(day string) {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		r.err = errNoDate
	}
	r.integer(int(at.Sub(postgresEpoch) / (24 * time.Hour)))
}

// integers writes an array of integers.
func (r *copyRows) integers(values []int) {
	const header, oidOfInteger = 20, 23
	if len(values) == 0 {
		r.length(12)
		r.data = append(r.data, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, oidOfInteger)
		return
	}
	r.length(header + 8*len(values))
	r.data = append(r.data, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, oidOfInteger)
	r.length(len(values))
	r.data = append(r.data, 0, 0, 0, 1)
	for _, value := range values {
		r.integer(value)
	}
}

// uuid writes an id from its canonical text.
func (r *copyRows) uuid(id string) {
	r.length(16)
	if len(id) != 36 || id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-' {
		r.err = errNoUUID
		return
	}
	for i := 0; i < len(id); i += 2 {
		if id[i] == '-' {
			i++
		}
		high, low := digits[id[i]], digits[id[i+1]]
		if high|low > 15 {
			r.err = errNoUUID
			return
		}
		r.data = append(r.data, high<<4|low)
	}
}

// digits gives the value of a digit, and more than 15 for what is none.
var digits = func() (values [256]byte) {
	for c := range values {
		values[c] = 0xff
	}
	for i, c := range []byte("0123456789abcdef") {
		values[c] = byte(i)
	}
	for i, c := range []byte("ABCDEF") {
		values[c] = byte(10 + i)
	}
	return values
}()
