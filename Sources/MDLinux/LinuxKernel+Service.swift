internal import Glibc
package import MDKernel
internal import Synchronization

extension LinuxKernel: ServiceHost {
    package func deferEndSignals() {
        do throws(SystemCallError) {
            let ends = try Self.pipe("signals")
            EndRequest.writer.store(ends.writer, ordering: .releasing)
            EndRequest.reader.store(ends.reader, ordering: .releasing)
        } catch {
            // A signal is then heard when the wait that it meets is over.
        }
        for number in [SIGTERM, SIGINT] {
            // The handler does what is safe in a signal.
            _ = signal(number) { _ in EndRequest.make() }
        }
    }

    package func isAskedToEnd() -> Bool { EndRequest.isMade.load(ordering: .acquiring) }

    package func notifyServiceManager(_ lines: String) {
        guard let path = environment("NOTIFY_SOCKET"), var address = Self.socketAddress(path) else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { _ = Glibc.close(descriptor) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.utf8.count)
        let bytes = Array(lines.utf8)
        // SAFETY: address and bytes are lent for the call with their sizes. A manager that does not listen is no
        // reason to stop working.
        _ = unsafe withUnsafeBytes(of: &address) {
            unsafe sendto(
                descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL),
                $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), length)
        }
    }

    package func inBackground(atMost limit: Int, _ body: @Sendable @escaping () -> Void) {
        let work: @Sendable () -> Void = {
            body()
            BackgroundThreads.count.wrappingSubtract(1, ordering: .relaxed)
        }
        let isFree = BackgroundThreads.count.wrappingAdd(1, ordering: .relaxed).newValue <= limit
        guard isFree, WorkerThread.detach(work) else { return work() }
    }

    package func startThread(_ body: @Sendable @escaping () -> Void) -> Bool { WorkerThread.detach(body) }

    package func makeBell() throws(SystemCallError) -> any Bell { try PipeBell(self) }

    /// The address of a socket in the file system, or of an abstract one (`@name`).
    static func socketAddress(_ path: String) -> sockaddr_un? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        guard let first = bytes.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@"),
            bytes.count < MemoryLayout.size(ofValue: address.sun_path)
        else { return nil }
        if first == UInt8(ascii: "@") { bytes[0] = 0 }
        // SAFETY: the name is shorter than the field.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return address
    }
}

/// Threads that nobody waits for.
private enum BackgroundThreads {
    static let count = Atomic<Int>(0)
}

/// What the signal handlers write: a handler has no other way to the program.
enum EndRequest {
    static let isMade = Atomic<Bool>(false)
    /// The ends of a pipe, or -1: it can be read once the request is made.
    static let reader = Atomic<Int32>(-1)
    static let writer = Atomic<Int32>(-1)

    /// Atomic operations and a write that does not block: a signal handler may do no more.
    static func make() {
        let before = errno
        isMade.store(true, ordering: .releasing)
        var byte: UInt8 = 0
        // SAFETY: one byte is lent for the call.
        _ = unsafe write(writer.load(ordering: .acquiring), &byte, 1)
        errno = before
    }
}
