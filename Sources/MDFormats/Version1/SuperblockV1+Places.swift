package import MDBytes

/// What a superblock says of places relative to its own.
extension SuperblockV1 {
    /// Where the bitmap begins; nil without one or where that would lie before the device.
    package var bitmapPlace: Sectors? { features.contains(.bitmap) ? place(at: bitmapOffset) : nil }

    /// The sector that lies `offset` sectors behind the superblock; nil where that is before the device.
    package func place(at offset: Int32) -> Sectors? {
        if offset >= 0 { return superOffset.adding(Sectors(UInt64(offset))) }
        return superOffset.subtracting(Sectors(UInt64(offset.magnitude)))
    }
}
