//go:build amd64 && !purego

package bytescan

import "golang.org/x/sys/cpu"

// available returns the implementations that run on this machine, the fastest last.
func available() []implementation {
	all := []implementation{generic}
	x := &cpu.X86 // which says no where the operating system does not keep the registers
	if !x.HasBMI1 || !x.HasBMI2 || !x.HasPOPCNT || !x.HasPCLMULQDQ {
		return all
	}
	if x.HasAVX2 {
		all = append(all, avx2)
	}
	if x.HasAVX512F && x.HasAVX512BW && x.HasAVX512VL && x.HasAVX512DQ && x.HasAVX512VBMI && x.HasAVX512VBMI2 && x.HasAVX512VPCLMULQDQ {
		all = append(all, avx512)
	}
	return all
}
