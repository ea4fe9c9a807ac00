internal import Glibc
internal import MDKernel

/// Standard input, output and error of this process, unbuffered.
package struct StandardConsole: Console {
    package init() {}

    package func writeOutput(_ text: String) { Self.write(text, to: STDOUT_FILENO) }

    package func writeError(_ text: String) { Self.write(text, to: STDERR_FILENO) }

    package func readInput(limit: Int) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: max(0, limit))
        while true {
            // SAFETY: at most `count` bytes land in a buffer of that length.
            let got = unsafe read(STDIN_FILENO, &buffer, buffer.count)
            if got < 0, errno == EINTR { continue }
            return Array(buffer.prefix(max(0, got)))
        }
    }

    package func isInputTerminal() -> Bool { isatty(STDIN_FILENO) == 1 }

    package func errorWidth() -> Int? {
        guard isatty(STDERR_FILENO) == 1 else { return nil }
        var size = winsize()
        // SAFETY: the struct is lent for the call, which fills no more than it.
        let status = unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size)
        // A serial line does not know its width.
        return status == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// Writes all of `text`. A reader that has gone ends the process by SIGPIPE; for any other failure
    /// there is nobody left to tell.
    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            // SAFETY: the slice is lent for the call with its own count.
            let put = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if put >= 0 {
                rest = rest.dropFirst(put)
            } else if errno == EAGAIN {
                waitUntilWritable(descriptor)
            } else if errno != EINTR {
                return
            }
        }
    }

    private static func waitUntilWritable(_ descriptor: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // SAFETY: one entry is lent for the call.
        _ = unsafe poll(&entry, 1, -1)
    }
}
