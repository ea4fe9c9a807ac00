internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

/// A run of a member that holds metadata, and what it is.
struct MetadataArea: Hashable, Sendable {
    let extent: Extent
    let content: WrittenContent

    /// Throws where there is no such run on the device.
    init(_ extent: Extent?, _ content: WrittenContent) throws(AreaOutside) {
        guard let extent else { throw AreaOutside() }
        self.extent = extent
        self.content = content
    }
}

extension Extent {
    /// The same in runs of at most `limit` bytes.
    func pieces(ofAtMost limit: Int) -> [Extent] {
        stride(from: 0, to: count, by: limit).map { start in
            Extent(offset: ByteCount(offset.rawValue + UInt64(start)), count: min(limit, count - start))
        }
    }
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
            let place = SuperblockV0.location(onDeviceOf: size)
            return [try MetadataArea(place.flatMap { extent(at: $0, count: SuperblockV0.reservedBytes) }, .superblock)]
        case .version1(let superblock):
            let own = extent(at: superblock.superOffset, count: SuperblockV1.areaBytes)
            var areas = [try MetadataArea(own, .superblock)]
            if superblock.features.contains(.bitmap) {
                areas.append(try MetadataArea(bitmap(of: superblock, kernel: kernel), .bitmap))
            }
            if superblock.features.contains(.badBlocks), superblock.hasBadBlockLog {
                areas.append(try MetadataArea(badBlockLog(of: superblock), .badBlockLog))
            }
            return areas
        }
    }

    /// The writes that make a copy of this member's metadata on `target`, in the order of `metadataAreas`.
    func copying<K: Kernel>(_ superblock: Superblock, to target: String, kernel: K) throws -> [PlannedStep] {
        try metadataAreas(of: superblock, kernel: kernel).map { area in
            try copy(area.extent, area.content, to: target, kernel: kernel)
        }
    }

    /// The write that makes a copy of one run.
    func copy<K: Kernel>(
        _ extent: Extent, _ content: WrittenContent, to target: String, kernel: K
    ) throws -> PlannedStep {
        let bytes = try bytes(of: extent, kernel: kernel)
        return PlannedStep(
            .write(DeviceWrite(device: target, offset: extent.offset, bytes: bytes, content: content)))
    }

    private func bitmap<K: Kernel>(of superblock: SuperblockV1, kernel: K) -> Extent? {
        guard let place = superblock.bitmapPlace,
            let header = (try? bitmapHeader(of: superblock, kernel: kernel)) ?? nil
        else { return nil }
        let bits = min(header.bitCount ?? 0, Self.mostBytes * 8)
        var bytes = ((bits + 7) / 8 + UInt64(BitmapSuperblock.byteCount) + 511) / 512 * 512
        if header.version == 5, header.nodes > 1 {
            bytes = BitmapSuperblock.areaBytes(bits: bits) * UInt64(min(header.nodes, 1024))
        }
        return extent(at: place, count: Int(min(bytes, Self.mostBytes)))
    }
}
