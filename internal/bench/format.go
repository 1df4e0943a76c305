package bench

import (
	"fmt"
	"strconv"
	"time"
)

// rate writes operations a second, with thousands apart: "31,204/s".
func rate(perSecond float64) string {
	digits := strconv.FormatInt(int64(perSecond+0.5), 10)
	var grouped []byte
	for i, digit := range []byte(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			grouped = append(grouped, ',')
		}
		grouped = append(grouped, digit)
	}
	return string(grouped) + "/s"
}

// latency writes a time in milliseconds: "3.10 ms".
func latency(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

// String writes the sample's figures as far as it has any.
func (s Sample) String() string {
	text := rate(s.Rate)
	if s.P99 > 0 {
		text += ", p50 " + latency(s.P50) + ", p99 " + latency(s.P99)
	}
	if s.Memory > 0 {
		text += ", " + megabytes(s.Memory)
	}
	return text
}

// megabytes writes an amount of memory.
func megabytes(bytes int64) string { return strconv.FormatInt(bytes>>20, 10) + " MB" }
