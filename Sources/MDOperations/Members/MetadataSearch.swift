package import MDBytes
package import MDFormats
internal import MDModel

/// Which metadata a command looks for on a device.
package enum SoughtFormat: Hashable, Sendable {
    /// Whatever is there; the newest wins.
    case any
    /// `-e 1`: any minor version.
    case version1
    /// `-e 1.N`
    case minor(SuperblockV1.MinorVersion)
    /// `-e 0.90` in any of its spellings, and `-e 0.swap`.
    case version0(SuperblockV0.ByteOrder)
    /// `-e mbr`
    case mbr
    /// A descriptor of metadata that this release cannot read.
    case unsupported(String)

    /// The descriptor of `-e` as typed; nil means that none was given.
    package init(descriptor: String?) {
        guard let descriptor else {
            self = .any
            return
        }
        self =
            switch MetadataWord(descriptor) {
            case .version0(let order)?: .version0(order)
            case .version1(nil)?: .version1
            case .version1(let minor?)?: .minor(minor)
            case .partitionTable("mbr")?: .mbr
            case .partitionTable?, .external?, nil: .unsupported(descriptor)
            }
    }
}

extension SoughtFormat {
    /// How messages call what was asked for: `0.90`, `1.x`.
    package var familyName: String {
        switch self {
        case .any: "RAID"
        case .version0: "0.90"
        case .version1, .minor: "1.x"
        case .mbr: "mbr"
        case .unsupported(let descriptor): descriptor.escapedText
        }
    }
}

/// Why a place holds no superblock of the format that was looked for.
package enum MetadataMiss: Hashable, Sendable {
    /// Something else: the word where the magic would be.
    case magic(UInt32)
    case rejected(SuperblockV1.Rejection)
    case deviceTooSmall(Sectors)
    /// 0.90 measures in bytes what it calls sectors.
    case deviceTooSmallForVersion0(ByteCount)
    /// A superblock for more data than the device has room for.
    case dataBeyondEnd
    case noPartitionTable
    /// Partitions are there instead of a superblock.
    case partitionTable
    /// The device ends before a partition table would.
    case partitionTableUnreadable
    /// The format asked for is one that this release cannot read.
    case unsupportedFormat(String)
}

extension Member {
    /// The superblock that `format` asks for.
    func superblock(as format: SoughtFormat) -> Superblock? { MetadataSearch(of: self, for: format).newest }
}

/// What a device holds of a format.
struct MetadataSearch {
    /// The one created last, the first place among equals.
    private(set) var newest: Member.Superblock?
    /// Why the other places hold none; of `.any` only where nothing was found, and only what is damaged.
    private(set) var misses: [MetadataMiss] = []

    /// Looks through what was read already. `.mbr` is no superblock, so none is found.
    init(of member: Member, for format: SoughtFormat) {
        switch format {
        case .any:
            let newest = member.newest
            self.init(newest, newest == nil ? member.rejections.map { .rejected($0) } : [])
        case .mbr: self.init(nil, [])
        case .unsupported(let descriptor): self.init(nil, [.unsupportedFormat(descriptor)])
        case .version0(let order): self.init(version0Block: member.version0Block, member.byteSize, order)
        case .version1: self.init(among: member.findings, member.size)
        case .minor(let version): self.init(among: member.findings.filter { $0.version == version }, member.size)
        }
    }

    private init(_ newest: Member.Superblock?, _ misses: [MetadataMiss]) {
        self.newest = newest
        self.misses = misses
    }

    /// Looks at places of version 1 on a device of `size`.
    init(among findings: [Member.Finding], _ size: Sectors) {
        newest = Member.newest(among: findings).map { .version1($0) }
        for finding in findings {
            switch finding.answer {
            case .superblock: break
            case .other(let word): misses.append(.magic(word))
            case .rejected(let reason): misses.append(.rejected(reason))
            case .tooSmall: misses = [.deviceTooSmall(size)]
            }
        }
    }

    /// Looks at what lies at the place of 0.90, in the byte order that was asked for.
    init(version0Block: [UInt8]?, _ size: ByteCount, _ order: SuperblockV0.ByteOrder) {
        guard let version0Block else {
            misses = [.deviceTooSmallForVersion0(size)]
            return
        }
        guard let superblock = SuperblockV0(reading: version0Block, order: order) else {
            misses = [.magic(SuperblockV0.magic(of: version0Block, order: order))]
            return
        }
        if superblock.majorVersion == 0 {
            newest = .version0(superblock)
        } else {
            misses = [.rejected(.unsupportedMajor(superblock.majorVersion))]
        }
    }
}
