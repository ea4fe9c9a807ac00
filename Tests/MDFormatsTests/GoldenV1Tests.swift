import MDBytes
import MDFormats
import Testing

/// Bytes written by mdadm 4.6-3 and kernel 6.12 for a two-disk raid1 with an internal bitmap, after
/// it was stopped in the middle of its first resync; the expectations are what `mdadm -E` printed.
@Suite struct GoldenV1Tests {
    private static let superblockHex = """
        fc 4e 2b a9 01 00 00 00 01 00 00 00 00 00 00 00
        55 32 22 b3 50 94 17 49 7a b1 80 e3 64 f9 a9 b4
        6e 6f 64 65 31 3a 30 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        5a 43 05 6b 00 00 00 00 01 00 00 00 00 00 00 00
        00 38 06 00 00 00 00 00 00 00 00 00 02 00 00 00
        08 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 08 00 00 00 00 00 00 00 38 06 00 00 00 00 00
        08 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 ff 9f b5 9a fb 27 8e 94
        ce e4 69 81 93 9d 5e 19 00 00 08 00 10 00 00 00
        5b 43 05 6b 00 00 00 00 07 00 00 00 00 00 00 00
        80 27 02 00 00 00 00 00 60 db 52 43 80 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 01 00 ff ff ff ff ff ff ff ff ff ff ff ff
        ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
        ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
        ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
        ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
        ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
        ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
        ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
        ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
        ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
        ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
        ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
        ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
        ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
        ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
        ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
        """

    private static let bitmapHex = """
        62 69 74 6d 04 00 00 00 55 32 22 b3 50 94 17 49
        7a b1 80 e3 64 f9 a9 b4 07 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 38 06 00 00 00 00 00
        00 00 00 00 00 00 00 04 05 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        """

    private func bytes(_ hex: String) -> [UInt8] {
        hex.split(whereSeparator: { $0 == " " || $0 == "\n" }).compactMap { UInt8($0, radix: 16) }
    }

    /// The area on disk is 4 KiB; the part beyond the written sector plays no role.
    private func area() -> [UInt8] {
        let written = bytes(Self.superblockHex)
        return written + [UInt8](repeating: 0, count: SuperblockV1.areaBytes - written.count)
    }

    @Test func superblockReadsAsMdadmPrintsIt() throws {
        let block = try #require(try SuperblockV1(reading: area(), at: Sectors(8)))
        #expect(block.isChecksumCorrect)
        #expect(block.checksum == 0x4352_db60)
        #expect(block.arrayUUID.colonText == "553222b3:50941749:7ab180e3:64f9a9b4")
        #expect(block.deviceUUID.colonText == "ff9fb59a:fb278e94:cee46981:939d5e19")
        #expect(block.name.escapedText == "node1:0")
        #expect(block.level == 1)
        #expect(block.raidDisks == 2)
        #expect(block.dataSize == Sectors(407_552))
        #expect(block.dataOffset == Sectors(2048))
        #expect(block.bitmapOffset == 8)
        #expect(block.badBlockOffset == 16)
        #expect(block.events == 7)
        #expect(!block.isClean)
        #expect(block.ownRole == .active(0))
    }

    @Test func sealingAndWritingGiveMdadmsBytesBack() throws {
        var block = try #require(try SuperblockV1(reading: area(), at: Sectors(8)))
        block.seal()
        #expect(block.writtenBytes == bytes(Self.superblockHex))
    }

    @Test func bitmapHeader() throws {
        let header = try #require(BitmapSuperblock(reading: bytes(Self.bitmapHex)))
        #expect(header.hasMagic)
        #expect(header.version == 4)
        #expect(header.uuid.colonText == "553222b3:50941749:7ab180e3:64f9a9b4")
        #expect(header.events == 7)
        #expect(header.chunk == 64 << 20)
        #expect(header.daemonSleep == 5)
        #expect(header.bitCount == 4)
    }
}
