package import MDBytes
package import MDFormats

/// The format of a new array's superblocks.
package enum CreateFormat: Hashable, Sendable {
    case version0
    case version1(SuperblockV1.MinorVersion)

    /// The format that a `-e` or CREATE descriptor names. Nil for one that cannot be created here.
    package init?(word: String?) {
        guard let word else {
            self = .version1(.fourKiBIn)
            return
        }
        switch MetadataWord(word) {
        case .version1(let minor)?: self = .version1(minor ?? .fourKiBIn)
        // What is written is this host's byte order, whatever the word says.
        case .version0?: self = .version0
        case .external?, .partitionTable?, nil: return nil
        }
    }

    /// Whether the superblock lies behind the data.
    package var isAtEnd: Bool { self == .version0 || self == .version1(.atEnd) }

    /// How the map of arrays and the kernel spell it.
    package var word: String {
        switch self {
        case .version0: "0.90"
        case .version1(let minor): "1.\(minor.rawValue)"
        }
    }

    /// Most disks that an array can have.
    package var diskLimit: Int { self == .version0 ? SuperblockV0.diskLimit : 1920 }

    /// The uuid of a new array: what was asked for, else `random` bytes. 0.90 keeps the host's name in its second
    /// half, and holds the words of a uuid as numbers.
    package func uuid(asked: UUID?, host: String?, random: [UInt8]) -> UUID {
        guard self == .version0 else { return asked ?? UUID(bytes: random) }
        if let asked {
            return UUID(bytes: (0..<4).flatMap { asked.bytes[4 * $0..<4 * $0 + 4].reversed() })
        }
        guard let host else { return UUID(bytes: random) }
        return UUID(bytes: Array(random.prefix(8)) + SHA1.digest(host.utf8).prefix(8))
    }

    /// Where the superblock lies on a device; nil where that is too small.
    package func location(onDeviceOf size: Sectors) -> Sectors? {
        switch self {
        case .version0: SuperblockV0.location(onDeviceOf: size)
        case .version1(let minor): minor.location(onDeviceOf: size)
        }
    }
}

extension CreateShape {
    /// Where data begins, unless the user says otherwise.
    package func dataOffset(deviceSize: Sectors) -> Sectors {
        guard case .version1(let minor) = format else { return .zero }
        return MemberGeometry.dataOffset(
            deviceSize: deviceSize, chunk: chunk, reserve: reserve(for: deviceSize), version: minor)
    }

    /// The sectors a device offers for data; nil where it is too small for the metadata.
    package func usable(deviceSize: Sectors, dataOffset: Sectors) -> Sectors? {
        switch format {
        case .version0: SuperblockV0.location(onDeviceOf: deviceSize)
        case .version1(let minor):
            MemberGeometry.usable(
                deviceSize: deviceSize, dataOffset: dataOffset, reserve: reserve(for: deviceSize), version: minor)
        }
    }
}
