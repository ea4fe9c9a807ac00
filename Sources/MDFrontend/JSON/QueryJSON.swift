internal import MDBytes
internal import MDKernel
internal import MDModel
package import MDOperations

/// `--query --json`
package enum QueryJSON {
    /// All devices that could be opened, in the order of the command line.
    package static func document(_ found: [(path: String, facts: QueryFacts)]) -> JSON {
        .document("query", ["devices": .list(found.map { json($0.path, $0.facts) })])
    }

    private static func json(_ path: String, _ facts: QueryFacts) -> JSON {
        .members([
            "device": .text(path), "is_array": .flag(facts.array != .notAnArray), "array": json(facts.array),
            "member": facts.member.map(json) ?? .null,
        ])
    }

    private static func json(_ array: QueryFacts.ArrayAnswer) -> JSON {
        guard case .active(let info, let size, let spares) = array else { return .null }
        return .members([
            "level": .text(Level(rawValue: info.level).name), "size": .count(size.rawValue),
            "raid_devices": .number(Int(info.raidDisks)), "spares": .number(spares),
        ])
    }

    private static func json(_ member: QueryFacts.MemberAnswer) -> JSON {
        .members([
            "number": .count(UInt64(member.number)), "level": .text(Level(rawValue: member.level).name),
            "raid_devices": .count(UInt64(UInt32(bitPattern: member.raidDisks))),
            "activity": .text("\(member.activity)"), "array": .text(member.arrayPath),
        ])
    }
}
