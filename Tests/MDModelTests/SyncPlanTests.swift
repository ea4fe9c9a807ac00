import MDBytes
import MDModel
import Testing

/// What sysfs and /proc/mdstat say, what it means, and what is done about it. The facts are those of kernel 6.12, as the
/// lab showed them.
@Suite struct SyncPlanTests {
    /// Facts of a mirror of 129024 sectors, changed by words `name=value`; `table=` is the line of /proc/mdstat.
    static func facts(_ changes: String) -> SyncFacts {
        var facts = SyncFacts()
        facts.arrayState = "clean"
        facts.level = "raid1"
        facts.action = "idle"
        facts.raidDisks = 2
        facts.componentSize = Sectors(129024)
        facts.arraySize = Sectors(129024)
        for change in changes.split(separator: " ") {
            let parts = change.split(separator: "=", maxSplits: 1).map(String.init)
            apply(parts[0], parts.count > 1 ? parts[1] : "", to: &facts)
        }
        return facts
    }

    private static func apply(_ name: String, _ value: String, to facts: inout SyncFacts) {
        switch name {
        case "state": facts.arrayState = value
        case "level": facts.level = value
        case "action": facts.action = value == "absent" ? nil : value
        case "at": facts.completed = value.isEmpty ? "none" : "\(value) / 129024"
        case "delayed": facts.completed = "delayed"
        case "min": facts.minimum = UInt64(value) ?? 0
        case "max": facts.maximum = UInt64(value)
        case "speed": facts.speed = UInt64(value)
        case "last": facts.lastAction = value
        case "due": facts.resyncStart = UInt64(value)
        case "degraded": facts.degraded = Int(value) ?? 0
        case "disks": facts.raidDisks = Int(value) ?? 0
        case "reshaping": facts.isReshaping = true
        case "shared": facts.isShared = true
        case "rebuilding": facts.members.append(.init(state: "spare", slot: "1", recoveryStart: value))
        case "spare": facts.members.append(.init(state: "spare", slot: "none", recoveryStart: "0"))
        case "faulty": facts.members.append(.init(state: "faulty", slot: "none", recoveryStart: "24576"))
        case "table": facts.table = Mdstat("md0 : active raid1 sda[0]\n      \(value)\n").entry(named: "md0")
        default: Issue.record("\(name)")
        }
    }

    // swift-format-ignore
    static let states: [(facts: String, standing: SyncState.Standing, kind: SyncState.Kind?, done: UInt64?)] = [
        ("",                                                        .idle,               nil,      nil),
        ("action=resync at=24576 speed=2229 table=resync=25.1%",    .running,            .resync,  24576),
        ("action=repair at=8192 table=resync=6.3%",                 .running,            .repair,  8192),
        ("action=recover at=90000 max=90000 rebuilding=90000 table=recovery=68.5%", .held, .recover, 90000),
        ("action=recover at=129024 max=129024 rebuilding=128",      .running,            .recover, 129024),
        // A member failed: recover is said and not done.
        ("action=recover at=8128 degraded=1 faulty min=24576 last=check table=recovery=6.3%", .stopped, .check, 24576),
        ("action=frozen due=57600 last=resync table=resync=PENDING", .paused,            .resync,  57600),
        ("action=frozen rebuilding=38144 degraded=1 last=recover",  .paused,             .recover, 38144),
        ("action=frozen min=49152 last=check",                      .paused,             .check,   49152),
        ("action=frozen min=49152 last=recover",                    .idle,               nil,      nil),
        ("action=frozen last=check",                                .paused,             .check,   0),
        ("last=check",                                              .idle,               nil,      nil),
        ("action=frozen",                                           .idle,               nil,      nil),
        ("min=81920 last=check",                                    .stopped,            .check,   81920),
        ("state=read-auto due=34048 table=resync=PENDING",          .waiting("PENDING"), .resync,  34048),
        ("action=resync delayed table=resync=DELAYED",              .waiting("DELAYED"), .resync,  nil),
        // Three nodes: one resyncs, two wait for its lock; a check shows as REMOTE only.
        ("shared action=resync at=0 due=0 table=resync=PENDING",    .remote,             .resync,  nil),
        ("shared action=recover at=0 rebuilding=12544 table=recover=REMOTE", .remote,    .recover, nil),
        ("shared table=resync=REMOTE",                              .remote,             .resync,  nil),
        ("shared action=frozen rebuilding=9 table=recover=REMOTE",  .remote,             .recover, nil),
        ("action=reshape at=11264 table=reshape=14.4%",             .running,            .reshape, 11264),
        ("action=frozen reshaping",                                 .paused,             .reshape, nil),
        ("level=raid0 action=absent",                               .idle,               nil,      nil),
        ("action=resync at=99999999999999999999",                   .running,            .resync,  nil),
        ("action=nonsense",                                         .idle,               nil,      nil),
    ]

