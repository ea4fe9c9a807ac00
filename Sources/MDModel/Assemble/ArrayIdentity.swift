package import MDBytes
package import MDFormats

/// What is known of an array before its members are: a device belongs to it where nothing contradicts.
package struct ArrayIdentity: Hashable, Sendable {
    package var uuid: UUID?
    package var name: String?
    package var superMinor: Int?
    package var level: Level?
    package var raidDisks: Int?
    /// `devices=`: glob patterns, one of which a member's path must match.
    package var patterns: [String] = []
    /// The place of the superblock, where `-e` or the configuration fixes it.
    package var version: SuperblockV1.MinorVersion?

    package init() {}

    /// The identity that an ARRAY line states.
    package init(_ line: Configuration.ArrayLine) {
        uuid = line.uuid
        superMinor = line.superMinor
        level = line.level
        raidDisks = line.raidDisks
        patterns = line.devices
        version = line.metadata.flatMap(Self.version(named:))
    }

    /// The place that a metadata descriptor fixes; nil for those that leave the choice open.
    package static func version(named descriptor: String) -> SuperblockV1.MinorVersion? {
        switch descriptor {
        case "1.0", "1.00": .atEnd
        case "1.1", "1.01": .atStart
        case "1.2", "1.02", "default": .fourKiBIn
        default: nil
        }
    }

    /// Whether any of the filters that let a foreign operand be passed over is set.
    package var hasFilter: Bool { uuid != nil || name != nil || superMinor != nil }

    /// Whether devices can be told apart at all.
    package var isKnown: Bool { hasFilter || !patterns.isEmpty }

    /// The first thing about a device that contradicts.
    package enum Mismatch: Hashable, Sendable {
        case notListed(patterns: [String])
        case uuid, name, superMinor, level, raidDisks
    }

    /// Whether `devices=` shuts out a path.
    package func shutsOut(path: String) -> Bool {
        !patterns.isEmpty && !patterns.contains { Self.path(path, matches: $0) }
    }

    /// What contradicts in a superblock; nil where nothing does.
    package func mismatch(of superblock: SuperblockV1, homeHost: HomeHost) -> Mismatch? {
        if let uuid, superblock.arrayUUID != uuid { return .uuid }
        if let name, !Self.name(superblock.name, matches: name, homeHost: homeHost) { return .name }
        // Version 1 records no minor, so none can match.
        if superMinor != nil { return .superMinor }
        if let level, superblock.level != level.rawValue { return .level }
        if let raidDisks, Int(superblock.raidDisks) != raidDisks { return .raidDisks }
        return nil
    }

    /// Whether a stored name is `wanted`: whole, or behind its first colon where the host part is `any`,
    /// the home host, or of no matter.
    private static func name(_ stored: [UInt8], matches wanted: String, homeHost: HomeHost) -> Bool {
        if stored == Array(wanted.utf8) { return true }
        guard let colon = stored.firstIndex(of: UInt8(ascii: ":")),
            Array(stored[(colon + 1)...]) == Array(wanted.utf8)
        else { return false }
        let host = Array(stored[..<colon])
        return !homeHost.isRequired || host == Array("any".utf8)
            || homeHost.name.map { Array($0.utf8) == host } ?? false
    }

    private static func path(_ path: String, matches pattern: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let wanted = pattern.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == wanted.count && zip(wanted, parts).allSatisfy { Glob($0).matches($1) }
    }
}

extension SuperblockV1 {
    /// Whether the array belongs to a host: its name begins with the host and a colon, or with `any:`.
    package func isLocal(to homeHost: HomeHost) -> Bool {
        guard let colon = name.firstIndex(of: UInt8(ascii: ":")) else { return false }
        let host = Array(name[..<colon])
        return host == Array("any".utf8) || homeHost.name.map { Array($0.utf8) == host } ?? false
    }

    /// Whether `other` describes the same array: the fields that no member may differ in.
    package func describesSameArray(as other: SuperblockV1) -> Bool {
        arrayUUID == other.arrayUUID && creationStamp == other.creationStamp && level == other.level
            && layout == other.layout && size == other.size && chunk == other.chunk
            && raidDisks == other.raidDisks
    }
}
