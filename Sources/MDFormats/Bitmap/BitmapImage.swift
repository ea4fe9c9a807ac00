extension BitmapSuperblock {
    /// One node's bitmap as it is first written: this header, then every bit set or none, in whole 4 KiB.
    ///
    /// An ordinary bitmap and the first node's start with all bits set, up to the end of the area.
    package func area(bytes: UInt64, allSet: Bool) -> [UInt8] {
        let count = max(Int(clamping: bytes), Self.byteCount)
        return image + [UInt8](repeating: allSet ? 0xff : 0, count: count - Self.byteCount)
    }
}
