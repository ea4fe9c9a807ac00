import MDBytes
import MDFormats
import Testing

/// As mdadm 4.6 read logs that were written by hand into a member, in the lab.
@Suite struct BadBlockLogTests {
    private func log(_ words: [UInt64], shift: UInt8 = 0) -> [[UInt64]] {
        var bytes = [UInt8](repeating: 0xff, count: 512)
        for (index, word) in words.enumerated() { bytes[Field<UInt64>(at: index * 8)] = word }
        return BadBlockLog(reading: bytes, shift: shift).entries.map { [$0.start, $0.count] }
    }

    @Test func entriesEndAtTheFirstThatIsAllOnes() {
        #expect(log([1000 << 10 | 8, 4000 << 10 | 100, .max, 1 << 10 | 1]) == [[1000, 8], [4000, 100]])
        #expect(log([]).isEmpty)
        #expect(log([5 << 10, 0, 7 << 10 | 1]) == [[5, 0], [0, 0], [7, 1]])
    }

    @Test func shiftScalesPlaceAndLength() {
        #expect(log([1000 << 10 | 8, 4000 << 10 | 100], shift: 3) == [[8000, 64], [32000, 800]])
        #expect(log([1 << 10 | 1], shift: 255) == [[0, 0]])
    }

    @Test func largestEntryFits() {
        #expect(log([(UInt64.max >> 10) << 10 | 1022]) == [[UInt64.max >> 10, 1022]])
        #expect(log([1 << 10 | 1023]) == [[1, 1023]])
    }

    @Test(arguments: [(UInt16(8), Int32(16), true), (0, 16, false), (8, 0, false), (100, 8, true), (101, 8, false)])
    func logIsBelievedUpToItsLimit(size: UInt16, offset: Int32, isThere: Bool) {
        var block = SuperblockV1(roleCount: 128)
        block.badBlockSize = size
        block.badBlockOffset = offset
        #expect(block.hasBadBlockLog == isThere)
    }
}
