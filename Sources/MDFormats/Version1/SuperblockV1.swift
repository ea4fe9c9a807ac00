package import MDBytes

/// A version-1 superblock, held as the bytes it was read from.
///
/// Fields are windows onto the image, so bytes this release does not understand survive a
/// read-modify-write. Times are seconds since the epoch, sizes and offsets 512-byte sectors.
package struct SuperblockV1: Hashable, Sendable {
    package private(set) var image: [UInt8]

    /// The size of the area that a superblock occupies.
    package static let areaBytes = Layout.byteCount

    /// Reads the superblock that `block`, found `location` sectors into its device, claims to be.
    ///
    /// Nil means that the block is not ours; an error, that it is but cannot be used. A wrong
    /// checksum is no error here, as it is none to mdadm: ask `isChecksumCorrect`.
    package init?(reading block: [UInt8], at location: Sectors) throws(Rejection) {
        guard block.count >= Layout.byteCount else { return nil }
        guard block[Layout.magic] == Layout.magicNumber else { return nil }
        guard block[Layout.major] == 1 else { throw .unsupportedMajor(block[Layout.major]) }
        let claimed = Sectors(block[Layout.superOffset])
        guard claimed == location else { throw .misplaced(claims: claimed) }
        let roles = block[Layout.roleCount]
        guard roles <= Layout.roleLimit else { throw .tooManyRoles(roles) }
        image = Array(block.prefix(Layout.byteCount))
    }

    /// An empty superblock with room for `roleCount` roles; `roleCount` is cut to the format's limit. `rest` fills
    /// what lies behind the roles.
    package init(roleCount: Int, rest: UInt8 = 0xff) {
        image = [UInt8](repeating: 0, count: Layout.byteCount)
        image[Layout.magic] = Layout.magicNumber
        image[Layout.major] = 1
        let bounded = min(max(roleCount, 0), Int(Layout.roleLimit))
        image[Layout.roleCount] = UInt32(bounded)
        for index in Layout.roles..<Layout.byteCount {
            image[index] = index < Layout.roles + 2 * bounded ? 0xff : rest
        }
    }

    /// The first field that disqualifies a block, with the values that do so.
    package enum Rejection: Error, Hashable, Sendable {
        case unsupportedMajor(UInt32)
        case misplaced(claims: Sectors)
        case tooManyRoles(UInt32)
    }

    /// Makes the checksum agree with the image. Always the last edit before a write.
    package mutating func seal() {
        image[Layout.checksum] = computedChecksum
    }

    /// The sum of the little-endian words of header and roles with the checksum word as zero,
    /// folded once.
    package var computedChecksum: UInt32 {
        let end = Layout.roles + 2 * Int(image[Layout.roleCount])
        var sum: UInt64 = 0
        for word in stride(from: 0, to: end - end % 4, by: 4)
        where word != Layout.checksum.offset {
            sum += UInt64(image[Field<UInt32>(at: word)])
        }
        if end % 4 == 2 { sum += UInt64(image[Field<UInt16>(at: end - 2)]) }
        return UInt32(truncatingIfNeeded: (sum & 0xffff_ffff) + sum >> 32)
    }

    package var isChecksumCorrect: Bool { checksum == computedChecksum }

    /// The part of the image that is written: header and roles, rounded up to whole sectors.
    package var writtenBytes: [UInt8] {
        let end = Layout.roles + 2 * Int(image[Layout.roleCount])
        return Array(image.prefix((end + 511) / 512 * 512))
    }

    subscript<Value>(field: Field<Value>) -> Value {
        get { image[field] }
        set { image[field] = newValue }
    }

    subscript(field: BytesField) -> [UInt8] {
        get { image[field] }
        set { image[field] = newValue }
    }
}

extension SuperblockV1 {
    /// Where a minor version keeps its superblock.
    package enum MinorVersion: Int, CaseIterable, Hashable, Sendable {
        /// 1.0 near the end, 1.1 at the start, 1.2 four KiB from the start.
        case atEnd = 0, atStart = 1, fourKiBIn = 2

        /// The place on a device of `size`, or nil where it is too small to hold one.
        package func location(onDeviceOf size: Sectors) -> Sectors? {
            guard size.rawValue >= 24 else { return nil }
            return switch self {
            case .atEnd: Sectors((size.rawValue - 16) & ~7)
            case .atStart: Sectors.zero
            case .fourKiBIn: Sectors(8)
            }
        }
    }

    /// The minor version that the recorded place stands for.
    package var minorVersion: MinorVersion {
        superOffset.rawValue <= 4 ? .atStart : superOffset.rawValue <= 8 ? .fourKiBIn : .atEnd
    }

    /// MD_FEATURE_* bits.
    package struct Features: OptionSet, Hashable, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// MD_FEATURE_BITMAP_OFFSET
        package static let bitmap = Features(rawValue: 1)
        /// MD_FEATURE_RECOVERY_OFFSET
        package static let recoveryOffset = Features(rawValue: 2)
        /// MD_FEATURE_RESHAPE_ACTIVE
        package static let reshape = Features(rawValue: 4)
        /// MD_FEATURE_BAD_BLOCKS
        package static let badBlocks = Features(rawValue: 8)
        /// MD_FEATURE_REPLACEMENT
        package static let replacement = Features(rawValue: 16)
        /// MD_FEATURE_RESHAPE_BACKWARDS
        package static let reshapeBackwards = Features(rawValue: 32)
        /// MD_FEATURE_NEW_OFFSET
        package static let newOffset = Features(rawValue: 64)
        /// MD_FEATURE_RECOVERY_BITMAP
        package static let recoveryBitmap = Features(rawValue: 128)
        /// MD_FEATURE_CLUSTERED
        package static let clustered = Features(rawValue: 256)
        /// MD_FEATURE_JOURNAL
        package static let journal = Features(rawValue: 512)
        /// MD_FEATURE_PPL
        package static let ppl = Features(rawValue: 1024)
        /// MD_FEATURE_MULTIPLE_PPLS
        package static let multiplePPLs = Features(rawValue: 2048)
        /// MD_FEATURE_RAID0_LAYOUT
        package static let raid0Layout = Features(rawValue: 4096)
        /// A partial parity log of either kind.
        package var hasPPL: Bool { !isDisjoint(with: [.ppl, .multiplePPLs]) }
    }

    /// Bits of the device flags byte.
    package struct DeviceFlags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// WriteMostly1
        package static let writeMostly = DeviceFlags(rawValue: 1)
        /// FailFast1
        package static let failfast = DeviceFlags(rawValue: 2)
    }

    /// What one device number of the array is for.
    package enum Role: Hashable, Sendable {
        /// Holds this slot.
        case active(Int)
        /// 0xffff, MD_DISK_ROLE_SPARE
        case spare
        /// 0xfffe, MD_DISK_ROLE_FAULTY
        case faulty
        /// 0xfffd, MD_DISK_ROLE_JOURNAL
        case journal

        package init(rawValue: UInt16) {
            self = switch rawValue {
            case 0xffff: .spare
            case 0xfffe: .faulty
            case 0xfffd: .journal
            default: .active(Int(rawValue))
            }
        }

        package var rawValue: UInt16 {
            switch self {
            case .active(let slot): UInt16(truncatingIfNeeded: min(max(slot, 0), 0xff00))
            case .spare: 0xffff
            case .faulty: 0xfffe
            case .journal: 0xfffd
            }
        }
    }
}
