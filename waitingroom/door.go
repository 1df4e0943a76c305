package waitingroom

import (
	"context"
	"runtime"
	"sync"
)

// doorBatch bounds how many are taken in by one script: about a millisecond of
// Redis.
const doorBatch = 128

// doorLine bounds how many stand at the door. More come only while Redis is
// slow or away, and then it is better to say so.
const doorLine = 10_000

// door is where people come into a room. They are taken in as they came, all
// who stand there at once: while one batch is on its way to Redis, the next
// gathers. A crowd so costs Redis and the network little more than its numbers.
type door struct {
	mu    sync.Mutex
	line  []*arrival
	usher bool
}

// arrival is somebody at the door.
type arrival struct {
	who  member
	done chan struct{}
	// drawn and err are set when done is closed.
	drawn drawnNumber
	err   error
}

// drawnNumber is a place as it was found or drawn.
type drawnNumber struct {
	number      int64
	fresh, turn bool
}

// Numbers and flags as join.lua replies them.
const (
	placeClosed    = 0
	placeExhausted = -1
	flagFresh      = 1
	flagTurn       = 2
)

// draw gets the user's number. If ctx ends first, the user may have got one:
// asking again gives the same.
func (r *Rooms) draw(ctx context.Context, room *room, who member) (drawnNumber, error) {
	a := &arrival{who: who, done: make(chan struct{})}
	entered, alone := room.door.enter(a)
	if !entered {
		return drawnNumber{}, unavailable(errCrowded)
	}
	if alone {
		go r.usher(context.WithoutCancel(ctx), room)
	}
	select {
	case <-a.done:
		return a.drawn, a.err
	case <-ctx.Done():
		return drawnNumber{}, unavailable(ctx.Err())
	}
}

// enter reports whether there was room in the line, and if so whether an usher
// is needed.
func (d *door) enter(a *arrival) (entered, alone bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.line) >= doorLine {
		return false, false
	}
	d.line = append(d.line, a)
	alone = !d.usher
	d.usher = true
	return true, alone
}

// next takes up to limit people from the line.
func (d *door) next(limit int) []*arrival {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := min(limit, len(d.line))
	batch := d.line[:n:n]
	d.line = d.line[n:]
	return batch
}

// leave reports whether the usher may go home, because nobody is in the line.
func (d *door) leave() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.line) > 0 {
		return false
	}
	d.line, d.usher = nil, false
	return true
}

// usher takes in all who stand at the door. There is one to a room, so that
// the order of arrival is the order of the numbers.
func (r *Rooms) usher(ctx context.Context, room *room) {
	for !room.door.leave() {
		runtime.Gosched() // whoever is about to arrive may come along
		batch := room.door.next(doorBatch)
		err := r.takeIn(ctx, room, batch)
		if err != nil {
			// It would be no different for those who stand behind.
			batch = append(batch, room.door.next(doorLine)...)
		}
		for _, a := range batch {
			if err != nil {
				a.err = err
			}
			close(a.done)
		}
	}
}

// takeIn gets the numbers of a batch, reserving more if they run out on the way.
func (r *Rooms) takeIn(ctx context.Context, room *room, batch []*arrival) error {
	ctx, cancel := context.WithTimeout(ctx, 2*r.opts.Timeout)
	defer cancel()
	for len(batch) > 0 {
		answer, inc, err := r.call(ctx, room, joinOrder(batch))
		if err != nil {
			return err
		}
		inc.hear(answer.number(1))
		ceiling, closure := answer.number(2), Closure(answer.text(3))
		taken := 0
		for ; taken < len(batch); taken++ {
			number, flags := answer.number(4+2*taken), answer.number(5+2*taken)
			if number == placeExhausted {
				break
			}
			a := batch[taken]
			a.drawn = drawnNumber{number: number, fresh: flags&flagFresh != 0, turn: flags&flagTurn != 0}
			if number == placeClosed {
				a.err = closure.refusal()
			}
		}
		if answer.err != nil {
			return unavailable(answer.err)
		}
		if batch = batch[taken:]; len(batch) > 0 {
			if err := r.reserve(ctx, room, inc, ceiling); err != nil {
				return err
			}
		}
	}
	return nil
}

func joinOrder(batch []*arrival) order {
	o := order{script: joinScript, users: make([]member, len(batch)), args: make([]any, 1, 1+len(batch))}
	o.args[0] = int64(keptFor.Seconds())
	for i, a := range batch {
		o.users[i] = a.who
		o.args = append(o.args, a.who[:])
	}
	return o
}
