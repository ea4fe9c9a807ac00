internal import Glibc
internal import MDBytes
internal import MDKernel

/// A bell whose rings are bytes in a pipe.
final class PipeBell: Bell {
    private let reader: Int32
    private let writer: Int32
    private let kernel: LinuxKernel

    init(_ kernel: LinuxKernel) throws(SystemCallError) {
        self.kernel = kernel
        (reader, writer) = try LinuxKernel.pipe("bell")
    }

    deinit {
        _ = close(reader)
        _ = close(writer)
    }

    func ring() {
        var byte: UInt8 = 0
        // SAFETY: one byte is lent for the call. A full pipe has rung already.
        _ = unsafe write(writer, &byte, 1)
    }

    func wait(until deadline: Instant) {
        var watch = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        // SAFETY: one entry is lent for the call.
        guard unsafe poll(&watch, 1, deadline.pollTimeout(from: kernel.now())) > 0 else { return }
        var bytes = [UInt8](repeating: 0, count: 64)
        // SAFETY: the array is lent for the call with its own count.
        _ = unsafe read(reader, &bytes, bytes.count)
    }
}

extension LinuxKernel {
    /// The two ends of a pipe of which neither blocks nor outlives the program.
    static func pipe(_ subject: String) throws(SystemCallError) -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [-1, -1]
        // SAFETY: pipe fills exactly the two integers lent to it.
        try call("pipe", on: subject) { unsafe Glibc.pipe(&ends) }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        return (ends[0], ends[1])
    }
}