    @Test(arguments: states.indices)
    func factsMeanSomething(_ index: Int) {
        let row = Self.states[index]
        let state = SyncState(Self.facts(row.facts))
        #expect(state.standing == row.standing && state.kind == row.kind, "\(row.facts): \(state.standing)")
        #expect(state.done?.rawValue == row.done, "\(row.facts)")
    }

    private static let freeze = [SyncPlan.Write("sync_action", "frozen")]
    private static let idle = [SyncPlan.Write("sync_action", "idle")]
    private static let check = [SyncPlan.Write("sync_action", "check")]

    // swift-format-ignore
    static let plans: [(verb: SyncVerb, facts: String, plan: SyncPlan)] = [
        (.start,  "",                                        .nothing(.inSync)),
        (.start,  "action=resync at=8",                      .nothing(.runs(.resync))),
        (.start,  "action=check at=8",                       .refuse(.busy(.check))),
        (.start,  "state=read-auto due=34048",               .act([.init("sync_action", "resync")], .started(.resync))),
        (.start,  "action=frozen due=8",                     .refuse(.paused(.resync))),
        (.start,  "degraded=1",                              .refuse(.noSpare(missing: 1, of: 2))),
        (.start,  "degraded=1 faulty",                       .refuse(.noSpare(missing: 1, of: 2))),
        (.start,  "degraded=1 spare",                        .act([.init("sync_action", "recover")], .started(.recover))),
        (.start,  "level=raid0 action=absent",               .refuse(.noRedundancy(level: "raid0"))),
        (.start,  "state=inactive action=absent",            .refuse(.inactive)),
        (.start,  "state=readonly due=8",                    .refuse(.readOnly)),
        (.start,  "shared action=resync at=0 table=resync=PENDING", .nothing(.runsElsewhere(.resync))),
        (.check,  "",                                        .act(check, .started(.check))),
        (.repair, "",                                        .act([.init("sync_action", "repair")], .started(.repair))),
        (.check,  "min=8 max=64 last=check",
            .act([.init("sync_min", "0"), .init("sync_max", "max")] + check, .started(.check))),
        (.check,  "action=check at=8",                       .nothing(.runs(.check))),
        (.check,  "action=resync at=8",                      .refuse(.busy(.resync))),
        (.check,  "action=frozen min=8 last=check",          .refuse(.paused(.check))),
        (.check,  "state=read-auto due=8",                   .refuse(.resyncFirst(.resync))),
        (.check,  "degraded=1",                              .refuse(.nothingToCompare(degraded: 1))),
        (.check,  "degraded=1 disks=3",                      .act(check, .started(.check))),
        (.check,  "degraded=1 level=raid6 disks=5",          .act(check, .started(.check))),
        (.check,  "degraded=2 level=raid6 disks=5",          .refuse(.nothingToCompare(degraded: 2))),
        (.check,  "shared table=resync=REMOTE",              .refuse(.elsewhere(.resync))),
        (.pause,  "",                                        .nothing(.nothingRuns)),
        (.pause,  "action=recover at=8 rebuilding=8",        .act(freeze, .paused(.recover))),
        (.pause,  "action=check at=8",                       .act(freeze, .paused(.check))),
        (.pause,  "state=read-auto due=8",                   .act(freeze, .paused(.resync))),
        (.pause,  "action=frozen due=8",                     .nothing(.isPaused(.resync))),
        (.pause,  "action=reshape at=8",                     .refuse(.reshape)),
        // A node that waits for another one's sync would hang in the write.
        (.pause,  "shared action=resync at=0 due=0 table=resync=PENDING", .refuse(.elsewhere(.resync))),
        (.pause,  "shared action=frozen due=0 table=resync=REMOTE", .nothing(.standsBack(.resync))),
        (.pause,  "shared table=resync=REMOTE",              .refuse(.elsewhere(.resync))),
        (.resume, "",                                        .nothing(.notPaused)),
        (.resume, "action=resync at=8",                      .nothing(.notPaused)),
        (.resume, "action=frozen due=8",                     .act(idle, .resumed(.resync))),
        (.resume, "action=frozen rebuilding=8",              .act(idle, .resumed(.recover))),
        (.resume, "action=frozen min=8 last=check",          .act(check, .resumed(.check))),
        (.resume, "min=8 last=check",                        .act(check, .resumed(.check))),
        (.resume, "action=frozen",                           .act(idle, .thawed)),
        (.resume, "shared action=frozen due=8 table=resync=REMOTE", .act(idle, .thawed)),
        (.resume, "action=check at=64 max=64",               .act([.init("sync_max", "max")], .resumed(.check))),
        (.resume, "action=frozen reshaping",                 .refuse(.reshape)),
        (.cancel, "",                                        .nothing(.nothingRuns)),
        (.cancel, "action=check at=8",                       .act(idle + [.init("sync_min", "0")], .cancelled(.check))),
        (.cancel, "action=frozen min=8 last=repair",         .act(idle + [.init("sync_min", "0")], .cancelled(.repair))),
        (.cancel, "min=8 last=check",                        .act([.init("sync_min", "0")], .cancelled(.check))),
        (.cancel, "action=resync at=8",                      .refuse(.needed(.resync))),
        (.cancel, "action=frozen rebuilding=8",              .refuse(.needed(.recover))),
        (.cancel, "action=frozen",                           .act(idle, .thawed)),
        (.cancel, "shared table=resync=REMOTE",              .refuse(.elsewhere(.resync))),
    ]

