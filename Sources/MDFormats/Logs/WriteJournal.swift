package import MDBytes

/// The first block of an empty write journal (raid5 cache), which lies where another member's data would begin.
///
/// Source: struct r5l_meta_block of the kernel's `raid5-cache.c`.
package enum WriteJournal {
    private static let blockBytes = 4096
    /// R5LOG_MAGIC
    private static let magicNumber: UInt32 = 0x6433_c509
    private static let magic = Field<UInt32>(at: 0)
    private static let checksum = Field<UInt32>(at: 4)
    private static let version = Field<UInt8>(at: 8)
    private static let metaSize = Field<UInt32>(at: 12)
    private static let sequence = Field<UInt64>(at: 16)
    /// The block's own header: there is no payload yet.
    private static let headerBytes: UInt32 = 32

    /// The block for a journal of the array with this uuid. `first` is where its sequence numbers begin: any number
    /// will do that an older journal on the device is not likely to have reached.
    package static func emptyBlock(of array: UUID, first: UInt32) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: blockBytes)
        block[magic] = magicNumber
        block[version] = 1
        block[metaSize] = headerBytes
        block[sequence] = UInt64(first)
        block[checksum] = CRC32C.sum(block, seed: CRC32C.sum(array.bytes))
        return block
    }
}
