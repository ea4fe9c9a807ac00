internal import MDBytes
internal import MDFormats
internal import MDKernel

/// What a superblock says of places relative to its own.
extension SuperblockV1 {
    /// Where the bitmap begins; nil without one or where that would lie before the device.
    var bitmapPlace: Sectors? { features.contains(.bitmap) ? place(at: bitmapOffset) : nil }

    /// The sector that lies `offset` sectors behind the superblock; nil where that is before the device.
    func place(at offset: Int32) -> Sectors? {
        if offset >= 0 { return superOffset.adding(Sectors(UInt64(offset))) }
        return superOffset.subtracting(Sectors(UInt64(offset.magnitude)))
    }
}

extension Member {
    /// The bytes of the bad-block log that `superblock` points to; nil where they are not on the device.
    func badBlockLog(of superblock: SuperblockV1) -> Extent? {
        guard let place = superblock.place(at: superblock.badBlockOffset) else { return nil }
        return extent(at: place, count: Int(superblock.badBlockSize) * 512)
    }

    /// A run of bytes; nil where it is not all on the device.
    func extent(at place: Sectors, count: Int) -> Extent? {
        guard place < size, UInt64(count) <= (size.rawValue - place.rawValue) * 512 else { return nil }
        return Extent(offset: place.bytes, count: count)
    }
}
