internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

/// A run of a member that holds metadata, and what it is.
struct MetadataArea: Hashable, Sendable {
    let offset: ByteCount
    let count: Int
    let content: WrittenContent
}

/// The superblock points to a place that the device does not have.
struct AreaOutside: Error {}

extension Member {
    /// The most that a bitmap of 128 nodes takes.
    private static var mostBytes: UInt64 { 256 << 20 }

    /// Where the metadata lies that belongs to `superblock`: itself, its bitmap with those of all nodes, and its
    /// bad-block log where that is in use.
    func metadataAreas<K: Kernel>(
        of superblock: Superblock, kernel: K
    ) throws(AreaOutside) -> [MetadataArea] {
        switch superblock {
        case .version0:
            // All that 0.90 keeps free: the superblock and, behind it, the bitmap.
            guard let place = SuperblockV0.location(onDeviceOf: size) else { throw AreaOutside() }
            return [MetadataArea(offset: place.bytes, count: SuperblockV0.reservedBytes, content: .superblock)]
        case .version1(let superblock):
            let place = Int64(clamping: superblock.superOffset.rawValue)
            var areas = [try area(at: place, SuperblockV1.areaBytes, .superblock)]
            if superblock.features.contains(.bitmap) { areas.append(try bitmapArea(of: superblock, kernel: kernel)) }
            if superblock.features.contains(.badBlocks), superblock.hasBadBlockLog {
                let log = place + Int64(superblock.badBlockOffset)
                areas.append(try area(at: log, Int(superblock.badBlockSize) * 512, .badBlockLog))
            }
            return areas
        }
    }

    private func bitmapArea<K: Kernel>(of superblock: SuperblockV1, kernel: K) throws(AreaOutside) -> MetadataArea {
        guard let header = (try? bitmapHeader(of: superblock, kernel: kernel)) ?? nil else { throw AreaOutside() }
        let place = Int64(clamping: superblock.superOffset.rawValue) + Int64(superblock.bitmapOffset)
        let bits = min(header.bitCount ?? 0, Self.mostBytes * 8)
        var bytes = ((bits + 7) / 8 + UInt64(BitmapSuperblock.byteCount) + 511) / 512 * 512
        if header.version == 5, header.nodes > 1 {
            bytes = BitmapSuperblock.areaBytes(bits: bits) * UInt64(min(header.nodes, 1024))
        }
        return try area(at: place, Int(min(bytes, Self.mostBytes)), .bitmap)
    }

    private func area(at sector: Int64, _ count: Int, _ content: WrittenContent) throws(AreaOutside) -> MetadataArea {
        guard sector >= 0, UInt64(sector) < size.rawValue,
            UInt64(count) <= (size.rawValue - UInt64(sector)) * 512
        else { throw AreaOutside() }
        return MetadataArea(offset: Sectors(UInt64(sector)).bytes, count: count, content: content)
    }
}
