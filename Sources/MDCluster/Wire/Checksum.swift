package import MDBytes
package import MDLocks

/// What seals the value blocks of one array: CRC-32C (Castagnoli), begun with the array's uuid, so that a
/// block of another array or of another program is not taken for ours.
package struct ClusterSeal: Hashable, Sendable {
    private let start: UInt32

    package init(array: UUID) {
        start = CRC32C.sum(array.bytes)
    }

    /// Where every record of ours has its checksum: the last four bytes.
    private static let place = Field<UInt32>(at: 28)

    /// The checksum that `block` should have, over all its bytes before the checksum.
    package func checksum(of block: ValueBlock) -> UInt32 {
        var sum = start
        for index in 0..<Self.place.offset { sum = CRC32C.step(sum, block[index]) }
        return ~sum
    }

    /// The block with its checksum set. Always the last edit.
    package func sealed(_ block: ValueBlock) -> ValueBlock {
        var block = block
        block[Self.place] = checksum(of: block)
        return block
    }

    /// Checks magic and checksum of a block that somebody else wrote.
    package func open(_ block: ValueBlock, magic: UInt8) throws(BlockDefect) {
        guard block != .zero else { throw .empty }
        guard block[0] == magic else { throw .otherVersion(block[0]) }
        let stored = block[Self.place]
        let computed = checksum(of: block)
        guard stored == computed else { throw .damaged(stored: stored, computed: computed) }
    }
}

/// Why a value block is no record of ours.
package enum BlockDefect: Error, Hashable, Sendable {
    /// Never written: all zero.
    case empty
    /// Another magic: of another version of this library, or foreign.
    case otherVersion(UInt8)
    case damaged(stored: UInt32, computed: UInt32)
    /// A field with a value that the protocol does not have.
    case senseless
}