    @Test(arguments: plans.indices)
    func verbsAreCarriedOut(_ index: Int) {
        let row = Self.plans[index]
        #expect(SyncPlan(row.verb, SyncState(Self.facts(row.facts))) == row.plan, "\(row.verb): \(row.facts)")
    }

    // swift-format-ignore
    static let ends: [(before: String, now: String?, end: SyncEnd)] = [
        ("action=resync at=8",            "",                          .done(.resync, mismatches: nil)),
        ("action=check at=8",             "last=check",                .done(.check, mismatches: 0)),
        ("action=check at=8",             "min=16 last=check",         .interrupted(.check, at: Sectors(16), .unknown)),
        ("action=check at=8",             "action=frozen min=16 last=check", .interrupted(.check, at: Sectors(16), .paused)),
        ("action=check at=8",             "min=16 last=check degraded=1", .interrupted(.check, at: Sectors(16), .memberFailed)),
        ("action=resync at=8 due=8",      "action=frozen due=16",      .interrupted(.resync, at: Sectors(16), .paused)),
        ("action=recover at=8 rebuilding=8 degraded=1", "",            .done(.recover, mismatches: nil)),
        ("action=recover at=8 rebuilding=8 degraded=1", "degraded=1 faulty",        .interrupted(.recover, at: Sectors(8), .memberFailed)),
        ("action=resync at=8 due=8",      "state=readonly due=8",      .interrupted(.resync, at: Sectors(8), .readOnly)),
        ("action=resync at=8 due=8",      nil,                         .interrupted(.resync, at: Sectors(8), .arrayStopped)),
        ("action=resync at=8 due=8",      "state=inactive action=absent", .interrupted(.resync, at: Sectors(8), .arrayStopped)),
        ("shared table=resync=REMOTE",    "shared",                    .done(.resync, mismatches: nil)),
    ]

    @Test(arguments: ends.indices)
    func anEndHasACause(_ index: Int) {
        let row = Self.ends[index]
        let end = SyncEnd(SyncState(Self.facts(row.before)), now: row.now.map { SyncState(Self.facts($0)) })
        #expect(end == row.end, "\(row.before) -> \(row.now ?? "gone"): \(end)")
    }

    /// Interrupted early, a check leaves nothing behind but a line in the kernel's log.
    @Test func theLogTellsOfAnEarlyEnd() {
        let before = SyncState(Self.facts("action=check at=0"))
        func end(_ log: String...) -> SyncEnd {
            SyncEnd(before, now: SyncState(Self.facts("last=check")), log: log, array: "md9")
        }
        #expect(end("md: md9: check interrupted.") == .interrupted(.check, at: Sectors(0), .unknown))
        #expect(end("md: md9: check interrupted.", "md: md9: check done.") == .done(.check, mismatches: 0))
        #expect(end("md: md90: check interrupted.") == .done(.check, mismatches: 0))
        let failed = SyncState(Self.facts("last=check degraded=1 faulty"))
        #expect(SyncEnd(before, now: failed) == .interrupted(.check, at: Sectors(0), .memberFailed))
    }

    @Test func progressIsBounded() {
        let state = SyncState(Self.facts("action=resync at=64512 speed=1000"))
        #expect(state.thousandths == 500 && state.secondsLeft == 33)
        #expect(SyncState(Self.facts("action=resync at=64512 speed=0")).secondsLeft == nil)
        var facts = Self.facts("action=resync")
        facts.completed = "18446744073709551615 / 18446744073709551615"
        facts.speed = 1
        #expect(SyncState(facts).thousandths == 1000 && SyncState(facts).secondsLeft == 0)
        facts.completed = "9 / 4"
        #expect(SyncState(facts).done == Sectors(4))
        facts.completed = "0 / 0"
        #expect(SyncState(facts).thousandths == nil)
    }
}
