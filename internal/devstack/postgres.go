package devstack

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// superuser is the login that owns a cluster of ours.
	superuser = "holdfast"
	// startPatience bounds one start of a server, recovery after a crash
	// included, unless the caller's context ends earlier.
	startPatience = time.Minute
	// stopPatience is how long a server may take to end after each signal.
	stopPatience = 10 * time.Second
)

// PostgresOptions says how to run a server. The zero value is a durable server
// in a throw-away folder, reachable through a Unix socket.
type PostgresOptions struct {
	// Dir keeps the server's files between runs. If empty, a throw-away folder
	// is used, in memory where there is room, and removed by Close.
	Dir string
	// Volatile switches off what protects data from a crash of the machine
	// (fsync, full_page_writes), which makes test databases cheap. A kill -9 of
	// the server still loses nothing.
	Volatile bool
	// TCP makes the server listen on a free port of 127.0.0.1 too, with a
	// password, and URL name that port: for a proxy in between or for clients
	// without Unix sockets.
	TCP bool
	// Settings are further server settings by name; they win over ours.
	Settings map[string]string
}

// Postgres is a running server that is a child of this process. Its methods
// may be called from several goroutines, but for Kill, Restart and Close,
// which take turns.
type Postgres struct {
	opts     PostgresOptions
	bin      binaries
	as       *account
	home     *folder
	password string
	port     int
	server   *child
	closed   bool
}

// StartPostgres starts a server, making its data folder first if need be, and
// returns once it accepts connections. A data folder left behind by a crash is
// recovered; one that another live server uses is an error that names it.
func StartPostgres(ctx context.Context, opts PostgresOptions) (_ *Postgres, err error) {
	as, err := serverAccount()
	if err != nil {
		return nil, err
	}
	home, err := openFolder(opts.Dir, as)
	if err != nil {
		return nil, err
	}
	p := &Postgres{opts: opts, as: as, home: home, port: defaultPort}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	if p.bin, err = findPostgres(ctx, as, home.madeBy()); err != nil {
		return nil, err
	}
	if p.password, err = home.secret(as); err != nil {
		return nil, err
	}
	if err := p.initialise(ctx); err != nil {
		return nil, err
	}
	if err := p.start(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

// defaultPort is the port that names the Unix socket while no TCP port is open.
const defaultPort = 5432

// Done is closed when the server process that runs at the time of the call
// has ended.
func (p *Postgres) Done() <-chan struct{} { return p.server.done }

// Version is the server's version, such as "15.18".
func (p *Postgres) Version() string { return p.bin.version }

// Binaries is the folder of the server's programs.
func (p *Postgres) Binaries() string { return p.bin.dir }

// Dir is the folder of the server's files.
func (p *Postgres) Dir() string { return p.home.path }

// URL returns the address of a database of this server. It logs in as the
// owner of the cluster.
func (p *Postgres) URL(database string) string {
	if p.opts.TCP {
		return (&url.URL{
			Scheme: "postgres", User: url.UserPassword(superuser, p.password),
			Host: "127.0.0.1:" + strconv.Itoa(p.port), Path: database, RawQuery: "sslmode=disable",
		}).String()
	}
	query := url.Values{"host": {p.home.sockets}, "user": {superuser}}
	return (&url.URL{Scheme: "postgres", Path: "/" + database, RawQuery: query.Encode()}).String()
}

// Kill ends the server as a crash would: SIGKILL, no clean-up. [Restart]
// brings it back.
func (p *Postgres) Kill() { p.server.kill() }

// Restart starts the server again on the same folder and port, stopping it
// first if it runs, and returns once it accepts connections.
func (p *Postgres) Restart(ctx context.Context) error {
	if !p.server.ended() {
		if err := p.stop(); err != nil {
			return err
		}
	}
	return p.run(ctx)
}

// Close stops the server and removes a throw-away folder. It is bounded and
// may be called again.
func (p *Postgres) Close() error {
	if p.closed {
		return nil
	}
	p.closed = true
	var err error
	if p.server != nil && !p.server.ended() {
		err = p.stop()
	}
	return errors.Join(err, p.home.close())
}

// stop ends sessions and writes a checkpoint (SIGINT); failing that it leaves
// recovery to the next start (SIGQUIT).
func (p *Postgres) stop() error {
	return p.server.stop(stopPatience, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL)
}

// start runs the server, on another TCP port if somebody else was faster.
func (p *Postgres) start(ctx context.Context) error {
	const attempts = 3
	var failures []error
	for range attempts {
		if p.opts.TCP {
			port, err := freePort(ctx)
			if err != nil {
				return err
			}
			p.port = port
		}
		err := p.run(ctx)
		if err == nil {
			return nil
		}
		failures = append(failures, err)
		if !p.opts.TCP || ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failures...)
}

// run starts the server process and waits until it answers.
func (p *Postgres) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	if err := p.home.release(ctx); err != nil {
		return err
	}
	for {
		log, err := p.home.openLog()
		if err != nil {
			return err
		}
		cmd := serverCommand(p.bin.program("postgres"), p.home.path, log, p.arguments()...)
		p.server, err = startChild("postgres", cmd, syscall.SIGINT, p.as)
		_ = log.Close()
		if err != nil {
			return err
		}
		err = p.awaitReady(ctx)
		if err == nil {
			return nil
		}
		again := p.home.stillInUse() && ctx.Err() == nil
		if !p.server.ended() {
			err = errors.Join(err, p.stop())
		}
		if !again {
			return err
		}
	}
}

// awaitReady connects until it works, the server has ended, or ctx has.
func (p *Postgres) awaitReady(ctx context.Context) error {
	pause := time.NewTicker(10 * time.Millisecond)
	defer pause.Stop()
	for {
		conn, err := pgx.Connect(ctx, p.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-p.server.done:
			return fmt.Errorf("postgres ended at its start: %w\n%s", p.server.err, p.home.logTail())
		case <-ctx.Done():
			return fmt.Errorf("postgres did not accept connections: %w\n%s", errors.Join(ctx.Err(), err), p.home.logTail())
		case <-pause.C:
		}
	}
}
