import MDBytes
import MDFormats
import Testing

@Suite struct SuperblockV1Tests {
    private func sample() -> SuperblockV1 {
        var block = SuperblockV1(roleCount: 128)
        block.arrayUUID = UUID(bytes: (0..<16).map { UInt8($0) })
        block.superOffset = Sectors(8)
        block.setRole(.active(0), of: 0)
        block.seal()
        return block
    }

    @Test func whatIsSealedReadsBack() throws {
        let block = sample()
        let read = try #require(try SuperblockV1(reading: block.image, at: Sectors(8)))
        #expect(read == block)
        #expect(read.isChecksumCorrect)
        #expect(read.minorVersion == .fourKiBIn)
        #expect(read.arrayUUID.colonText == "00010203:04050607:08090a0b:0c0d0e0f")
    }

    /// Every byte of header and roles is covered by the checksum.
    @Test func anyFlippedByteIsSeen() throws {
        let block = sample()
        for index in 0..<(256 + 2 * 128) where !(216..<220).contains(index) {
            var image = block.image
            image[index] ^= 0x40
            do {
                if let read = try SuperblockV1(reading: image, at: Sectors(8)) {
                    #expect(!read.isChecksumCorrect, "byte \(index)")
                }
            } catch {
                // A rejection is as good: magic, major, place and role count come first.
            }
        }
    }

    @Test func hostileRoleCountIsRefusedBeforeTheChecksum() {
        var image = sample().image
        image[220] = 0xff
        image[221] = 0xff
        #expect(throws: SuperblockV1.Rejection.tooManyRoles(65535)) {
            try SuperblockV1(reading: image, at: Sectors(8))
        }
    }

    @Test func blocksOfOthersAreNotOurs() throws {
        #expect(try SuperblockV1(reading: [UInt8](repeating: 0, count: 4096), at: .zero) == nil)
        #expect(try SuperblockV1(reading: [1, 2, 3], at: .zero) == nil)
    }

    @Test(arguments: [
        (SuperblockV1.MinorVersion.atEnd, UInt64(409_600), UInt64(409_584)),
        (.atEnd, 40_960, 40_944),
        (.atStart, 40_960, 0),
        (.fourKiBIn, 40_960, 8),
    ])
    func place(version: SuperblockV1.MinorVersion, size: UInt64, expected: UInt64) {
        #expect(version.location(onDeviceOf: Sectors(size)) == Sectors(expected))
    }

    @Test func rolesGrowByOne() {
        var block = SuperblockV1(roleCount: 2)
        let grown = block.setRole(.active(2), of: 4)
        #expect(grown)
        #expect(block.roleCount == 5)
        #expect(block.role(of: 3) == .spare)
        let refused = block.setRole(.spare, of: 1920)
        #expect(!refused)
    }

    @Test(arguments: [(UInt64(16), UInt64(4096)), (30_720, 4096), (30_721, 8192), (327_678, 45056)])
    func bitmapArea(bits: UInt64, bytes: UInt64) {
        #expect(BitmapSuperblock.areaBytes(bits: bits) == bytes)
    }
}
