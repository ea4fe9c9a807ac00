internal import MDCluster

/// What is going to be tried in a history, and what is in its way. Drawn from the seed before it begins.
struct HistoryPlan: Sendable {
    /// Something an administrator does, at a moment in microseconds.
    struct Work: Sendable {
        var time: Int
        var host: Int
        var kind: Kind
    }

    enum Kind: Hashable, Sendable {
        case join, leave(isDirty: Bool), crash
        case add(Int)
        case update(ClusterHost.Update)
        case resync(SectorSpan, windows: Int)
        /// For a disk of the plan, or, below zero, for none.
        case look(Int)
    }

    var hosts: Int
    var slots: Int
    var work: [Work] = []
    var disks: [NewDisk] = []
    /// At which effects, counted over all hosts, who runs one crashes or stops.
    var crashes: [Int] = []
    var pauses: [Int] = []
    /// Of 1000 ways to or from a master: how many take seconds; of 1000 value blocks: how many are not valid.
    var lateShare = 0
    var invalidShare = 0
    /// Of 100 recoveries that fail, and good adds that are called off.
    var badRecoveries = 0
    var cancelShare = 0
    var hasFutureKinds = false
    var quorumLoss: Range<Int>?
    /// At which effect the quorum is lost for most of a minute.
    var quorumLossEffect: Int?
    /// Fencing of a dead node takes minutes, in which no lock of it is free.
    var hasSlowFencing = false
    /// Which grant, counted over all hosts, is not heard. Somebody kills that process in the end.
    var lostGrant: Int?

    /// Many hosts are rare, because they are slow.
    private static let sizes = [1, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 5]

    init(_ random: inout SeededGenerator) {
        hosts = Self.sizes.randomElement(using: &random) ?? 2
        let size = Int.random(in: 0..<200, using: &random)
        if size == 0 { hosts = Int.random(in: 9...16, using: &random) }
        if 1..<4 ~= size { hosts = Int.random(in: 6...8, using: &random) }
        slots = hosts
        if hosts > 1, Int.random(in: 0..<12, using: &random) == 0 { slots = hosts - 1 }
        if Int.random(in: 0..<8, using: &random) == 0 { slots = hosts + 1 }
        for host in 0..<hosts {
            work.append(Work(time: Int.random(in: 0...30_000, using: &random), host: host, kind: .join))
        }
        for _ in 0..<Int.random(in: 1...7, using: &random) { addWork(&random) }
        addAntagonists(&random)
    }

    /// In some histories another node wants to resync in the same moment.
    mutating func addRivals(_ random: inout SeededGenerator) {
        for item in work where Int.random(in: 0..<4, using: &random) == 0 {
            guard case .resync = item.kind else { continue }
            work.append(Work(time: item.time + 5, host: (item.host + 1) % hosts, kind: item.kind))
        }
    }

