internal import MDBytes
package import MDFormats
internal import MDModel

/// What a superblock says although no array can be so: it was damaged or made up.
package enum Impossibility: Hashable, Sendable {
    /// The number of no level of native metadata.
    case level(Int32)
    /// A raid10 layout that keeps no copy of anything.
    case raid10Layout(UInt32)
    /// More devices than the role table of any superblock has room for.
    case raidDisks(UInt32, limit: UInt32)
    /// The name holds control characters: they would end a line or command a terminal.
    case controlsInName
    /// The name, taken for a path as udev's links are, leads out of its directory.
    case pathInName
}

extension Impossibility {
    /// What no metadata can say of an array's shape; `limit` is how many devices it has room for.
    fileprivate static func inShape(
        level number: Int32, layout: UInt32, raidDisks: UInt32, limit: UInt32
    ) -> [Impossibility] {
        var found: [Impossibility] = []
        let level = Level(rawValue: number)
        if level.name == nil || level == .container { found.append(.level(number)) }
        if level == .raid10, Raid10Layout(rawValue: Int32(bitPattern: layout)).copies == 0 {
            found.append(.raid10Layout(layout))
        }
        if raidDisks > limit { found.append(.raidDisks(raidDisks, limit: limit)) }
        return found
    }
}

extension SuperblockV0 {
    /// Everything in it that cannot be; empty for any array that ran.
    package var impossibilities: [Impossibility] {
        Impossibility.inShape(level: level, layout: layout, raidDisks: raidDisks, limit: UInt32(Self.diskLimit))
    }
}

extension SuperblockV1 {
    /// Everything in it that cannot be; empty for any array that ran.
    package var impossibilities: [Impossibility] {
        var found = Impossibility.inShape(
            level: level, layout: layout, raidDisks: raidDisks, limit: Self.roleLimit)
        if name.contains(where: { $0 < 0x20 || $0 == 0x7f }) { found.append(.controlsInName) }
        let parts = name.split { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ":") }
        if parts.contains(where: { $0.elementsEqual("..".utf8) }) { found.append(.pathInName) }
        return found
    }
}
