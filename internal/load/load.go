// Package load asks an HTTP server as fast as it answers, over a few
// connections, and checks every answer. It does little else, so that what is
// measured is the server: requests are bytes, and of a response's header it
// reads what it needs to find the body.
package load

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
)

// Work is what to ask and what must be answered. Both functions are called
// from several goroutines.
type Work struct {
	Request func(b []byte, i int) []byte               // appends request number i, whole, to b
	Check   func(i int, status int, body []byte) error // body is valid during the call
}

// Client is a number of connections to one server.
type Client struct{ connections []*connection }

type connection struct {
	net.Conn
	reader  *bufio.Reader
	request []byte
	body    []byte
}

// Dial opens the connections.
func Dial(addr string, connections int) (*Client, error) {
	c := &Client{}
	for range connections {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open connection: %w", err), c.Close())
		}
		c.connections = append(c.connections, &connection{Conn: conn, reader: bufio.NewReader(conn)})
	}
	return c, nil
}

// Close closes the connections.
func (c *Client) Close() error {
	var errs []error
	for _, conn := range c.connections {
		errs = append(errs, conn.Conn.Close())
	}
	return errors.Join(errs...)
}

// Do sends the requests first to first+n-1, each over the next connection that
// is free, and returns the first thing that went wrong: then it stops early,
// and the client is of no further use.
func (c *Client) Do(first, n int, work Work) error {
	var (
		taken  atomic.Int64
		failed atomic.Bool
		once   sync.Once
		err    error
		wg     sync.WaitGroup
	)
	for _, conn := range c.connections {
		wg.Go(func() {
			for !failed.Load() {
				i := int(taken.Add(1)) - 1
				if i >= n {
					return
				}
				if e := conn.do(first+i, work); e != nil {
					failed.Store(true)
					once.Do(func() { err = fmt.Errorf("request %d: %w", first+i, e) })
				}
			}
		})
	}
	wg.Wait()
	return err
}

func (c *connection) do(i int, work Work) error {
	c.request = work.Request(c.request[:0], i)
	if _, err := c.Write(c.request); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	status, err := c.response()
	if err != nil {
		return fmt.Errorf("read response: %w", err)
	}
	return work.Check(i, status, c.body)
}

// response reads a response, whose body must have a length.
func (c *connection) response() (status int, err error) {
	line, err := c.line()
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(line, []byte(" "))
	code, _, _ := bytes.Cut(rest, []byte(" "))
	if status, err = strconv.Atoi(string(code)); err != nil {
		return 0, fmt.Errorf("status line %q", line)
	}
	length := -1
	for {
		line, err := c.line()
		if err != nil {
			return 0, err
		}
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if len(name) == len("Content-Length") && bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, fmt.Errorf("header %q", line)
			}
		}
	}
	switch {
	case status == 204:
		length = 0
	case length < 0:
		return 0, errors.New("no Content-Length")
	}
	if cap(c.body) < length {
		c.body = make([]byte, length)
	}
	c.body = c.body[:length]
	_, err = io.ReadFull(c.reader, c.body)
	return status, err
}

func (c *connection) line() ([]byte, error) {
	line, err := c.reader.ReadSlice('\n')
	return bytes.TrimRight(line, "\r\n"), err
}
