package devstack

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// arguments are the server's command line. Everything is said there and
// nothing in postgresql.conf, so that a kept folder follows these settings.
func (p *Postgres) arguments() []string {
	settings := map[string]string{
		"listen_addresses":        "",
		"port":                    strconv.Itoa(p.port),
		"unix_socket_directories": p.home.sockets,
		"unix_socket_permissions": "0700",
		"max_connections":         "200",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		// A stuck client must not hold the log's append lock for ever.
		"idle_in_transaction_session_timeout": "60s",
	}
	if p.opts.TCP {
		settings["listen_addresses"] = "127.0.0.1"
	}
	if p.opts.Volatile {
		maps.Copy(settings, map[string]string{
			"fsync":              "off",
			"full_page_writes":   "off",
			"synchronous_commit": "on",
			"wal_level":          "minimal",
			"max_wal_senders":    "0",
			"shared_buffers":     "64MB",
		})
	}
	maps.Copy(settings, p.opts.Settings)
	arguments := []string{"-D", p.home.data()}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		arguments = append(arguments, "-c", name+"="+settings[name])
	}
	return arguments
}

// initialise makes the data folder unless it is there. It is made beside its
// place and then renamed, so that a kill in between leaves no half of one.
func (p *Postgres) initialise(ctx context.Context) error {
	if p.home.madeBy() != 0 {
		return nil
	}
	unfinished := p.home.data() + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil {
		return err
	}
	arguments := []string{
		"--pgdata=" + unfinished, "--username=" + superuser, "--encoding=UTF8", "--locale=C",
		"--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile=" + filepath.Join(p.home.path, "password"),
	}
	if p.opts.Volatile {
		arguments = append(arguments, "--no-sync")
	} else {
		arguments = append(arguments, "--data-checksums")
	}
	if err := p.runTool(ctx, "initdb", arguments...); err != nil {
		return err
	}
	return os.Rename(unfinished, p.home.data())
}

// runTool runs one of the installation's programs to its end.
func (p *Postgres) runTool(ctx context.Context, name string, arguments ...string) error {
	log, err := p.home.openLog()
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := serverCommand(p.bin.program(name), p.home.path, log, arguments...)
	tool, err := startChild(name, cmd, syscall.SIGKILL, p.as)
	if err != nil {
		return err
	}
	select {
	case <-tool.done:
	case <-ctx.Done():
		tool.kill()
		return fmt.Errorf("%s: %w", name, ctx.Err())
	}
	if tool.err != nil {
		return fmt.Errorf("%s: %w\n%s", name, tool.err, p.home.logTail())
	}
	return nil
}
