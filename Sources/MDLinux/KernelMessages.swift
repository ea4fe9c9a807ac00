internal import Glibc
internal import MDKernel
internal import Synchronization

/// Follows /dev/kmsg from the first mark on and remembers what md said.
final class KernelMessages: Sendable {
    private struct Line: Sendable {
        let sequence: UInt64
        let text: String
    }

    private struct State: Sendable {
        var file: DeviceHandle?
        /// The sequence after the last record seen; zero while none was seen, which is before all marks.
        var next: UInt64 = 0
        var lines: [Line] = []
    }

    private static let path = "/dev/kmsg"
    private static let lineLimit = 1000
    private let state = Mutex(State())

    func mark(_ kernel: LinuxKernel) -> KernelLogMark {
        state.withLock {
            if $0.file == nil { $0.file = Self.openAtEnd(kernel) }
            Self.drain(&$0)
            return KernelLogMark(sequence: $0.next)
        }
    }

    func lines(_ kernel: LinuxKernel, since mark: KernelLogMark) -> [String] {
        state.withLock {
            Self.drain(&$0)
            return $0.lines.filter { $0.sequence >= mark.sequence }.map(\.text)
        }
    }

    private static func openAtEnd(_ kernel: LinuxKernel) -> DeviceHandle? {
        do {
            let flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC
            let file = kernel.handle(try LinuxKernel.descriptor(path, flags), path)
            try LinuxKernel.call("lseek", on: path) { lseek(file.token, 0, SEEK_END) }
            return file
        } catch {
            return nil
        }
    }

    private static func drain(_ state: inout State) {
        guard let file = state.file else { return }
        var record = [UInt8](repeating: 0, count: 8192)
        // A log that grows as fast as it is read must not hold us.
        for _ in 0..<10_000 {
            // SAFETY: at most one record lands in a buffer of the size the kernel asks for.
            let got = unsafe read(file.token, &record, record.count)
            // EPIPE: records were overwritten before they were read; the next read goes on after them.
            if got < 0, errno == EPIPE || errno == EINTR { continue }
            guard got > 0 else { return }
            guard let (sequence, text) = KernelLogRecord.parse(record[..<got]) else { continue }
            state.next = sequence &+ 1
            guard KernelLogRecord.isAboutArrays(text) else { continue }
            state.lines.append(Line(sequence: sequence, text: text))
            if state.lines.count > lineLimit { state.lines.removeFirst() }
        }
    }
}

/// One record of /dev/kmsg: `priority,sequence,time,flags;text`, then lines of KEY=value.
enum KernelLogRecord {
    static func parse(_ record: ArraySlice<UInt8>) -> (sequence: UInt64, text: String)? {
        guard let semicolon = record.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let fields = record[..<semicolon].split(separator: UInt8(ascii: ","))
        guard fields.count >= 2,
            let sequence = UInt64(String(decoding: fields[fields.startIndex + 1], as: UTF8.self))
        else { return nil }
        let text = record[(semicolon + 1)...].prefix { $0 != UInt8(ascii: "\n") }
        return (sequence, String(decoding: text, as: UTF8.self))
    }

    /// Whether md, a personality of it, its cluster module or the DLM wrote the line.
    static func isAboutArrays(_ text: String) -> Bool { openings.contains { text.hasPrefix($0) } }

    /// md-cluster leaves its name off some of its lines.
    private static let openings = [
        "md", "raid", "bitmap", "dlm", "process_", "locking DLM '", "Cannot initialize ",
        "can't get bitmap from slot ", "Failed to get bitmap lock",
    ]
}
