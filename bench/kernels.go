package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/mcpveil/mcpveil/internal/bytescan"
	"github.com/mcpveil/mcpveil/internal/corpus"
)

// kernels measures each kernel that runs here: a process for each, since one is chosen at the start, and a
// round in each of them in turn.
func kernels(r *report, o options) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	names, kinds := bytescan.Kernels(), "mixed,text,prose,logs"
	if o.quick {
		kinds = "mixed,logs"
	}
	var children []*kernelChild
	for _, name := range names {
		c, err := startKernel(self, name, o.bytes, kinds)
		if err != nil {
			return fmt.Errorf("kernel %s: %w", name, err)
		}
		defer c.stop()
		children = append(children, c)
	}
	res := map[string][]timing{} // by kernel
	var jobs []kernelLap
	for round := range o.rounds + 1 {
		for i, c := range children {
			laps, err := c.round()
			if err != nil {
				return fmt.Errorf("kernel %s: %w", names[i], err)
			}
			jobs = laps
			if res[names[i]] == nil {
				res[names[i]] = make([]timing, len(laps))
			}
			for k, l := range laps {
				if round > 0 {
					res[names[i]][k].perByte = append(res[names[i]][k].perByte, l.PerByte)
				}
			}
		}
	}
	t := r.table("Kernels, MB/s (× json.Valid)", append([]string{"corpus", ""}, names...)...)
	yardstick := 0
	for k, j := range jobs {
		if j.Job == "json.Valid" {
			yardstick = k
			continue
		}
		row := []string{j.Corpus, j.Job}
		for _, name := range names {
			x := &res[name][k]
			ratio := x.of(&res[name][yardstick])
			r.add(Figure{Name: j.Job + ", " + name, Corpus: j.Corpus, Value: x.mbs(), Unit: "MB/s", Ratio: ratio})
			row = append(row, fmt.Sprintf("%s (%.2f)", number(x.mbs()), ratio))
		}
		t.row(row...)
	}
	return nil
}

// A kernelLap is one job's share of a round.
type kernelLap struct {
	Job, Corpus string
	PerByte     float64
}

type kernelChild struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

func startKernel(self, name string, size int, kinds string) (*kernelChild, error) {
	c := &kernelChild{cmd: exec.Command(self, roleFlag, "kernel", strconv.Itoa(size), kinds)}
	c.cmd.Env = append(os.Environ(), "MCPVEIL_KERNEL="+name)
	c.cmd.Stderr = os.Stderr
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.in, c.out = in, json.NewDecoder(out)
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	var got string
	if err := c.out.Decode(&got); err != nil || got != name {
		c.stop()
		return nil, fmt.Errorf("it runs %q: %v", got, err)
	}
	return c, nil
}

func (c *kernelChild) round() (laps []kernelLap, err error) {
	if _, err := fmt.Fprintln(c.in); err != nil {
		return nil, err
	}
	return laps, c.out.Decode(&laps)
}

func (c *kernelChild) stop() {
	c.in.Close()
	c.cmd.Wait()
}

// runKernelChild is the process that kernels starts: for every line that it reads it runs all jobs once, and says what they took.
func runKernelChild(args []string) error {
	if len(args) != 2 {
		return errors.New("want a size and kinds of corpora")
	}
	size, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	p60, packs, err := bothFilters()
	if err != nil {
		return err
	}
	var jobs []job
	for _, kind := range strings.Split(args[1], ",") {
		c := corpus.Generate(kind, 0, size, 1)
		jobs = append(jobs, job{"json.Valid", c, valid}, job{"detect, 60", c, p60.detect()}, job{"rewrite, 60", c, p60.rewrite(p60.mask)},
			job{"detect, packs", c, packs.detect()}, job{"rewrite, packs", c, packs.rewrite(packs.mask)})
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(bytescan.Kernel()); err != nil {
		return err
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var laps []kernelLap
		for i := range jobs {
			took, _ := jobs[i].lap(false)
			laps = append(laps, kernelLap{jobs[i].name, jobs[i].corpus.Kind, took})
		}
		if err := out.Encode(laps); err != nil {
			return err
		}
	}
	return nil
}
