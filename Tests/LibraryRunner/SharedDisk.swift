import Glibc
import MDBytes

/// What stands in for superblocks: one block of a shared disk, read and written past the page cache.
struct SharedDisk {
    let path: String

    /// The superblocks of all members.
    struct Content: Equatable {
        var events: UInt64 = 1
        /// Device number → uuid.
        var members: [Int: UUID] = [:]

        var text: String {
            "events \(events)\n"
                + members.sorted { $0.key < $1.key }.map { "member \($0.key) \($0.value.dashedText)\n" }.joined()
        }

        init() {}

        init?(_ text: String) {
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                switch words.first {
                case "events" where words.count == 2: events = UInt64(words[1]) ?? 0
                case "member" where words.count == 3: members[Int(words[1]) ?? -1] = UUID(parsing: words[2])
                default: return nil
                }
            }
        }
    }

    private static let size = 4096
    /// O_DIRECT, which is behind _GNU_SOURCE.
    private static let direct: Int32 = 0x4000

    /// Nil where the disk cannot be read, or says something else.
    func read() -> Content? {
        unsafe withBlock(O_RDONLY) { descriptor, block in
            guard unsafe pread(descriptor, block.baseAddress, Self.size, 0) == Self.size else { return nil }
            return Content(unsafe String(decoding: block.prefix { $0 != 0 }, as: UTF8.self))
        }
    }

    /// Whether that worked.
    func write(_ content: Content) -> Bool {
        unsafe withBlock(O_RDWR) { descriptor, block in
            let bytes = Array(content.text.utf8)
            precondition(bytes.count < Self.size, "one block holds them all")
            unsafe block.copyBytes(from: bytes)
            return unsafe pwrite(descriptor, block.baseAddress, Self.size, 0) == Self.size ? true : nil
        } ?? false
    }

    private func withBlock<Value>(_ mode: Int32, _ body: (Int32, UnsafeMutableRawBufferPointer) -> Value?) -> Value? {
        let descriptor = unsafe open(path, mode | Self.direct | O_SYNC | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.size, alignment: Self.size)
        defer { unsafe block.deallocate() }
        unsafe block.initializeMemory(as: UInt8.self, repeating: 0)
        return unsafe body(descriptor, block)
    }
}
