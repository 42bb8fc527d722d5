//go:build goexperiment.runtimesecret

package secretdo

import (
	"runtime"
	"runtime/secret"
)

// Erases reports whether this build erases anything.
const Erases = runtime.GOOS == "linux" && (runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64")

func do(f func()) { secret.Do(f) }
