package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"

	"github.com/mcpveil/mcpveil/detect"
	"github.com/mcpveil/mcpveil/internal/audit"
	"github.com/mcpveil/mcpveil/internal/corpus"
	"github.com/mcpveil/mcpveil/internal/proxy"
	"github.com/mcpveil/mcpveil/internal/session"
	"github.com/mcpveil/mcpveil/policy"
	"github.com/mcpveil/mcpveil/redact"
)

// roleFlag has the program play a part in its own measurements: the server behind what is measured,
// or what is measured beside mcpveil. What follows is the name of the role and its arguments.
const roleFlag = "-role"

var roles = map[string]func(args []string) error{
	"echo":       func([]string) error { return echo(os.Stdin, os.Stdout) },
	"bare-stdio": bareStdio,
	"off-stdio":  offStdio,
	"kernel":     runKernelChild,
}

// playRole plays the role that the command line names, if it names one.
func playRole() bool {
	if len(os.Args) < 3 || os.Args[1] != roleFlag {
		return false
	}
	err := errors.New("no such role")
	if role := roles[os.Args[2]]; role != nil {
		err = role(os.Args[3:])
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench %s: %v\n", os.Args[2], err)
		os.Exit(2)
	}
	return true
}

// echo is a stdio server that does as little as can be. Asked for a "stream" of N, it writes N messages of
// the size of the request, one Write each, and then its answer; asked for something "huge" it answers with a text of N bytes; any other
// request it answers with one message of the request's size.
func echo(in io.Reader, out io.Writer) error {
	r := bufio.NewReaderSize(in, 1<<20)
	var long, answer []byte
	var stream [][]byte
	for {
		line, err := r.ReadSlice('\n')
		for long = long[:0]; err == bufio.ErrBufferFull; line, err = r.ReadSlice('\n') {
			long = append(long, line...)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if len(long) > 0 {
			long = append(long, line...)
			line = long
		}
		_, rest, _ := bytes.Cut(line[:min(len(line), 100)], []byte(`"id":`))
		id, rest, _ := bytes.Cut(rest, []byte(`,"method":"`))
		method, rest, _ := bytes.Cut(rest, []byte(`"`))
		n := 0
		if string(method) == "stream" || string(method) == "huge" {
			if n, err = strconv.Atoi(string(bytes.Trim(rest[:bytes.IndexByte(rest, '}')], `,"params:{n `))); err != nil {
				return err
			}
		}
		switch string(method) {
		case "huge":
			if err := writeHuge(out, id, int64(n)); err != nil {
				return err
			}
			continue
		case "stream":
			if len(stream) == 0 || len(stream[0]) != len(line) {
				stream = notifications(len(line))
			}
			for i := range n {
				if _, err := out.Write(stream[i%len(stream)]); err != nil {
					return err
				}
			}
		}
		answer = fmt.Appendf(answer[:0], `{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"`, id)
		answer = appendProse(answer, len(line)-len("\"}]}}\n"), 0)
		answer = append(answer, "\"}]}}\n"...)
		if _, err := out.Write(answer); err != nil {
			return err
		}
	}
}

// writeHuge writes an answer with a text of so many bytes.
func writeHuge(w io.Writer, id []byte, n int64) error {
	_, err := fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"`, id)
	text := theProse()
	for err == nil && n > 0 {
		part := text[:min(n, 64<<10)]
		_, err = w.Write(part)
		n -= int64(len(part))
	}
	if err == nil {
		_, err = io.WriteString(w, "\"}]}}\n")
	}
	return err
}

// notifications returns log messages of so many bytes each, the newline included.
func notifications(size int) [][]byte {
	var list [][]byte
	for i := range 64 {
		m := []byte(`{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"`)
		m = appendProse(m, size-len("\"}}\n"), i*997)
		list = append(list, append(m, "\"}}\n"...))
	}
	return list
}

// theProse returns the inside of a JSON string in which there is nothing to find, nor an escape, and which
// can be cut anywhere.
var theProse = sync.OnceValue(func() []byte {
	var text []byte
	for _, m := range corpus.Generate("prose", 0, 1<<20, 5).Messages {
		i, j := bytes.Index(m, []byte(`"text":"`)), bytes.LastIndex(m, []byte(`"}]}`))
		if i >= 0 && j > i {
			text = append(text, bytes.ReplaceAll(m[i+len(`"text":"`):j], []byte(`\n`), []byte(" "))...)
		}
	}
	return bytes.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, text)
})

// appendProse appends text to dst until that has size bytes.
func appendProse(dst []byte, size, from int) []byte {
	text := theProse()
	for from %= len(text); len(dst) < size; from = 0 {
		dst = append(dst, text[from:min(len(text), from+size-len(dst))]...)
	}
	return dst
}

// request returns a call of so many bytes, the newline included.
func request(id, size int) []byte {
	m := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"lookup","arguments":{"query":"`, id)
	return append(appendProse(m, size-len("\"}}}\n"), 0), "\"}}}\n"...)
}

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

func offSession() (*session.Session, error) {
	det, err := detect.New(nil, nil)
	if err != nil {
		return nil, err
	}
	pol, err := policy.New([]policy.Rule{{Name: "pass", Action: policy.Pass}})
	if err != nil {
		return nil, err
	}
	filter, err := redact.New(det, pol, nil, nil)
	if err != nil {
		return nil, err
	}
	sink := audit.Multi(audit.NewLog(os.Stderr, nil), new(audit.Counts))
	return session.New(&session.Options{Engine: session.Engine{Filter: filter, Policy: pol, Detector: det}, Sink: sink}, session.Peer{Principal: "bench"})
}
