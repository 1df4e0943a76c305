package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
)

// wire is a connection that sends prepared HTTP requests and reads no more of
// an answer than it must. The load shares its cores with the server, so a
// full client would measure itself.
type wire struct {
	conn   net.Conn
	reader *bufio.Reader
}

func dialWire(ctx context.Context, address string) (*wire, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connect to the server: %w", err)
	}
	return &wire{conn: conn, reader: bufio.NewReader(conn)}, nil
}

// do sends a whole request and returns the status of its answer.
func (w *wire) do(request []byte) (status int, err error) {
	if _, err := w.conn.Write(request); err != nil {
		return 0, fmt.Errorf("send a request: %w", err)
	}
	status, length, err := w.header()
	if err != nil {
		return 0, fmt.Errorf("read an answer: %w", err)
	}
	if _, err := w.reader.Discard(length); err != nil {
		return 0, fmt.Errorf("read an answer's body: %w", err)
	}
	return status, nil
}

var (
	errNoLength  = errors.New("answer has no Content-Length")
	errNotHTTP   = errors.New("answer is not HTTP/1.1")
	lengthHeader = []byte("Content-Length: ")
)

// header reads the status line and the headers.
func (w *wire) header() (status, length int, err error) {
	line, err := w.line()
	if err != nil {
		return 0, 0, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, 0, errNotHTTP
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, 0, errNotHTTP
	}
	length = -1
	for {
		line, err := w.line()
		switch {
		case err != nil:
			return 0, 0, err
		case len(line) == 0 && length < 0:
			return 0, 0, errNoLength
		case len(line) == 0:
			return status, length, nil
		}
		if value, found := bytes.CutPrefix(line, lengthHeader); found {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, 0, fmt.Errorf("length of the answer: %w", err)
			}
		}
	}
}

// line reads a line and returns it without its end, valid until the next read.
func (w *wire) line() ([]byte, error) {
	line, err := w.reader.ReadSlice('\n')
	if errors.Is(err, io.EOF) {
		return nil, io.ErrUnexpectedEOF
	}
	return bytes.TrimRight(line, "\r\n"), err
}

func (w *wire) close() error { return w.conn.Close() }

// wires are connections that wait for a request.
type wires chan *wire

func dialWires(ctx context.Context, address string, count int) (wires, error) {
	idle := make(wires, count)
	for range count {
		w, err := dialWire(ctx, address)
		if err != nil {
			idle.close()
			return nil, err
		}
		idle <- w
	}
	return idle, nil
}

// do sends a request over a connection that is idle, waiting for one.
func (idle wires) do(request []byte) (status int, err error) {
	w := <-idle
	defer func() { idle <- w }()
	return w.do(request)
}

// close closes the connections that are idle.
func (idle wires) close() {
	for len(idle) > 0 {
		w := <-idle
		_ = w.close()
	}
}
