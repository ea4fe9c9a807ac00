import MDBytes
import MDFormats
import MDModel
import Testing

/// Arrays in the middle of a reshape. What mdadm 4.6 wrote and refused is in the comments.
@Suite struct ReshapeTests {
    /// raid5 of 64 KiB chunks from three disks to four, moving its data down by 384 sectors.
    private func growing(_ change: (inout SuperblockV1) -> Void = { _ in }) -> SuperblockV1 {
        var block = SuperblockV1(roleCount: 8)
        block.level = 5
        block.layout = 2
        block.newLayout = 2
        block.raidDisks = 4
        block.deltaDisks = 1
        block.chunk = Sectors(128)
        block.newChunk = 128
        block.features = [.reshape, .newOffset]
        block.dataOffset = Sectors(2048)
        block.dataSize = Sectors(63488)
        block.newOffset = -384
        block.superOffset = Sectors(8)
        block.reshapePosition = 2304
        change(&block)
        return block
    }

    private func reverted(_ block: SuperblockV1, cancels: Bool = false) throws -> SuperblockV1 {
        var block = block
        let device = SuperblockUpdate.Device(size: Sectors(65536))
        try SuperblockUpdate.revertReshape(cancels: cancels).apply(to: &block, on: device)
        #expect(block.isChecksumCorrect)
        return block
    }

    @Test func growthTurnsRound() throws {
        let block = try reverted(growing())
        #expect(block.raidDisks == 3 && block.deltaDisks == -1)
        #expect(block.dataOffset == Sectors(1664) && block.dataSize == Sectors(63872) && block.newOffset == 384)
        #expect(block.features == [.reshape, .newOffset] && block.reshapePosition == 2304)
        let twice = try reverted(block)
        #expect(twice.raidDisks == 4 && twice.dataOffset == Sectors(2048) && twice.dataSize == Sectors(63488))
    }

    @Test func chunksLayoutsAndTheDirectionTurnRound() throws {
        let block = try reverted(growing {
            $0.raidDisks = 3
            $0.deltaDisks = 0
            $0.newChunk = 256
            $0.layout = 0
            $0.reshapePosition = 9728
        })
        #expect(block.chunk == Sectors(256) && block.newChunk == 128 && block.layout == 2 && block.newLayout == 0)
        #expect(block.features == [.reshape, .newOffset, .reshapeBackwards] && block.raidDisks == 3)
        #expect(try reverted(block).features == [.reshape, .newOffset])
    }

    /// 2048 sectors are whole stripes of two disks, 1920 are not; the larger chunk counts.
    @Test func onlyWholeStripesTurnRound() throws {
        for chunk in [Sectors(64), Sectors(256)] {
            _ = try reverted(growing { ($0.chunk, $0.reshapePosition) = (chunk, 2048) })
        }
        #expect(throws: SuperblockUpdate.Refusal.notAligned) { try reverted(growing { $0.newChunk = 256 }) }
        _ = try reverted(growing { $0.reshapePosition = 2048 })
        for position in [UInt64(1920), 2306, 2176] {
            #expect(throws: SuperblockUpdate.Refusal.notAligned) { try reverted(growing { $0.reshapePosition = position }) }
        }
    }

    @Test func whatMovedNothingIsDropped() throws {
        let block = try reverted(growing { $0.reshapePosition = 0 }, cancels: true)
        #expect(block.raidDisks == 3 && block.deltaDisks == 0 && !block.features.contains(.reshape))
        #expect(block.dataOffset == Sectors(2048) && Reshape(block) == nil)
        #expect(try reverted(growing(), cancels: true).deltaDisks == -1)
    }

    @Test func nonsenseIsRefused() {
        #expect(throws: SuperblockUpdate.Refusal.noReshape) { try reverted(growing { $0.features = [] }) }
        #expect(throws: SuperblockUpdate.Refusal.noRoom) { try reverted(growing { $0.newOffset = -4096 }) }
        #expect(throws: SuperblockUpdate.Refusal.noRoom) { try reverted(growing { $0.newOffset = .min }) }
        for change in [{ (block: inout SuperblockV1) in block.deltaDisks = .min }, { $0.deltaDisks = 4 }, { $0.chunk = .zero }] {
            #expect(throws: SuperblockUpdate.Refusal.notAligned) { try reverted(growing(change)) }
        }
    }

    private func hazard(_ delta: Int32, _ position: UInt64, _ change: (inout SuperblockV1) -> Void = { _ in })
        -> Reshape.Hazard?
    {
        Reshape(.version1(growing {
            $0.features = .reshape
            $0.raidDisks = delta < 0 ? 3 : 4
            $0.deltaDisks = delta
            $0.reshapePosition = position
            change(&$0)
        }))?.hazard
    }

    /// mdadm started, or refused, arrays with these positions.
    @Test func dangersOfReshapesInPlace() {
        #expect(hazard(1, 0) == .criticalSection && hazard(1, 384) == .criticalSection)
        #expect(hazard(1, 768) == nil && hazard(1, 2304) == nil)
        for position in [UInt64(0), 256, 768, 1534] { #expect(hazard(-1, position) == .criticalSection) }
        #expect(hazard(-1, 1536) == .needsBackup && hazard(-1, 2304) == .needsBackup && hazard(-1, 63360) == .needsBackup)
        #expect(hazard(0, 2304) == .criticalSection && hazard(0, .max) == .criticalSection)
    }

    @Test func movedDataAndOtherLevelsAreSafe() {
        #expect(Reshape(.version1(growing { $0.reshapePosition = 0 }))?.hazard == nil)
        #expect(hazard(2, 0) { $0.level = 10 } == nil)
        #expect(hazard(1, 1 << 40) { $0.newChunk = .max } == .criticalSection)
        #expect(hazard(1, .max) { $0.chunk = .zero } == .criticalSection)
        #expect(hazard(3, .max) == .criticalSection)
    }

    /// 0.90 keeps all but the numbers of slots.
    @Test func version0TurnsRound() throws {
        var array = SuperblockV0.NewArray(uuid: .zero, time: 7, level: 5, raidDisks: 4, diskCount: 4)
        array.chunk = 65536
        let made = SuperblockV0(array, disks: [])
        func reshaping(_ delta: UInt32, minor: UInt32 = 91, chunk: UInt32 = 65536) throws -> SuperblockV0 {
            var image = made.image
            for (word, value) in [2: minor, 44: 2304, 46: 5, 47: delta, 49: chunk] {
                for byte in 0..<4 { image[4 * word + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(byte))) }
            }
            return try #require(SuperblockV0(reading: image))
        }
        var block = try reshaping(1)
        try SuperblockUpdate.revertReshape(cancels: false).apply(to: &block)
        #expect(block.raidDisks == 3 && block.deltaDisks == -1 && block.isReshaping && block.isChecksumCorrect)
        #expect(Reshape(block)?.hazard == .needsBackup)
        for (delta, minor, cancels, refusal) in [
            (UInt32(0), UInt32(91), false, SuperblockUpdate.Refusal.keepsDisks), (1, 90, false, .noReshape),
            (1, 91, true, .notForFormat),
        ] {
            var block = try reshaping(delta, minor: minor)
            #expect(throws: refusal) {
                try SuperblockUpdate.revertReshape(cancels: cancels).apply(to: &block)
            }
        }
    }
}
