package sink

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Sink writes what topics hold to files. It is for one Run.
type Sink struct {
	opts Options
	disk disk

	mu      sync.Mutex
	status  Status
	current *session
}

// New returns a sink, or what is wrong with its options.
func New(opts Options) (*Sink, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Sink{opts: opts, disk: osDisk{}}, nil
}

// errDone ends a sink that was to run once.
var errDone = errors.New("all is written")

// Run writes until ctx ends; then it writes what it has received, leaves the
// group and returns nil, within the stop time-out. While Kafka is away it
// tries for ever. It fails on a [BadMessageError], if the folder cannot be
// written, be it at the end, if the topics do not fit what is in the folder,
// and if it has to leave without an orderly end. Whatever it returns, the
// dataset is whole.
func (s *Sink) Run(ctx context.Context) (err error) {
	data, err := openFolder(ctx, s.disk, s.opts.Folder, identity{
		Source: s.opts.Source, Group: s.opts.Group, Format: s.opts.Format,
	})
	if err != nil {
		return err
	}
	running, end := context.WithCancelCause(ctx)
	defer end(nil)
	m := &member{sink: s, data: data, end: end}
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(m.run(running), data.close()) }()

	select {
	case err = <-ended:
	case <-running.Done():
		err = s.awaitEnd(ended)
	}
	if cause := context.Cause(running); cause != nil && ctx.Err() == nil && !errors.Is(cause, errDone) {
		return cause
	}
	return err
}

// awaitEnd bounds the orderly end.
func (s *Sink) awaitEnd(ended <-chan error) error {
	patience, cancel := context.WithTimeout(context.Background(), s.opts.StopTimeout)
	defer cancel()
	select {
	case err := <-ended:
		return err
	case <-patience.Done():
		return fmt.Errorf("no orderly end within %s: what was not written yet will be read again", s.opts.StopTimeout)
	}
}
