// `CommandLine` of the standard library is not used in this program. On Linux the runtime finds argv for it before main
// runs, by reading all of /proc/self/maps through stdio and walking the stack: a seventh of our start-up. These two
// have the names of the runtime's functions (stdlib/public/stubs/CommandLine.cpp), so that its version is not linked.

/// No words: argv is a null pointer, and argc stays what the caller set it to.
@c(_swift_stdlib_getUnsafeArgvArgc)
func argumentVectorForTheRuntime(count: UInt) -> UInt { 0 }

@c(_swift_stdlib_overrideUnsafeArgvArgc)
func argumentVectorFromTheRuntime(words: UInt, count: CInt) {}