    /// In some histories somebody looks before, after or while others act.
    mutating func addLooks(_ random: inout SeededGenerator) {
        guard Int.random(in: 0..<3, using: &random) == 0 else { return }
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let time = Int.random(in: 20_000...700_000, using: &random) + hosts * 40_000
            let place = Int.random(in: -1..<disks.count, using: &random)
            work.append(Work(time: time, host: Int.random(in: 0..<hosts, using: &random), kind: .look(place)))
        }
    }

    /// Whether nothing makes anybody late.
    var isPunctual: Bool {
        crashes.isEmpty && pauses.isEmpty && lateShare == 0 && invalidShare == 0 && quorumLoss == nil
            && lostGrant == nil && quorumLossEffect == nil && !work.contains { $0.kind == .crash }
    }

    /// How long locks take.
    var timing: SimulatedLockspace.Timing {
        var timing = SimulatedLockspace.Timing()
        // Stragglers are a matter of course; who takes seconds makes others run into their limits.
        timing.lateShare = max(lateShare, 10)
        timing.lateDelay = lateShare > 0 ? 5_000...25_000_000 : 5_000...200_000
        if hasSlowFencing { timing.recovery = 60_000_000...400_000_000 }
        return timing
    }

    /// Three hosts, one thing to do, one blow.
    init(_ scenario: HistoryScenario, _ blow: HistoryBlow?) {
        hosts = 3
        slots = 4
        for host in 0..<hosts { work.append(Work(time: host * 10, host: host, kind: .join)) }
        let sights: [Sight] = scenario == .refusedAdd ? [.good, .good, .notFound] : [.good, .good, .good]
        func plan(_ kind: Kind, host: Int = 0) { work.append(Work(time: 2_000_000, host: host, kind: kind)) }
        switch scenario {
        case .join: break
        case .add, .refusedAdd, .twoAdds:
            for host in 0..<(scenario == .twoAdds ? 2 : 1) {
                disks.append(NewDisk(tag: UInt8(3 + host), number: 0, sights: sights))
                plan(.add(host), host: host)
            }
        case .update: plan(.update(.remove(number: 1)))
        case .resync: plan(.resync(SectorSpan(100, 200), windows: 1))
        case .leaveDirty: plan(.leave(isDirty: true))
        case .look:
            disks.append(NewDisk(tag: 3, number: 0, sights: [.good, .notFound, .tooSmall]))
            plan(.look(0))
        }
        switch blow {
        case .crash(let place)?: crashes = [place]
        case .pause(let place)?: pauses = [place]
        case .quorumLoss(let place)?: quorumLossEffect = place
        case .lostGrant(let place)?: lostGrant = place
        case nil: break
        }
    }

    private mutating func addWork(_ random: inout SeededGenerator) {
        let isSoon = Int.random(in: 0..<3, using: &random) > 0
        let time = Int.random(in: 20_000...(isSoon ? 400_000 : 4_000_000), using: &random) + hosts * 40_000
        let host = Int.random(in: 0..<hosts, using: &random)
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<7: addDisk(time, host, &random)
        case 7..<9: work.append(Work(time: time, host: host, kind: .update(.touch)))
        case 9:
            let number = Int.random(in: 0..<3, using: &random)
            work.append(Work(time: time, host: host, kind: .update(.remove(number: number))))
        case 10:
            let sectors = UInt64.random(in: 1000...3000, using: &random)
            work.append(Work(time: time, host: host, kind: .update(.capacity(sectors))))
        case 11..<15:
            let low = UInt64.random(in: 0..<10, using: &random) * 100
            let kind = Kind.resync(SectorSpan(low, low + 100), windows: Int.random(in: 0...2, using: &random))
            work.append(Work(time: time, host: host, kind: kind))
        case 15..<17: work.append(Work(time: time, host: host, kind: .leave(isDirty: Bool.random(using: &random))))
        case 17: work.append(Work(time: time, host: host, kind: .crash))
        default: work.append(Work(time: time, host: host, kind: .join))
        }
    }

    private mutating func addDisk(_ time: Int, _ host: Int, _ random: inout SeededGenerator) {
        var sights = [Sight](repeating: .good, count: hosts)
        if Int.random(in: 0..<3, using: &random) == 0 {
            sights[Int.random(in: 0..<hosts, using: &random)] = Sight.allCases.randomElement(using: &random) ?? .never
        }
        disks.append(NewDisk(tag: UInt8(3 + disks.count), number: 0, sights: sights))
        work.append(Work(time: time, host: host, kind: .add(disks.count - 1)))
        // Another node wants one, too, in the same moment.
        guard Int.random(in: 0..<5, using: &random) == 0 else { return }
        disks.append(NewDisk(tag: UInt8(3 + disks.count), number: 0, sights: sights.map { _ in .good }))
        work.append(Work(time: time + 10, host: (host + 1) % hosts, kind: .add(disks.count - 1)))
    }

    private mutating func addAntagonists(_ random: inout SeededGenerator) {
        func chance(_ share: Int, _ random: inout SeededGenerator) -> Bool {
            Int.random(in: 0..<100, using: &random) < share
        }
        // Effects of a history of this size: about.
        let length = 150 + 260 * hosts
        if chance(50, &random) { crashes.append(Int.random(in: 1...length, using: &random)) }
        if chance(15, &random) { crashes.append(Int.random(in: 1...length, using: &random)) }
        if chance(20, &random) { pauses.append(Int.random(in: 1...length, using: &random)) }
        if chance(10, &random) { lateShare = 3 }
        if chance(15, &random) { invalidShare = 60 }
        if chance(10, &random) { badRecoveries = 30 }
        if chance(30, &random) { cancelShare = 20 }
        hasFutureKinds = chance(30, &random)
        if chance(8, &random) {
            let start = Int.random(in: 10_000...500_000, using: &random)
            quorumLoss = start..<start + ([200_000, 50_000_000].randomElement(using: &random) ?? 1)
        }
        hasSlowFencing = chance(5, &random)
        if chance(6, &random) { lostGrant = Int.random(in: 1...length / 2, using: &random) }
    }
}
