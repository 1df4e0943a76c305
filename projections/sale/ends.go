package sale

// ends orders the ends of holds, the earliest first. An end stays in it when
// its hold is paid or given up before; whoever takes it out looks whether it
// still means something. Holds last minutes, so that is bounded.
type ends []end

type end struct {
	// at is in microseconds since 1970.
	at   int64
	seat int32
}

// push adds an end.
func (h *ends) push(e end) {
	*h = append(*h, e)
	heap := *h
	for i := len(heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if heap[parent].at <= heap[i].at {
			break
		}
		heap[parent], heap[i] = heap[i], heap[parent]
		i = parent
	}
}

// pop removes the earliest end. There must be one.
func (h *ends) pop() {
	heap := *h
	last := len(heap) - 1
	heap[0] = heap[last]
	heap = heap[:last]
	*h = heap
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(heap); child++ {
			if heap[child].at < heap[least].at {
				least = child
			}
		}
		if least == i {
			return
		}
		heap[i], heap[least] = heap[least], heap[i]
		i = least
	}
}
