package query

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/holdfast-dev/holdfast/projections"
)

// lookInterval is how often the checkpoints are looked at while somebody waits
// for one.
const lookInterval = 10 * time.Millisecond

// build names a build that questions are answered from.
type build struct {
	model   string
	version int
}

// positions waits for checkpoints to reach positions. One look at the database
// serves everybody who waits, so that a thousand of them cost as much as one;
// while nobody waits it does nothing.
type positions struct {
	pool *pgxpool.Pool

	mu      sync.Mutex
	waiting int
	stop    context.CancelFunc
	// known is what the latest look found.
	known map[build]Position
	// looked is closed after the next look.
	looked chan struct{}
}

func newPositions(pool *pgxpool.Pool) *positions { return &positions{pool: pool} }

// waitFor returns nil once a look has found the checkpoint of a build at a
// position or beyond, or the error of ctx.
func (p *positions) waitFor(ctx context.Context, of build, position Position) error {
	p.join()
	defer p.leave()
	for {
		p.mu.Lock()
		at, looked := p.known[of], p.looked
		p.mu.Unlock()
		if at >= position {
			return nil
		}
		select {
		case <-looked:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// join makes sure that somebody looks.
func (p *positions) join() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting++
	if p.waiting > 1 {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	p.known, p.looked = nil, make(chan struct{})
	go p.look(ctx)
}

// leave ends the looking when the last one leaves.
func (p *positions) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting--
	if p.waiting == 0 {
		p.stop()
	}
}

// look reads the checkpoints until ctx ends. What it cannot read now it may be
// able to read next time; those who wait lose their patience by themselves.
func (p *positions) look(ctx context.Context) {
	ticker := time.NewTicker(lookInterval)
	defer ticker.Stop()
	for {
		known, err := p.read(ctx)
		p.tell(ctx, known, err)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func (p *positions) tell(ctx context.Context, known map[build]Position, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil || ctx.Err() != nil {
		return // those who wait now, if any, have a look of their own
	}
	p.known = known
	close(p.looked)
	p.looked = make(chan struct{})
}

func (p *positions) read(ctx context.Context) (map[build]Position, error) {
	rows, err := p.pool.Query(ctx, `
		SELECT projection, version, position FROM holdfast_read.checkpoints
		WHERE place = ANY($1) AND phase = 'follow' ORDER BY place DESC`, []string{projections.Live, projections.Former})
	if err != nil {
		return nil, err
	}
	known := make(map[build]Position)
	var of build
	var position Position
	_, err = pgx.ForEachRow(rows, []any{&of.model, &of.version, &position}, func() error {
		known[of] = position // of two builds of one version the live one is answered from
		return nil
	})
	return known, err
}
