internal import MDBytes
internal import MDModel
package import MDOperations

/// `--explain --json`
package enum ExplainJSON {
    /// All operands that could be opened.
    package static func document(_ found: [ExplainFacts]) -> JSON {
        .document("explain", ["subjects": .list(found.map(json))])
    }

    private static func json(_ facts: ExplainFacts) -> JSON {
        let explanation = facts.explanation
        let users = facts.member?.users ?? []
        let content = facts.member?.content
        return .members([
            "device": .text(facts.path), "kind": .text(facts.subject.rawValue),
            "array": .text(facts.array?.path), "verdict": .text(explanation.verdict.word),
            "text": .text(ExplainWords.verdict(explanation.verdict, users: users, content: content)),
            "missing_slots": .list(explanation.verdict.slots.map { .number($0) }),
            "users": .words(users), "content": .text(content),
            "members": .list((facts.array?.rows ?? []).map(json)),
            "advice": .list(explanation.advice.map { json($0, array: facts.array?.path ?? facts.path) }),
        ])
    }

    private static func json(_ row: Explanation.Row) -> JSON {
        .members([
            "device": .text(row.path), "slot": .number(row.slot), "role": .text(row.role.rawValue),
            "included": .flag(row.isIncluded), "state": .words(row.state), "events": .count(row.events),
            "updated": .count(row.updateTime), "events_behind": .count(row.behind?.events),
            "seconds_behind": .count(row.behind?.seconds), "users": .words(row.users),
        ])
    }

    private static func json(_ advice: Explanation.Advice, array: String) -> JSON {
        let (commands, cost) = ExplainWords.advice(advice, array: array)
        return .members([
            "commands": .words(commands), "loses_data": .flag(advice.losesData),
            "overwrites": .text(advice.overwritten), "text": .text(cost),
        ])
    }
}

extension Explanation.Advice {
    /// Whether data of the array goes.
    fileprivate var losesData: Bool {
        switch self {
        case .assembleByForce: true
        default: false
        }
    }

    /// The device whose contents go.
    fileprivate var overwritten: String? {
        switch self {
        case .add(let device): device
        case .addNew: "NEW-DEVICE"
        default: nil
        }
    }
}

extension Explanation.Verdict {
    /// Its name in the schema.
    fileprivate var word: String {
        switch self {
        case .ok: "ok"
        case .syncing: "syncing"
        case .readOnly(let isAutomatic): isAutomatic ? "auto-read-only" : "read-only"
        case .rebuilding: "rebuilding"
        case .degraded: "degraded"
        case .failed: "failed"
        case .startsWhole: "starts-whole"
        case .startsDegraded: "starts-degraded"
        case .startsWithLoss: "starts-with-loss"
        case .startsUnclean: "starts-unclean"
        case .reshapeStopped: "reshape-stopped"
        case .cannotStart: "cannot-start"
        case .unknown: "unknown"
        case .member: "member"
        case .rebuildingMember: "rebuilding-member"
        case .spare: "spare"
        case .journal: "journal"
        case .faulty: "faulty"
        case .left: "left"
        case .waits: "waits"
        case .inUse: "in-use"
        case .foreign: "foreign"
        case .blank: "blank"
        }
    }

    fileprivate var slots: [Int] {
        switch self {
        case .rebuilding(let slots, _), .degraded(let slots), .failed(let slots), .startsDegraded(let slots),
            .startsUnclean(let slots), .cannotStart(let slots):
            slots
        default: []
        }
    }
}
