internal import MDBytes
package import MDFormats

extension SuperblockUpdate {
    /// Makes the change in a member's 0.90 superblock and seals it.
    package func apply(to superblock: inout SuperblockV0) throws(Refusal) {
        switch self {
        case .homeHost(let host): superblock.set(arrayUUID: Self.uuid(superblock.arrayUUID, of: host))
        case .uuid(let uuid): superblock.set(arrayUUID: uuid.swappingWords)
        case .resync:
            superblock.set(isClean: false)
            superblock.set(checkpoint: 0)
        case .superMinor(let minor): superblock.set(preferredMinor: UInt32(truncatingIfNeeded: minor))
        case .summaries: superblock.summarise()
        case .byteOrder: superblock.adoptHostOrder()
        case .noBitmap: superblock.state.remove(.bitmapPresent)
        case .sparc: superblock.mendSparc()
        case .revertReshape(let cancels): try Self.revert(&superblock, cancels: cancels)
        default: throw .notForFormat
        }
        superblock.seal()
    }

    /// A uuid with a host's hash as its second half.
    private static func uuid(_ uuid: UUID, of host: String?) -> UUID {
        UUID(bytes: uuid.bytes.prefix(8) + SuperblockV0.hash(ofHost: host ?? ""))
    }
}
