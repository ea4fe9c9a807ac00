internal import MDBytes
internal import MDFormats
internal import MDKernel

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
