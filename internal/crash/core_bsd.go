//go:build unix && !linux

package crash

func noCore() error { return limitCore() }
