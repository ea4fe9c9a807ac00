internal import MDBytes
internal import MDFormats
internal import MDModel
package import MDOperations

/// `--examine --brief` and `--examine --scan`: one ARRAY line for the devices of an array.
package struct ExamineBrief {
    private let isVerbose: Bool
    private var arrays: [Group] = []
    /// Where among them those of a uuid are.
    private var places: [UUID: [Int]] = [:]

    package init(verbose: Bool) { isVerbose = verbose }

    private struct Group {
        let superblock: Member.Superblock
        var paths: [String]
        var spares: Int
    }

    /// Counts a device in.
    package mutating func add(path: String, _ superblock: Member.Superblock) {
        let spare = superblock.isSpare ? 1 : 0
        let alike = places[superblock.arrayUUID] ?? []
        if let index = alike.first(where: { arrays[$0].superblock.isSameArray(as: superblock) }) {
            arrays[index].paths.append(path)
            arrays[index].spares += spare
        } else {
            places[superblock.arrayUUID] = alike + [arrays.count]
            arrays.append(Group(superblock: superblock, paths: [path], spares: spare))
        }
    }

    /// The lines of all arrays, the one found last first.
    package var text: String { arrays.reversed().map(text(of:)).joined() }

    /// The same for programs, always with the devices.
    var json: JSON {
        .document("scan", ["arrays": .list(arrays.reversed().map(json(of:)))])
    }

    private func json(of group: Group) -> JSON {
        let members: KeyValuePairs<String, JSON> = [
            "spares": .number(group.spares), "devices": .words(group.paths),
        ]
        let identity =
            switch group.superblock {
            case .version0(let superblock): superblock.json
            case .version1(let superblock): superblock.json
            }
        return .object(identity + members.map { JSON.Member(name: $0.key, value: $0.value) })
    }

    private func text(of group: Group) -> String {
        let line =
            switch group.superblock {
            case .version0(let superblock): superblock.line(isVerbose: isVerbose)
            case .version1(let superblock): superblock.line(isVerbose: isVerbose)
            }
        let spares = group.spares > 0 ? "   spares=\(group.spares)" : ""
        let paths = group.paths.map(ExportWords.path).joined(separator: ",")
        let devices = isVerbose ? "   devices=" + paths : ""
        return spares.isEmpty && devices.isEmpty ? line : "\(line)\(spares)\(devices)\n"
    }
}

extension Member.Superblock {
    /// Whether the device holds no slot of its own: a journal, a faulty one and a replacement count, too.
    fileprivate var isSpare: Bool {
        switch self {
        case .version0(let superblock): return !superblock.ownDisk.state.contains(.sync)
        case .version1(let superblock):
            guard case .active = superblock.ownRole else { return true }
            return superblock.features.contains(.replacement)
        }
    }

    fileprivate var arrayUUID: UUID {
        switch self {
        case .version0(let superblock): superblock.arrayUUID
        case .version1(let superblock): superblock.arrayUUID
        }
    }

    fileprivate func isSameArray(as other: Self) -> Bool {
        switch (self, other) {
        case (.version0(let left), .version0(let right)): left.describesSameArray(as: right)
        case (.version1(let left), .version1(let right)): left.describesSameArray(as: right)
        default: false
        }
    }
}

extension SuperblockV0 {
    /// The uuid as mdadm prints it.
    var uuidText: String { uuidWords.map { $0.hex(width: 8) }.joined(separator: ":") }

    fileprivate var json: [JSON.Member] {
        JSON.Member.identity(
            node: "/dev/md\(Int32(bitPattern: preferredMinor))", name: [], uuid: uuidText,
            metadata: "0.\(minorVersion)", level: level, raidDisks: raidDisks)
    }

    fileprivate func line(isVerbose: Bool) -> String {
        var line = "ARRAY /dev/md\(Int32(bitPattern: preferredMinor))"
        if isVerbose {
            line += " level=\(Level(rawValue: level).words) num-devices=\(Int32(bitPattern: raidDisks))"
        }
        return line + " UUID=\(uuidText)\n"
    }
}

extension SuperblockV1 {
    fileprivate var json: [JSON.Member] {
        let last = name.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false).last
        let node = name.isEmpty ? nil : last.map { "/dev/md/\(ExportWords.nodeName(Array($0)))" }
        return JSON.Member.identity(
            node: node, name: name, uuid: arrayUUID.colonText, metadata: "1.\(minorVersion.rawValue)",
            level: level, raidDisks: raidDisks)
    }

    fileprivate func line(isVerbose: Bool) -> String {
        let parts = name.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        var line = "ARRAY "
        if let last = parts.last, !name.isEmpty {
            line += "/dev/md/\(ExportWords.nodeName(Array(last))) "
        }
        if isVerbose, let level = Level(rawValue: level).name { line += " level=\(level)" }
        line += " metadata=1.\(minorVersion.rawValue) "
        if isVerbose { line += "num-devices=\(Int32(bitPattern: raidDisks)) " }
        return line + "UUID=\(arrayUUID.colonText)\n"
    }
}

extension JSON.Member {
    /// What an ARRAY line says of an array.
    fileprivate static func identity(
        node: String?, name: [UInt8], uuid: String, metadata: String, level: Int32, raidDisks: UInt32
    ) -> [JSON.Member] {
        let members: KeyValuePairs<String, JSON> = [
            "device": .text(node), "name": .text(bytes: name), "uuid": .text(uuid), "metadata": .text(metadata),
            "level": .text(Level(rawValue: level).name), "raid_devices": .count(UInt64(raidDisks)),
        ]
        return members.map { JSON.Member(name: $0.key, value: $0.value) }
    }
}
