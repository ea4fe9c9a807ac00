package import MDBytes
internal import Synchronization

/// A disk in memory: sparse, so that size costs nothing, and shared by reference between the
/// machines that see it.
///
/// It has a volatile cache: a write is visible at once and safe only after `synchronize`. A power cut
/// keeps, loses or tears each write that was not.
package final class SimulatedDisk: Sendable {
    package let size: ByteCount
    package let logicalBlockSize: Int
    private let contents: Mutex<Contents>

    package init(size: ByteCount, logicalBlockSize: Int = 512) {
        self.size = size
        self.logicalBlockSize = logicalBlockSize
        contents = Mutex(Contents())
    }

    /// Another disk with the same contents, cache included.
    package func duplicate() -> SimulatedDisk {
        let copy = SimulatedDisk(size: size, logicalBlockSize: logicalBlockSize)
        let now = contents.withLock { $0 }
        copy.contents.withLock { $0 = now }
        return copy
    }

    /// At most `count` bytes from `offset`; fewer where the disk ends.
    package func read(at offset: ByteCount, count: Int) -> [UInt8] {
        let length = clipped(offset, count)
        guard length > 0 else { return [] }
        return contents.withLock { $0.visible.read(offset.rawValue, length) }
    }

    /// Writes what fits before the end of the disk and returns how much that was.
    @discardableResult
    package func write(_ bytes: [UInt8], at offset: ByteCount, durably: Bool = false) -> Int {
        let length = clipped(offset, bytes.count)
        guard length > 0 else { return 0 }
        let fitting = length == bytes.count ? bytes : Array(bytes.prefix(length))
        contents.withLock { contents in
            contents.visible.write(fitting, offset.rawValue)
            if durably {
                contents.settle()
                contents.durable = contents.visible
            } else {
                contents.unsynced.append(PendingWrite(offset: offset.rawValue, bytes: fitting))
            }
        }
        return length
    }

    /// Makes every earlier write safe.
    package func synchronize() {
        contents.withLock { contents in
            contents.durable = contents.visible
            contents.unsynced = []
        }
    }

    /// The power fails: of each unsynced write every sector is kept or lost by chance.
    package func powerCut(using generator: inout SeededGenerator) {
        let seed = generator.next()
        contents.withLock { contents in
            var dice = SeededGenerator(seed: seed)
            var survivor = contents.durable
            for write in contents.unsynced { write.tear(into: &survivor, using: &dice) }
            contents.visible = survivor
            contents.durable = survivor
            contents.unsynced = []
        }
    }

    /// Everything on the disk that is not zero, as other machines see it.
    package func snapshot() -> DiskSnapshot {
        contents.withLock { DiskSnapshot(pages: $0.visible.pages.filter { $0.value.contains { $0 != 0 } }) }
    }

    private func clipped(_ offset: ByteCount, _ count: Int) -> Int {
        guard offset < size else { return 0 }
        return Int(min(UInt64(max(count, 0)), size.rawValue - offset.rawValue))
    }

    private struct Contents: Sendable {
        var visible = Pages()
        var durable = Pages()
        var unsynced: [PendingWrite] = []

        /// A durable write is a barrier: what came before it is safe too.
        mutating func settle() { unsynced = [] }
    }
}

/// The bytes of a disk that are not zero.
package struct DiskSnapshot: Hashable, Sendable {
    let pages: [UInt64: [UInt8]]
}

struct PendingWrite: Sendable {
    var offset: UInt64
    var bytes: [UInt8]

    /// Copies a random choice of this write's sectors into `pages`.
    func tear(into pages: inout Pages, using dice: inout SeededGenerator) {
        let fate = dice.next() % 3
        guard fate != 0 else { return }
        var start = 0
        while start < bytes.count {
            let room = 512 - Int((offset + UInt64(start)) % 512)
            let end = min(start + room, bytes.count)
            if fate == 1 || dice.next() % 2 == 0 {
                pages.write(Array(bytes[start..<end]), offset + UInt64(start))
            }
            start = end
        }
    }
}

/// Sparse bytes in pages of 4 KiB.
struct Pages: Sendable {
    static let size: UInt64 = 4096
    private(set) var pages: [UInt64: [UInt8]] = [:]

    func read(_ offset: UInt64, _ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var position = offset
        while bytes.count < count {
            let start = Int(position % Self.size)
            let length = min(Int(Self.size) - start, count - bytes.count)
            if let page = pages[position / Self.size] {
                bytes += page[start..<start + length]
            } else {
                bytes += repeatElement(0, count: length)
            }
            position += UInt64(length)
        }
        return bytes
    }

    mutating func write(_ bytes: [UInt8], _ offset: UInt64) {
        var done = 0
        while done < bytes.count {
            let position = offset + UInt64(done)
            let start = Int(position % Self.size)
            let length = min(Int(Self.size) - start, bytes.count - done)
            let slice = bytes[done..<done + length]
            let index = position / Self.size
            done += length
            if pages[index] == nil, slice.allSatisfy({ $0 == 0 }) { continue }
            pages[index, default: [UInt8](repeating: 0, count: Int(Self.size))]
                .replaceSubrange(start..<start + length, with: slice)
        }
    }

    /// Zeroes a run without touching pages that hold nothing.
    mutating func zero(_ offset: UInt64, _ count: UInt64) {
        let end = offset + count
        let touched = pages.keys.filter { $0 * Self.size < end && ($0 + 1) * Self.size > offset }
        for index in touched.sorted() {
            let first = max(offset, index * Self.size) - index * Self.size
            let last = min(end, (index + 1) * Self.size) - index * Self.size
            if first == 0, last == Self.size {
                pages[index] = nil
            } else {
                pages[index]?.replaceSubrange(
                    Int(first)..<Int(last), with: repeatElement(0, count: Int(last - first)))
            }
        }
    }
}

extension SimulatedDisk {
    /// Zeroes a run; safe at once, as after fallocate and a flush.
    package func zero(at offset: ByteCount, count: ByteCount) {
        guard offset < size else { return }
        let length = min(count.rawValue, size.rawValue - offset.rawValue)
        contents.withLock { contents in
            contents.visible.zero(offset.rawValue, length)
            contents.durable = contents.visible
            contents.unsynced = []
        }
    }
}
