package import MDBytes
package import MDFormats

/// Where things lie on a member of a version-1 array that is being created. All numbers are sectors.
package enum MemberGeometry {
    /// The superblock's own area.
    static let superblockArea: UInt64 = 8
    /// The bad-block log: 512 entries.
    package static let badBlockLog: UInt64 = 8
    /// A lockless bitmap, whatever the array's size: the driver chooses chunks that fit.
    static let locklessBitmap: UInt64 = 256
    /// What a given bitmap chunk is not asked for may use at most.
    private static let bitmapCap: UInt64 = 256

    /// Sectors kept free for a bitmap of something this large.
    package static func bitmapReserve(for size: Sectors) -> UInt64 {
        let gibibyte: UInt64 = 2 << 20
        return switch size.rawValue {
        case ..<128: 0
        case (200 * gibibyte + 128)...: 256
        case (8 * gibibyte + 9)...: 128
        default: 8
        }
    }

    /// Where data begins on 1.1 and 1.2: behind superblock and bitmap, with room for a later reshape.
    ///
    /// `chunk` is zero for levels without one. `reserve` sectors are kept for what follows the superblock.
    package static func dataOffset(
        deviceSize: Sectors, chunk: Sectors, reserve: UInt64, version: SuperblockV1.MinorVersion
    ) -> Sectors {
        guard version != .atEnd else { return .zero }
        var headroom: UInt64 = 262_144
        while headroom * 1024 > deviceSize.rawValue,
            chunk == .zero || headroom / 2 >= 4 * chunk.kibibytes, headroom > 1
        {
            headroom /= 2
        }
        let least = 24 + reserve + headroom
        return Sectors((least + 2047) / 2048 * 2048)
    }

    /// The sectors a device offers for data; nil where it is too small for the metadata.
    ///
    /// 1.0 keeps `reserve` sectors for a bitmap.
    package static func usable(
        deviceSize: Sectors, dataOffset: Sectors, reserve: UInt64, version: SuperblockV1.MinorVersion
    ) -> Sectors? {
        guard version.location(onDeviceOf: deviceSize) != nil else { return nil }
        let isAtEnd = version == .atEnd
        let overhead = isAtEnd ? 16 + badBlockLog + reserve : dataOffset.rawValue
        let whole = isAtEnd ? deviceSize.rawValue & ~7 : deviceSize.rawValue
        guard whole > overhead else { return nil }
        return Sectors(whole - overhead)
    }

    /// The bad-block log's place, from the superblock: behind the bitmap or the `reserve` sectors for one.
    package static func badBlockOffset(
        reserve: UInt64, superblock: Sectors, dataOffset: Sectors, version: SuperblockV1.MinorVersion
    ) -> Int32 {
        guard version != .atEnd else { return -Int32(badBlockLog) }
        let offset = superblockArea + reserve
        let room = dataOffset.rawValue &- superblock.rawValue
        let wanted = offset + badBlockLog <= room ? offset : room &- badBlockLog
        return Int32(truncatingIfNeeded: wanted)
    }

    /// A bitmap's size and place.
    package struct BitmapPlace: Hashable, Sendable {
        /// Sectors from the superblock; negative before it.
        package var offset: Int32
        /// Bytes that a bit stands for.
        package var chunk: UInt64
        /// The bytes of one node's part, in whole 4 KiB.
        package var areaBytes: UInt64
        package var bits: UInt64

        package init(offset: Int32, chunk: UInt64, areaBytes: UInt64, bits: UInt64) {
            self.offset = offset
            self.chunk = chunk
            self.areaBytes = areaBytes
            self.bits = bits
        }
    }

    /// Why a bitmap has no place.
    package enum BitmapFailure: Error, Hashable, Sendable {
        /// The chunk asked for needs more bits than there is room for.
        case chunkTooSmall
        /// The bitmaps of that many nodes reach into the data.
        case tooManyNodes(most: UInt64)
    }

    /// Places a bitmap that covers `covered` sectors on an array with this component size.
    package static func bitmapPlace(
        covered: Sectors, componentSize: Sectors, wishedChunk: UInt64?, version: SuperblockV1.MinorVersion
    ) throws(BitmapFailure) -> BitmapPlace {
        var room = bitmapReserve(for: componentSize)
        if wishedChunk == nil { room = min(room, bitmapCap) }
        let chunk = try bitmapChunk(covered: covered, roomBytes: room * 512, wished: wishedChunk)
        let bits = bits(covered, chunk: chunk)
        let area = BitmapSuperblock.areaBytes(bits: bits)
        let behind = Int32(superblockArea)
        let before = -Int32(clamping: area / 512 + badBlockLog)
        return BitmapPlace(offset: version == .atEnd ? before : behind, chunk: chunk, areaBytes: area, bits: bits)
    }

    /// The bytes that a bit of a bitmap stands for, if the bitmap has so many bytes of room with its header.
    static func bitmapChunk(covered: Sectors, roomBytes: UInt64, wished: UInt64?) throws(BitmapFailure) -> UInt64 {
        let most = roomBytes.subtractingReportingOverflow(UInt64(BitmapSuperblock.byteCount))
        let capacity = most.overflow ? 0 : most.partialValue * 8
        var least: UInt64 = 4096
        while bits(covered, chunk: least) > capacity, least < 1 << 40 { least *= 2 }
        let chunk = wished ?? max(least, 64 << 20)
        guard chunk >= least, chunk <= UInt64(UInt32.max), chunk.nonzeroBitCount == 1 else {
            throw .chunkTooSmall
        }
        return chunk
    }

    private static func bits(_ covered: Sectors, chunk: UInt64) -> UInt64 {
        let unit = chunk / 512
        return covered.rawValue / unit + (covered.rawValue % unit > 0 ? 1 : 0)
    }
}
