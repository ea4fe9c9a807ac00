package import MDBytes

/// What one command overwrote on block devices: enough to put it back. An entry of the metadata archive.
///
/// As bytes: a magic word, a version, a checksum over the rest, then the fields in the order below, integers
/// little-endian, texts and bytes behind their length in 32 bits.
package struct ArchiveEntry: Hashable, Sendable {
    /// When the command began, in seconds since 1970.
    package var time: UInt64
    /// The command line, with the program's name.
    package var command: [String]
    /// In the order in which they were overwritten.
    package var areas: [ArchivedArea]

    package init(time: UInt64, command: [String], areas: [ArchivedArea]) {
        self.time = time
        self.command = command
        self.areas = areas
    }

    /// The largest entry, in bytes; a command that overwrites more is kept in part.
    package static var largest: Int { 16 << 20 }
    private static var mostWords: UInt32 { 8192 }
    private static var mostAreas: UInt32 { 65536 }
    private static var longestText: Int { 4096 }
    private static var magic: [UInt8] { Array("swmdadm archive\n".utf8) }
    private static var version: UInt32 { 1 }

    /// Whether there is anything in it that would be missed: bytes other than zero.
    package var isWorthKeeping: Bool { areas.contains { !$0.isBlank } }

    /// The devices, each once, in their order.
    package var devices: [ArchivedDevice] {
        var seen: Set<ArchivedDevice> = []
        return areas.map(\.device).filter { seen.insert($0).inserted }
    }

    /// The entry as a file has it.
    package var bytes: [UInt8] {
        var body = ByteSink()
        body.put(time)
        body.put(UInt32(clamping: command.count))
        for word in command { body.put(text: word.prefix(Self.longestText)) }
        body.put(UInt32(clamping: areas.count))
        for area in areas { area.put(into: &body) }
        var whole = ByteSink()
        whole.bytes = Self.magic
        whole.put(Self.version)
        whole.put(CRC32C.sum(body.bytes))
        return whole.bytes + body.bytes
    }

    /// Reads a file; nil for one that is not whole, not ours or of another version.
    package init?(reading bytes: [UInt8]) {
        guard bytes.count <= Self.largest + (1 << 20), bytes.starts(with: Self.magic) else { return nil }
        var source = ByteSource(bytes, from: Self.magic.count)
        guard source.integer(UInt32.self) == Self.version, let sum = source.integer(UInt32.self),
            sum == CRC32C.sum(bytes[source.position...]), let time = source.integer(UInt64.self),
            let words = source.integer(UInt32.self), words <= Self.mostWords
        else { return nil }
        self.time = time
        command = []
        for _ in 0..<words {
            guard let word = source.text(atMost: Self.longestText * 4) else { return nil }
            command.append(word)
        }
        guard let count = source.integer(UInt32.self), count <= Self.mostAreas else { return nil }
        areas = []
        var room = Self.largest
        for _ in 0..<count {
            guard let area = ArchivedArea(from: &source, room: room) else { return nil }
            room -= area.count
            areas.append(area)
        }
        guard source.isAtEnd else { return nil }
    }
}

/// A device as it was when something on it was overwritten.
package struct ArchivedDevice: Hashable, Sendable {
    /// The path that the command used.
    package var path: String
    package var size: ByteCount
    /// The name that the disk gives itself; empty for one that gives none.
    package var identity: String

    package init(path: String, size: ByteCount, identity: String) {
        self.path = path
        self.size = size
        self.identity = identity
    }
}

/// What a write to a member is.
package enum WrittenContent: UInt8, CaseIterable, Hashable, Sendable {
    case superblock, bitmap, badBlockLog, parityLog, journal, erasure
    /// Copies of the array's data that go back to their place.
    case copies
}

