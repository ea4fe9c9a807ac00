package import MDBytes

/// What is known of an array before its members are: a device belongs to it where nothing contradicts.
package struct ArrayIdentity: Hashable, Sendable {
    package var uuid: UUID?
    package var name: String?
    package var superMinor: Int?
    package var level: Level?
    package var raidDisks: Int?
    /// `devices=`: glob patterns, one of which a member's path must match.
    package var patterns: [String] = []
    /// The format and its place, where `-e` or the configuration fixes it.
    package var version: MemberSuperblock.Choice?

    package init() {}

    /// The identity that an ARRAY line states.
    package init(_ line: Configuration.ArrayLine) {
        uuid = line.uuid
        superMinor = line.superMinor
        level = line.level
        raidDisks = line.raidDisks
        patterns = line.devices
        version = line.metadata.flatMap { MemberSuperblock.Choice(named: $0) }
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
    package func mismatch(of superblock: MemberSuperblock, homeHost: HomeHost) -> Mismatch? {
        if let uuid, superblock.printedUUID != uuid { return .uuid }
        if let name, !Self.name(superblock.knownName, matches: name, homeHost: homeHost) { return .name }
        if let superMinor, superblock.superMinor != superMinor { return .superMinor }
        if let level, superblock.level != level { return .level }
        if let raidDisks, superblock.raidDisks != raidDisks { return .raidDisks }
        return nil
    }

    /// Whether a stored name is `wanted`: whole, or behind its first colon where one of the host part and the home
    /// host is `any`, both are the same, or it is of no matter.
    private static func name(_ stored: [UInt8], matches wanted: String, homeHost: HomeHost) -> Bool {
        if stored == Array(wanted.utf8) { return true }
        guard let colon = stored.firstIndex(of: UInt8(ascii: ":")),
            Array(stored[(colon + 1)...]) == Array(wanted.utf8)
        else { return false }
        let host = Array(stored[..<colon])
        return !homeHost.isRequired || host == Array("any".utf8)
            || homeHost.name.map { $0 == "any" || Array($0.utf8) == host } ?? false
    }

    private static func path(_ path: String, matches pattern: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let wanted = pattern.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == wanted.count && zip(wanted, parts).allSatisfy { Glob($0).matches($1) }
    }
}
