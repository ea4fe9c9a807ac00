package import MDBytes

/// Where an array's sync stands, seen from this node.
package struct SyncState: Hashable, Sendable {
    /// What is done, by the words of sync_action.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case resync, recover, check, repair, reshape

        /// Asked for by hand; the kernel does not begin it by itself.
        package var isByHand: Bool { self == .check || self == .repair }
    }

    /// How it is with that.
    package enum Standing: Hashable, Sendable {
        /// There is nothing to do.
        case idle
        case running
        /// It runs and stands still at sync_max.
        case held
        /// It is due and does not run, for the reason that /proc/mdstat gives: DELAYED or PENDING.
        case waiting(String)
        /// Another node does it.
        case remote
        /// It was interrupted, and nothing begins while the array is frozen.
        case paused
        /// It was interrupted, and the kernel remembers how far it was.
        case stopped
    }

    package var standing = Standing.idle
    /// nil where nothing is to be done.
    package var kind: Kind?
    /// Whether sync_action says `frozen`: no sync begins here.
    package var isFrozen = false
    /// How much is done; nil where that is not known.
    package var done: Sectors?
    /// How much there is.
    package var total: Sectors?
    /// KiB a second; nil where nothing runs here, or too short a time.
    package var speed: UInt64?
    package var facts: SyncFacts

    /// What the facts mean.
    package init(_ facts: SyncFacts) {
        self.facts = facts
        isFrozen = facts.action == "frozen"
        let waiting = facts.table?.action == nil ? nil : facts.table?.waiting
        let named = facts.runningKind
        if isElsewhere(waiting, named) {
            standing = .remote
            kind = named ?? facts.table?.action.flatMap { Kind(inTable: $0) }
        } else if let named {
            judge(named, waiting)
        } else if facts.action != nil, let left = left {
            kind = left
            standing = isFrozen ? .paused : left.isByHand ? .stopped : .waiting("PENDING")
            (done, total) = (remembered(left), facts.span(of: left))
        }
    }

    /// A shared array's node that waits for the lock `resync` says PENDING, or nothing at all but REMOTE.
    private func isElsewhere(_ waiting: String?, _ named: Kind?) -> Bool {
        waiting == "REMOTE" || (facts.isShared && waiting == "PENDING" && named != nil)
    }

    /// Something is in sync_action.
    private mutating func judge(_ named: Kind, _ waiting: String?) {
        kind = named
        let numbers = facts.completed.split(separator: " ").compactMap { UInt64($0) }
        if numbers.count == 2 {
            done = Sectors(min(numbers[0], numbers[1]))
            total = Sectors(numbers[1])
        } else {
            total = facts.span(of: named)
        }
        if let waiting {
            standing = .waiting(waiting)
        } else if facts.completed == "delayed" {
            standing = .waiting("DELAYED")
        } else if let limit = facts.maximum, let done, done.rawValue >= limit, done != total {
            standing = .held
        } else {
            standing = .running
            speed = facts.speed
        }
    }

    /// What is left to be done though nothing runs.
    private var left: Kind? {
        if facts.isReshaping { return .reshape }
        if facts.resyncStart != nil { return .resync }
        if facts.members.contains(where: \.isRebuilding) { return .recover }
        // The kernel keeps the place only after a sixteenth: a check that was paused before stands at nothing.
        let last = Kind(rawValue: facts.lastAction)
        return last?.isByHand == true && (facts.minimum > 0 || isFrozen) ? last : nil
    }

    private func remembered(_ kind: Kind) -> Sectors? {
        switch kind {
        case .resync: facts.resyncStart.map { Sectors($0) }
        case .recover: facts.members.filter(\.isRebuilding).compactMap(\.recoveryStart).min().map { Sectors($0) }
        case .check, .repair: Sectors(facts.minimum)
        case .reshape: nil
        }
    }
}

extension SyncState.Kind {
    /// A word of /proc/mdstat, where a repair is called resync.
    init?(inTable word: String) { self.init(rawValue: word == "recovery" ? "recover" : word) }
}

extension SyncState {
    /// Whether something runs or waits, here or on another node: there is something to follow.
    package var isUnderWay: Bool {
        switch standing {
        case .running, .held, .waiting, .remote: true
        case .idle, .paused, .stopped: false
        }
    }

    /// Thousandths that are done; nil where that is not known.
    package var thousandths: Int? {
        guard let done, let total else { return nil }
        return Self.thousandths(done.rawValue, of: total.rawValue)
    }

    /// How much `part` is of `whole`, rounded down; nil of nothing.
    package static func thousandths(_ part: UInt64, of whole: UInt64) -> Int? {
        guard whole > 0 else { return nil }
        // Not times thousand: a hostile size could leave 64 bits.
        return Int(min(1, Double(part) / Double(whole)) * 1000)
    }

    /// Seconds to the end at the present speed.
    package var secondsLeft: UInt64? {
        guard standing == .running, let speed, speed > 0, let total, let done else { return nil }
        return total.subtracting(done).map { ($0.kibibytes + speed - 1) / speed }
    }
}
