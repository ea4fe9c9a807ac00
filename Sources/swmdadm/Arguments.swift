/// The words of the command line, for the Swift runtime.
///
/// On Linux the runtime looks for argv before main runs: it reads all of /proc/self/maps through stdio and walks the stack.
/// That was a seventh of our start-up, and `main` is handed the same pointer for nothing. The two functions below are
/// those of the runtime (stdlib/public/stubs/CommandLine.cpp); defined here, they keep its version out of the program.
enum Arguments {
    typealias Words = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    // SAFETY: written once by `start`, before anything else runs, and by nobody later.
    nonisolated(unsafe) private static var count: CInt = 0
    nonisolated(unsafe) private static var words: Words?

    static func keep(count: CInt, words: Words?) {
        unsafe (Self.count, Self.words) = (count, words)
    }

    /// argc through the pointer and argv as the result, as the runtime wants it.
    fileprivate static func answer(_ count: UnsafeMutablePointer<CInt>?) -> Words? {
        // SAFETY: the runtime passes the address of a variable of its own.
        unsafe count?.pointee = Self.count
        return unsafe words
    }
}

@c(_swift_stdlib_getUnsafeArgvArgc)
func argumentsForTheRuntime(_ count: UnsafeMutablePointer<CInt>?) -> Arguments.Words? {
    unsafe Arguments.answer(count)
}

@c(_swift_stdlib_overrideUnsafeArgvArgc)
func replacedArguments(_ words: Arguments.Words?, _ count: CInt) {
    unsafe Arguments.keep(count: count, words: words)
}
