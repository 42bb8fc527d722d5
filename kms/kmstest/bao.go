package kmstest

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/mcpveil/mcpveil/internal/testenv"
)

// StartBao starts a real OpenBao, as its makers build it, with the methods of a Vault. It
// skips the test where testenv has none, which it has where there is pip.
func StartBao(t testing.TB) *Vault {
	t.Helper()
	v := &Vault{t: t, RootToken: "root-token-of-tests"}
	bao := testenv.Optional(t, "bao")
	for try := 0; ; try++ {
		said, err := v.startBao(bao)
		if err == nil {
			break
		}
		if try == 3 { // a port may be taken between asking for it and using it
			t.Fatalf("bao: %v\n%s", err, said)
		}
	}
	v.proxied()
	v.Root("DELETE", "sys/mounts/secret", nil) // that of -dev is filled with defaults of its own
	return v.mounted()
}

func (v *Vault) startBao(program string) (said string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	addr := l.Addr().String()
	l.Close()
	cmd := exec.Command(program, "server", "-dev", "-dev-no-store-token", "-dev-root-token-id="+v.RootToken, "-dev-listen-address="+addr, "-log-level=error")
	cmd.Env = []string{"HOME=" + v.t.TempDir()}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return "", err
	}
	stop := func() {
		cmd.Process.Kill()
		cmd.Wait()
	}
	ready := make(chan bool, 1)
	var text strings.Builder
	go func() {
		defer func() { ready <- v.unseal != "" }()
		for lines := bufio.NewScanner(out); lines.Scan(); {
			fmt.Fprintln(&text, lines.Text())
			if key, ok := strings.CutPrefix(lines.Text(), "Unseal Key: "); ok {
				raw, err := base64.StdEncoding.DecodeString(key)
				if err == nil {
					v.unseal = hex.EncodeToString(raw)
				}
			}
			if strings.HasPrefix(lines.Text(), "Root Token: ") {
				break
			}
		}
		go func() { // what it says from here on
			for s := bufio.NewScanner(out); s.Scan(); {
			}
		}()
	}()
	select {
	case ok := <-ready:
		if !ok {
			stop()
			return text.String(), fmt.Errorf("did not say its unseal key")
		}
	case <-time.After(2 * time.Minute):
		stop()
		return "", fmt.Errorf("did not start in two minutes")
	}
	v.t.Cleanup(stop)
	v.direct = "http://" + addr
	return text.String(), nil
}
