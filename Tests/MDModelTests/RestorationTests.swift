import MDBytes
import MDFormats
import MDModel
import Testing

/// Copies of a critical section and where they go. What mdadm 4.6 took is in `compare-reshape` and `compare-restore`.
@Suite struct RestorationTests {
    /// raid5 of three disks and chunks of 4 KiB that becomes one of four.
    private func reshape(at position: UInt64, _ change: (inout SuperblockV1) -> Void = { _ in }) throws -> Reshape {
        var block = SuperblockV1(roleCount: 8)
        block.level = 5
        (block.layout, block.newLayout) = (2, 2)
        (block.raidDisks, block.deltaDisks) = (4, 1)
        (block.chunk, block.newChunk) = (Sectors(8), 8)
        block.features = [.reshape]
        block.reshapePosition = position
        change(&block)
        return try #require(Reshape(block))
    }

    private func header(_ parts: [BackupHeader.Part]) throws -> BackupHeader {
        var block = [UInt8](repeating: 0, count: 512)
        block.replaceSubrange(0..<16, with: Array("md_backup_data-\(max(1, parts.count))".utf8))
        for (number, part) in parts.enumerated() {
            let place = 40 + 32 * number
            block[Field<UInt64>(at: place)] = number == 0 ? part.place : part.place - parts[0].place
            block[Field<UInt64>(at: place + 8)] = part.start
            block[Field<UInt64>(at: place + 16)] = part.count
        }
        for place in [64, 96] { block[Field<UInt32>(at: place)] = 0x2492_4915 }
        return try #require(BackupHeader(reading: block))
    }

    private func part(_ start: UInt64, _ count: UInt64, at place: UInt64 = 8) -> BackupHeader.Part {
        BackupHeader.Part(place: place, start: start, count: count)
    }

    @Test func headersAreJudged() throws {
        #expect(BackupHeader.checksum == 0x2492_4915)
        let parts = [part(0, 24), part(24, 24, at: 32)]
        #expect(try header(parts).parts == parts)
        #expect(try header([part(0, 0)]).parts.isEmpty)
        for length in [0, 15, 16, 511] { #expect(BackupHeader(reading: Array("md_backup_data-1".utf8.prefix(length))) == nil) }
        var block = Array("md_backup_data-1".utf8) + [UInt8](repeating: 0, count: 496)
        #expect(BackupHeader(reading: block) == nil)
        block[Field<UInt32>(at: 64)] = 0x2492_4915
        #expect(BackupHeader(reading: block) != nil)
        block[15] = UInt8(ascii: "2")
        #expect(BackupHeader(reading: block) == nil)
        block[15] = UInt8(ascii: "3")
        #expect(BackupHeader(reading: block) == nil)
    }

    @Test func copiesGoOnFromThePosition() throws {
        let both = try header([part(48, 24), part(24, 24, at: 32)])
        let forwards = try Restoration(of: reshape(at: 24), from: both)
        #expect(forwards.position == 72 && forwards.parts == [part(24, 24, at: 32), part(48, 24)])
        let late = try Restoration(of: reshape(at: 48), from: both)
        #expect(late.position == 72 && late.parts == [part(48, 24)])
        let middle = try Restoration(of: reshape(at: 72), from: header([part(0, 96)]))
        #expect(middle.position == 96 && middle.parts == [part(72, 24, at: 80)])
    }

    @Test func backwardsTheyGoBeforeIt() throws {
        let shrinking = try reshape(at: 72) { ($0.deltaDisks, $0.raidDisks) = (-1, 4) }
        let both = try Restoration(of: shrinking, from: header([part(24, 24), part(48, 24, at: 32)]))
        #expect(both.position == 24 && both.parts == [part(48, 24, at: 32), part(24, 24)])
        let turned = try reshape(at: 72) { ($0.deltaDisks, $0.features) = (0, [.reshape, .reshapeBackwards]) }
        #expect(try Restoration(of: turned, from: header([part(48, 48)])).parts == [part(48, 24)])
    }

    @Test func whatIsDoneOrFarAwayIsLeftAlone() throws {
        for parts in [[], [part(0, 24)], [part(48, 24)], [part(UInt64.max - 8, 24)], [part(24, 0)]] {
            #expect(throws: Restoration.Refusal.nothingToRestore) {
                _ = try Restoration(of: reshape(at: 24), from: header(parts))
            }
        }
    }

    @Test func oddOnesAreRefused() throws {
        #expect(throws: Restoration.Refusal.notAligned) { _ = try Restoration(of: reshape(at: 24), from: header([part(24, 20)])) }
        #expect(throws: Restoration.Refusal.notAligned) { _ = try Restoration(of: reshape(at: 25), from: header([part(24, 24)])) }
        #expect(throws: Restoration.Refusal.tooLarge) {
            _ = try Restoration(of: reshape(at: 0), from: header([part(0, Restoration.largest + 1)]))
        }
        for change: (inout SuperblockV1) -> Void in [
            { $0.newChunk = 0 }, { $0.newChunk = .max }, { $0.newLayout = 77 }, { $0.raidDisks = 1 }, { $0.level = 0 },
        ] {
            #expect(throws: Restoration.Refusal.impossible) {
                _ = try Restoration(of: reshape(at: 24, change), from: header([part(24, 24)]))
            }
        }
        let good = try Restoration(of: reshape(at: 24), from: header([part(24, 24)]))
        #expect(throws: Restoration.Refusal.tooShort) { _ = try good.pieces(of: good.parts[0], [1, 2, 3]) }
    }

    /// The second stripe of left-symmetric raid5 on four disks: parity in slot 2, data from slot 3 on.
    @Test func piecesLieInTheNewShape() throws {
        let restoration = try Restoration(of: reshape(at: 24), from: header([part(24, 24)]))
        let chunks = (1...3).map { [UInt8](repeating: UInt8($0), count: 4096) }
        let pieces = try restoration.pieces(of: restoration.parts[0], Array(chunks.joined()))
        #expect(pieces.map(\.slot) == [0, 1, 2, 3] && pieces.allSatisfy { $0.offset == 8 })
        #expect(pieces.map { $0.bytes.first } == [2, 3, 0, 1] && pieces.allSatisfy { $0.bytes.count == 4096 })
    }
}
