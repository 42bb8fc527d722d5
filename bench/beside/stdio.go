package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"

	"github.com/mcpveil/mcpveil/internal/proxy"
)

// bareStdio starts a server and copies what passes between it and us, a message at a time: one line
// read, one Write. The argument before the command is the size of the read buffer.
func bareStdio(args []string) error {
	size, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	cmd := exec.Command(args[1], args[2:]...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = copyLines(in, os.Stdin, size)
		in.Close()
	}()
	return errors.Join(copyLines(os.Stdout, out, size), cmd.Wait())
}

// copyLines copies lines, each with one Write. Of one that is longer than the buffer it writes what the buffer holds.
func copyLines(to io.Writer, from io.Reader, size int) error {
	r := bufio.NewReaderSize(from, size)
	for {
		line, err := r.ReadSlice('\n')
		if len(line) > 0 {
			if _, err := to.Write(line); err != nil {
				return err
			}
		}
		switch err {
		case nil, bufio.ErrBufferFull:
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}

// offStdio is mcpveil stdio without a rule to look for: what the transport, the session and the records cost.
func offStdio(args []string) error {
	sess, err := offSession()
	if err != nil {
		return err
	}
	_, err = proxy.Stdio(context.Background(), proxy.StdioOptions{
		Command: args[0], Args: args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Session: sess,
	})
	return err
}
