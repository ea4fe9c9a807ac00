import MDBytes
import MDFormats
import MDFrontend
import MDModel
import MDOperations
import MDSimulator

/// Entries of the archive of overwritten metadata, with the checksum made right again in most.
struct Archives: FuzzTarget {
    let name = "archive"
    private var dice: SeededGenerator
    private let golden: [UInt8]

    init(seed: UInt64) {
        dice = SeededGenerator(seed: seed)
        let device = ArchivedDevice(path: "/dev/sda", size: ByteCount(1 << 30), identity: "naa.5000")
        let areas = (0..<4).map { index in
            ArchivedArea(
                device: device, offset: ByteCount(UInt64(index) * 4096), content: .superblock, before: [UInt8](0...255),
                by: [UInt8](repeating: 7, count: 256))
        }
        golden = ArchiveEntry(time: 1_795_000_000, command: ["mdadm", "--create"], areas: areas).bytes
    }

    mutating func run(_ round: Int) -> String? {
        var bytes = golden
        for _ in 0..<1 + dice.next() % 4 {
            let place = Int(dice.next() % UInt64(bytes.count))
            bytes[place] = dice.next() % 3 == 0 ? 0xff : UInt8(truncatingIfNeeded: dice.next())
        }
        if dice.next() % 8 == 0 { bytes.removeLast(Int(dice.next() % UInt64(bytes.count))) }
        if bytes.count > 24 { bytes[Field<UInt32>(at: 20)] = CRC32C.sum(bytes[24...]) }
        guard let entry = ArchiveEntry(reading: bytes) else { return nil }
        _ = entry.areas.map { $0.standing(now: $0.start) }
        return UndoText.list([(name: "entry", entry: entry)]) { "\($0)" }
    }
}

/// What a reshape kept of the data that it was about to overwrite, and superblocks in the middle of one.
struct Copies: FuzzTarget {
    let name = "copies"
    private var dice: SeededGenerator
    private let header: [UInt8]
    private let superblock: [UInt8]

    init(seed: UInt64) {
        dice = SeededGenerator(seed: seed)
        var header = Array("md_backup_data-2".utf8) + [UInt8](repeating: 0, count: 496)
        for (place, value) in [(40, 8), (48, 24), (56, 24), (72, 24), (80, 48), (88, 24)] { header[place] = UInt8(value) }
        for place in [64, 96] { header[Field<UInt32>(at: place)] = BackupHeader.checksum }
        self.header = header
        var block = SuperblockV1(roleCount: 8)
        (block.level, block.layout, block.newLayout) = (6, 2, 2)
        (block.raidDisks, block.deltaDisks, block.chunk, block.newChunk) = (5, 0, Sectors(16), 8)
        block.features = [.reshape]
        block.reshapePosition = 24
        block.superOffset = Sectors(8)
        superblock = block.writtenBytes + [UInt8](repeating: 0, count: SuperblockV1.areaBytes - block.writtenBytes.count)
    }

    private mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<dice.next() % 4 {
            let value = dice.next() % 3 == 0 ? 0xff : UInt8(truncatingIfNeeded: dice.next() & dice.next())
            bytes[Int(dice.next() % UInt64(min(bytes.count, 160)))] = value
        }
        return bytes
    }

    mutating func run(_ round: Int) -> String? {
        guard let header = BackupHeader(reading: mutated(header)),
            let block = try? SuperblockV1(reading: mutated(superblock), at: Sectors(8)), let reshape = Reshape(block)
        else { return nil }
        _ = reshape.hazard
        do throws(Restoration.Refusal) {
            let restoration = try Restoration(of: reshape, from: header)
            for part in restoration.parts where part.count <= 4096 {
                _ = try restoration.pieces(of: part, [UInt8](repeating: 7, count: Int(part.count) * 512))
            }
            return ""
        } catch { return nil }
    }
}

/// Packets of the agent's socket and headers of bitmaps and logs.
struct Packets: FuzzTarget {
    let name = "packets"
    private var mutator: TextMutator

    init(seed: UInt64) {
        mutator = TextMutator(seed: seed, [
            "swmdadm", " ", "\n", "1", "look", "status", "progress", "nodes", "ready", "/dev/md127", "0 1 2",
            "timed-out", "bitm", "\0\0",
        ])
    }

    mutating func run(_ round: Int) -> String? {
        let bytes = mutator.text()
        _ = AgentRequest(reading: bytes)
        _ = AgentAnswer(reading: bytes)
        _ = BitmapSuperblock(reading: bytes).map { ($0.bitCount, $0.coveredBits) }
        _ = BadBlockLog(reading: bytes, shift: bytes.first ?? 0)
        return ""
    }
}
