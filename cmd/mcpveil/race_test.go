//go:build race

package main

const slow = true // the race detector makes everything so
