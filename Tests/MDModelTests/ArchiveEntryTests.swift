import MDBytes
import MDModel
import Testing

@Suite struct ArchiveEntryTests {
    private var entry: ArchiveEntry {
        let device = ArchivedDevice(path: "/dev/sd\u{1b}a", size: ByteCount(1 << 40), identity: "naa.5000")
        let before = [UInt8](0...99) + [UInt8](repeating: 0, count: 4000)
        let areas = [
            ArchivedArea(
                device: device, offset: ByteCount(4096), content: .superblock, before: before,
                by: [UInt8](repeating: 7, count: 4100)),
            ArchivedArea(device: device, offset: ByteCount(8192), content: .bitmap, before: [], by: []),
        ]
        return ArchiveEntry(time: 1_795_000_000, command: ["mdadm", "--create", "a b", ""], areas: areas)
    }

    @Test func isReadAsItWasWritten() {
        #expect(ArchiveEntry(reading: entry.bytes) == entry)
        #expect(entry.bytes.count < 1000)
    }

    @Test func anyFlippedBitAndAnyCutIsNoticed() {
        let bytes = entry.bytes
        for index in bytes.indices {
            var flipped = bytes
            flipped[index] ^= 1 << UInt8(index % 8)
            #expect(ArchiveEntry(reading: flipped) == nil, "byte \(index)")
            #expect(ArchiveEntry(reading: Array(bytes[..<index])) == nil, "cut at \(index)")
        }
        #expect(ArchiveEntry(reading: bytes + [0]) == nil)
    }

    /// Zeros take no room in a file, so a small one could ask for any amount of memory.
    @Test func whatIsRestoredIsBounded() {
        let device = ArchivedDevice(path: "/dev/sda", size: .zero, identity: "")
        let zeros = [UInt8](repeating: 0, count: 9 << 20)
        let area = ArchivedArea(device: device, offset: .zero, content: .bitmap, before: zeros, by: [1])
        let one = ArchiveEntry(time: 1, command: ["mdadm"], areas: [area])
        #expect(ArchiveEntry(reading: one.bytes) == one && one.bytes.count < 200 && area.before == zeros)
        #expect(area.standing(now: zeros) == .asBefore && area.standing(now: zeros + [0]) == .foreign)
        let two = ArchiveEntry(time: 1, command: ["mdadm"], areas: [area, area])
        #expect(ArchiveEntry(reading: two.bytes) == nil)
    }

    @Test func standing() {
        let device = ArchivedDevice(path: "/dev/sda", size: .zero, identity: "")
        let old = [UInt8](repeating: 1, count: 256), new = [UInt8](0...255)
        var area = ArchivedArea(device: device, offset: .zero, content: .superblock, before: old, by: new)
        #expect(area.standing(now: old) == .asBefore)
        #expect(area.standing(now: new) == .asWritten)
        var ran = new
        // The kernel counts events and changes the feature map.
        ran[200] = 9
        ran[8] = 1
        #expect(area.standing(now: ran) == .asWritten)
        ran[20] = 0
        #expect(area.standing(now: ran) == .foreign)
        area.content = .erasure
        #expect(area.standing(now: ran) == .foreign)
        area.content = .bitmap
        var bits = new
        bits[30] = 0
        #expect(area.standing(now: bits) == .asWritten)
        bits[16] = 0
        #expect(area.standing(now: bits) == .foreign)
    }
}
