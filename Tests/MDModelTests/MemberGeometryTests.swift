import MDBytes
import MDFormats
import MDModel
import Testing

/// Expectations were measured on arrays that mdadm 4.6 made; see sections 4.3 to 4.6 of the catalogue.
@Suite struct MemberGeometryTests {
    private static let mebi: UInt64 = 2048
    private static let gibi: UInt64 = 2 << 20

    /// Device size, data offset of level 1 and of level 5 with 512 KiB chunks, bad-block log.
    private static let placed: [(UInt64, UInt64, UInt64, Int32)] = [
        (20 * mebi, 2048, 4096, 16),
        (100 * mebi, 2048, 4096, 16),
        (200 * mebi, 2048, 4096, 16),
        (1 * gibi, 4096, 4096, 16),
        (5 * gibi, 10240, 10240, 16),
        (9 * gibi, 18432, 18432, 136),
        (50 * gibi, 67584, 67584, 136),
        (250 * gibi, 264192, 264192, 264),
        (2048 * gibi, 264192, 264192, 264),
        (20480 * gibi, 264192, 264192, 264),
    ]

    @Test(arguments: placed)
    func dataOffsetAndLog(size: UInt64, mirror: UInt64, parity: UInt64, log: Int32) throws {
        for version in [SuperblockV1.MinorVersion.atStart, .fourKiBIn] {
            let reserve = MemberGeometry.bitmapReserve(for: Sectors(size))
            let one = MemberGeometry.dataOffset(
                deviceSize: Sectors(size), chunk: .zero, reserve: reserve, version: version)
            let five = MemberGeometry.dataOffset(
                deviceSize: Sectors(size), chunk: Sectors(1024), reserve: reserve, version: version)
            #expect(one == Sectors(mirror))
            #expect(five == Sectors(parity))
            let usable = try #require(
                MemberGeometry.usable(deviceSize: Sectors(size), dataOffset: one, reserve: 8, version: version))
            #expect(usable == Sectors(size - mirror))
            let place = version == .atStart ? Sectors.zero : Sectors(8)
            let offset = MemberGeometry.badBlockOffset(
                reserve: MemberGeometry.bitmapReserve(for: usable), superblock: place, dataOffset: one, version: version)
            #expect(offset == log)
        }
    }

    @Test func levelsWithoutComponentSizeKeepTheLogClose() {
        let offset = MemberGeometry.badBlockOffset(
            reserve: MemberGeometry.bitmapReserve(for: .zero), superblock: Sectors(8), dataOffset: Sectors(4096), version: .fourKiBIn)
        #expect(offset == 8)
    }

    /// 1.0: device, usable.
    @Test(arguments: [(20 * mebi, 40928), (200 * mebi, 409_568)] as [(UInt64, UInt64)])
    func metadataAtTheEnd(size: UInt64, usable: UInt64) {
        let offset = MemberGeometry.dataOffset(
            deviceSize: Sectors(size), chunk: .zero, reserve: 8, version: .atEnd)
        #expect(offset == .zero)
        #expect(
            MemberGeometry.usable(deviceSize: Sectors(size), dataOffset: offset, reserve: 8, version: .atEnd)
                == Sectors(usable))
    }

    @Test func tooSmall() {
        let tiny = Sectors(20)
        #expect(MemberGeometry.usable(deviceSize: tiny, dataOffset: .zero, reserve: 8, version: .atEnd) == nil)
        let small = Sectors(1000)
        #expect(
            MemberGeometry.usable(deviceSize: small, dataOffset: Sectors(2048), reserve: 8, version: .fourKiBIn)
                == nil)
    }

    /// Size, bits, bytes of the area, offset before a 1.0 superblock.
    @Test(arguments: [
        (1 * gibi, 16, 4096, -16),
        (250 * gibi, 4000, 4096, -16),
        (2048 * gibi, 32768, 8192, -24),
        (20480 * gibi, 327_680, 45056, -96),
    ] as [(UInt64, UInt64, UInt64, Int32)])
    func bitmaps(size: UInt64, bits: UInt64, area: UInt64, before: Int32) throws {
        let front = try MemberGeometry.bitmapPlace(
            covered: Sectors(size), componentSize: Sectors(size), wishedChunk: nil, version: .fourKiBIn)
        #expect(front == MemberGeometry.BitmapPlace(offset: 8, chunk: 64 << 20, areaBytes: area, bits: bits))
        let end = try MemberGeometry.bitmapPlace(
            covered: Sectors(size), componentSize: Sectors(size), wishedChunk: nil, version: .atEnd)
        #expect(end.offset == before)
    }

    @Test func aChunkThatNeedsTooManyBitsIsRefused() throws {
        let size = Sectors(200 * Self.mebi)
        #expect(throws: MemberGeometry.BitmapFailure.chunkTooSmall) {
            try MemberGeometry.bitmapPlace(
                covered: size, componentSize: size, wishedChunk: 4096, version: .fourKiBIn)
        }
        let fitting = try MemberGeometry.bitmapPlace(
            covered: size, componentSize: size, wishedChunk: 1 << 20, version: .fourKiBIn)
        #expect(fitting.bits == 200)
    }
}