/// A run of bytes that was overwritten.
package struct ArchivedArea: Hashable, Sendable {
    package var device: ArchivedDevice
    package var offset: ByteCount
    /// What was written there.
    package var content: WrittenContent
    /// How many bytes were there before.
    package let count: Int
    /// Those of them that come before the zeros at the end, which are most of a bitmap.
    private let head: [UInt8]
    /// The checksum of what was written.
    package var written: UInt32
    /// The first bytes of what was written.
    package var start: [UInt8]

    /// How many first bytes of what was written are kept: magic, version and uuid of every format.
    package static var startBytes: Int { 32 }

    /// `before` was overwritten with `bytes`.
    package init(
        device: ArchivedDevice, offset: ByteCount, content: WrittenContent, before: [UInt8], by bytes: [UInt8]
    ) {
        self.device = device
        self.offset = offset
        self.content = content
        count = before.count
        head = Array(before[..<(before.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0)])
        written = CRC32C.sum(bytes)
        start = Array(bytes.prefix(Self.startBytes))
    }

    /// What was there before.
    package var before: [UInt8] { head + [UInt8](repeating: 0, count: count - head.count) }

    /// Whether there was nothing but zeros.
    package var isBlank: Bool { head.allSatisfy { $0 == 0 } }

    /// What lies in the place of an area now, beside what the command wrote there.
    package enum Standing: Hashable, Sendable {
        /// It is as it was before the command: nothing to do.
        case asBefore
        /// It is as the command left it, or the array it made has gone on writing its own metadata there.
        case asWritten
        /// Somebody else wrote there since.
        case foreign
    }

    /// Judges what lies there `now`.
    package func standing(now: [UInt8]) -> Standing {
        if now.count == count, now.starts(with: head), now[head.count...].allSatisfy({ $0 == 0 }) { return .asBefore }
        if CRC32C.sum(now) == written { return .asWritten }
        // Magic and uuid: the four bytes at 8 are version 1's feature map, which the kernel changes.
        guard content != .erasure, now.count >= Self.startBytes, start.count == Self.startBytes else { return .foreign }
        let uuidEnd = content == .superblock ? Self.startBytes : 24
        return now[..<8] == start[..<8] && now[12..<uuidEnd] == start[12..<uuidEnd] ? .asWritten : .foreign
    }
}

extension ArchivedArea {
    private static var longestText: Int { 16384 }

    func put(into sink: inout ByteSink) {
        sink.put(text: device.path.prefix(4096))
        sink.put(device.size.rawValue)
        sink.put(text: device.identity.prefix(1024))
        sink.put(offset.rawValue)
        sink.put(UInt32(content.rawValue))
        sink.put(written)
        sink.put(bytes: start)
        sink.put(UInt32(clamping: count))
        sink.put(bytes: head)
    }

    /// At most `room` bytes were overwritten.
    init?(from source: inout ByteSource, room: Int) {
        guard let path = source.text(atMost: Self.longestText), let size = source.integer(UInt64.self),
            let identity = source.text(atMost: Self.longestText), let offset = source.integer(UInt64.self),
            let code = source.integer(UInt32.self),
            let content = UInt8(exactly: code).flatMap({ WrittenContent(rawValue: $0) }),
            let written = source.integer(UInt32.self), let start = source.bytes(atMost: Self.startBytes),
            let count = source.integer(UInt32.self), count <= room, let head = source.bytes(atMost: Int(count))
        else { return nil }
        device = ArchivedDevice(path: path, size: ByteCount(size), identity: identity)
        self.offset = ByteCount(offset)
        self.content = content
        self.written = written
        self.start = start
        self.count = Int(count)
        self.head = head
    }
}

/// Bytes in the making.
struct ByteSink {
    var bytes: [UInt8] = []

    mutating func put(_ value: some FixedWidthInteger) {
        for place in 0..<value.bitWidth / 8 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * place))) }
    }

    mutating func put(bytes run: [UInt8]) {
        put(UInt32(clamping: run.count))
        bytes += run
    }

    mutating func put(text: some StringProtocol) { put(bytes: Array(text.utf8)) }
}

/// Bytes being read; what is not there is nil.
struct ByteSource {
    private let whole: [UInt8]
    private(set) var position: Int

    init(_ bytes: [UInt8], from position: Int) {
        whole = bytes
        self.position = position
    }

    var isAtEnd: Bool { position == whole.count }

    mutating func integer<Value: FixedWidthInteger & Sendable>(_: Value.Type) -> Value? {
        guard whole.count - position >= Value.bitWidth / 8 else { return nil }
        defer { position += Value.bitWidth / 8 }
        return whole[Field<Value>(at: position)]
    }

    mutating func bytes(atMost limit: Int) -> [UInt8]? {
        guard let count = integer(UInt32.self), count <= limit, whole.count - position >= Int(count) else { return nil }
        defer { position += Int(count) }
        return Array(whole[position..<position + Int(count)])
    }

    mutating func text(atMost limit: Int) -> String? {
        bytes(atMost: limit).map { String(decoding: $0, as: UTF8.self) }
    }
}
