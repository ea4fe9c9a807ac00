internal import MDBytes
internal import MDFormats
internal import MDModel
package import MDOperations

/// `--examine --brief` and `--examine --scan`: one ARRAY line for the devices of an array.
package struct ExamineBrief {
    private let isVerbose: Bool
    private var arrays: [Group] = []

    package init(verbose: Bool) { isVerbose = verbose }

    private struct Group {
        let superblock: SuperblockV1
        var paths: [String]
        var spares: Int
    }

    /// Counts a device in.
    package mutating func add(path: String, _ facts: Version1Facts) {
        let spare = isSpare(facts.superblock) ? 1 : 0
        if let index = arrays.firstIndex(where: { Self.isSameArray($0.superblock, facts.superblock) }) {
            arrays[index].paths.append(path)
            arrays[index].spares += spare
        } else {
            arrays.append(Group(superblock: facts.superblock, paths: [path], spares: spare))
        }
    }

    /// The lines of all arrays, the one found last first.
    package var text: String { arrays.reversed().map(text(of:)).joined() }

    private static func isSameArray(_ left: SuperblockV1, _ right: SuperblockV1) -> Bool {
        left.arrayUUID == right.arrayUUID && left.creationStamp == right.creationStamp
            && left.level == right.level && left.layout == right.layout && left.size == right.size
            && left.chunk == right.chunk && left.raidDisks == right.raidDisks
    }

    /// Whether the device holds no slot of its own: a journal, a faulty one and a replacement count, too.
    private func isSpare(_ superblock: SuperblockV1) -> Bool {
        if case .active = superblock.ownRole { superblock.features.contains(.replacement) } else { true }
    }

    private func text(of group: Group) -> String {
        let superblock = group.superblock
        let name = superblock.name.split(
            separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        var line = "ARRAY "
        if let last = name.last, !superblock.name.isEmpty {
            line += "/dev/md/\(ExportWords.nodeName(Array(last))) "
        }
        if isVerbose, let level = Level(rawValue: superblock.level).name { line += " level=\(level)" }
        line += " metadata=1.\(superblock.minorVersion.rawValue) "
        if isVerbose { line += "num-devices=\(Int32(bitPattern: superblock.raidDisks)) " }
        line += "UUID=\(superblock.arrayUUID.colonText)\n"
        let spares = group.spares > 0 ? "   spares=\(group.spares)" : ""
        let paths = group.paths.map(ExportWords.path).joined(separator: ",")
        let devices = isVerbose ? "   devices=" + paths : ""
        return spares.isEmpty && devices.isEmpty ? line : "\(line)\(spares)\(devices)\n"
    }
}
