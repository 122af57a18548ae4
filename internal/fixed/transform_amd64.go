package fixed

import "golang.org/x/sys/cpu"

// vectors says that the processor has products of 52 bits, eight at a time.
var vectors = cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512IFMA
