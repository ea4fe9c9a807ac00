internal import MDBytes
internal import MDFormats
internal import MDModel
package import MDOperations

/// `--examine-bitmap --json`
package enum BitmapJSON {
    /// All bitmaps that were found.
    package static func document(_ found: [(path: String, facts: BitmapFacts)]) -> JSON {
        .document("bitmap", ["devices": .list(found.map { json($0.path, $0.facts) })])
    }

    private static func json(_ path: String, _ facts: BitmapFacts) -> JSON {
        let header = facts.header
        let uuid = facts.isVersion0 ? header.uuid.swappingWords : header.uuid
        return .members([
            "device": .text(path), "magic_correct": .flag(header.hasMagic),
            "version": .count(UInt64(header.version)), "uuid": .text(uuid.colonText),
            "chunk": .count(UInt64(header.chunk)), "flush_period": .count(UInt64(header.daemonSleep)),
            "write_behind": .count(UInt64(header.writeBehind)), "covered": .bytes(header.syncSize),
            "cluster": facts.isClustered
                ? .members(["name": .text(bytes: header.clusterName), "nodes": .count(UInt64(header.nodes))]) : .null,
            "unreadable_node": .number(facts.unreadableNode),
            "bitmaps": .list(facts.parts.enumerated().map { json($0, $1, isClustered: facts.isClustered) }),
        ])
    }

    private static func json(_ node: Int, _ part: BitmapFacts.Part, isClustered: Bool) -> JSON {
        let state =
            switch part.header.state {
            case 0: "ok"
            case 2: "out-of-date"
            default: "unknown"
            }
        return .members([
            "slot": isClustered ? .number(node) : .null, "state": .text(state),
            "events": .count(part.header.events), "events_cleared": .count(part.header.eventsCleared),
            "bits": .count(part.bits?.total), "dirty": .count(part.bits?.dirty),
            "truncated": part.bits.map { .flag($0.isShort) } ?? .null,
        ])
    }
}

/// `--examine-badblocks --json`
package enum BadBlockJSON {
    /// All devices with metadata that can have a log.
    package static func document(_ found: [(path: String, answer: BadBlockAnswer)]) -> JSON {
        .document("badblocks", ["devices": .list(found.map { json($0.path, $0.answer) })])
    }

    private static func json(_ path: String, _ answer: BadBlockAnswer) -> JSON {
        let blocks: [JSON] =
            if case .log(let log) = answer {
                log.entries.map { entry in
                    .members([
                        "start": .bytes(Sectors(entry.start)), "length": .bytes(Sectors(entry.count)),
                    ])
                }
            } else { [] }
        return .members([
            "device": .text(path), "has_log": .flag(answer != .unconfigured), "blocks": .list(blocks),
        ])
    }
}
