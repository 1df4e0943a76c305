package eventstore

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// What is sent most is written out in Postgres' binary form here: through
// generic encoding it costs more than deciding.

// Type ids of array elements.
const (
	oidText = 25
	oidUUID = 2950
)

// binaryFormat says that all parameters or results are in binary form.
var binaryFormat = []int16{1}

// appendExecute appends the execution of a prepared statement.
func appendExecute(dst []byte, statement string, parameters ...[]byte) ([]byte, error) {
	bind := pgproto3.Bind{
		PreparedStatement: statement, ParameterFormatCodes: binaryFormat,
		Parameters: parameters, ResultFormatCodes: binaryFormat,
	}
	dst, err := bind.Encode(dst)
	if err == nil {
		dst, err = (&pgproto3.Execute{}).Encode(dst)
	}
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", statement, err)
	}
	return dst, nil
}

func wireBool(b bool) []byte {
	if b {
		return []byte{1}
	}
	return []byte{0}
}

func wireInt(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// wireTime is a timestamptz, null for the zero time.
func wireTime(t time.Time) []byte {
	if t.IsZero() {
		return nil
	}
	return wireInt(microseconds(t))
}

// microseconds counts from where binary timestamps do.
func microseconds(t time.Time) int64 { return t.Sub(postgresEpoch).Microseconds() }

// wireArray is an array of so many elements that each appends itself.
func wireArray(elementType uint32, n int, element func(dst []byte, i int) []byte) []byte {
	if n == 0 {
		return appendWords(nil, 0, 0, elementType)
	}
	array := appendWords(nil, 1, 0, elementType, uint32(n), 1)
	for i := range n {
		array = element(array, i)
	}
	return array
}

func wireUUIDs(ids [][16]byte) []byte {
	return wireArray(oidUUID, len(ids), func(dst []byte, i int) []byte { return appendField(dst, ids[i][:]) })
}

// wireNames is the text[] of those keys that are tags or those that are not.
func wireNames(keys []key, tags bool) []byte {
	names := make([]string, 0, len(keys))
	for _, k := range keys {
		if k.tag == tags {
			names = append(names, k.name)
		}
	}
	return wireArray(oidText, len(names), func(dst []byte, i int) []byte { return appendField(dst, names[i]) })
}

// appendField appends a value with its length before it.
func appendField[T string | []byte](dst []byte, value T) []byte {
	return append(appendWords(dst, uint32(len(value))), value...)
}

// appendNulls appends n values that are null.
func appendNulls(dst []byte, n int) []byte {
	for range n {
		dst = appendWords(dst, 1<<32-1)
	}
	return dst
}

// appendBigint appends a value of eight bytes with its length before it.
func appendBigint(dst []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(appendWords(dst, 8), uint64(n))
}

func appendWords(dst []byte, words ...uint32) []byte {
	for _, word := range words {
		dst = binary.BigEndian.AppendUint32(dst, word)
	}
	return dst
}
