package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"

	"github.com/mcpveil/mcpveil/internal/corpus"
)

// roleFlag has the program play a part in its own measurements: the server behind what is measured,
// or what is measured beside mcpveil. What follows is the name of the role and its arguments.
const roleFlag = "-role"

var roles = map[string]func(args []string) error{
	"echo":   func([]string) error { return echo(os.Stdin, os.Stdout) },
	"kernel": runKernelChild,
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
