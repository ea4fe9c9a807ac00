package import MDBytes
package import MDFormats

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

    /// Whatever a native array can be asked for by.
    static let natives: [SoughtFormat] =
        SuperblockV1.MinorVersion.allCases.map { .minor($0) } + [.version1, .version0(.host), .version0(.foreign)]

    /// The descriptor of `-e` as typed; nil means that none was given.
    package init(descriptor: String?) {
        guard let descriptor else {
            self = .any
            return
        }
        let parts = descriptor.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.map { Int($0) }
        switch numbers {
        case [1]: self = .version1
        case [1, 0]: self = .minor(.atEnd)
        case [1, 1]: self = .minor(.atStart)
        case [1, 2]: self = .minor(.fourKiBIn)
        case [0], [0, 90], [0, 91]: self = .version0(.host)
        default:
            self =
                switch descriptor {
                case "default": .minor(.fourKiBIn)
                case "mbr": .mbr
                case "0.swap", "0.9": .version0(.foreign)
                case "": .version0(.host)
                default: .unsupported(descriptor)
                }
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
    case noPartitionTable
    /// The device ends before a partition table would.
    case partitionTableUnreadable
    /// The format asked for is one that this release cannot read.
    case unsupportedFormat(String)
}

extension Member {
    /// The superblock that `format` asks for.
    func superblock(as format: SoughtFormat) -> Superblock? {
        format == .any ? newest : MetadataSearch(of: self, for: format).newest
    }
}

/// What a device holds of a format.
struct MetadataSearch {
    /// In the order of their places, which for version 1 is that of the minor versions.
    private(set) var found: [Member.Superblock] = []
    /// Why the other places hold none.
    private(set) var misses: [MetadataMiss] = []

    /// Looks through what was read already. `.any` and `.mbr` are not looked for in this way: nothing is found.
    init(of member: Member, for format: SoughtFormat) {
        switch format {
        case .any, .mbr: break
        case .unsupported(let descriptor): misses = [.unsupportedFormat(descriptor)]
        case .version0(let order): lookAtVersion0(member, order)
        case .version1: look(at: member.findings, member)
        case .minor(let version): look(at: member.findings.filter { $0.version == version }, member)
        }
    }

    /// The one created last, the first among equals.
    var newest: Member.Superblock? {
        found.reduce(nil) { best, next in (best?.creationStamp ?? 0) < next.creationStamp ? next : best ?? next }
    }

    private mutating func look(at findings: [Member.Finding], _ member: Member) {
        for finding in findings {
            switch finding.answer {
            case .superblock(let superblock): found.append(.version1(superblock))
            case .other(let word): misses.append(.magic(word))
            case .rejected(let reason): misses.append(.rejected(reason))
            case .tooSmall: misses = [.deviceTooSmall(member.size)]
            }
        }
    }

    /// What lies at the place of 0.90, in the byte order that was asked for.
    private mutating func lookAtVersion0(_ member: Member, _ order: SuperblockV0.ByteOrder) {
        guard let block = member.version0Block else {
            return misses = [.deviceTooSmallForVersion0(member.byteSize)]
        }
        guard let superblock = SuperblockV0(reading: block, order: order) else {
            return misses = [.magic(SuperblockV0.magic(of: block, order: order))]
        }
        guard superblock.majorVersion == 0 else {
            return misses = [.rejected(.unsupportedMajor(superblock.majorVersion))]
        }
        found = [.version0(superblock)]
    }
}
