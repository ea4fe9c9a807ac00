import MDSimulator
import Testing

/// Three nodes do one thing, and whoever is about to carry out its Nth effect is hit: every N, one history each; every
/// second or third N, from a random one on, where a blow is slow to play.
/// Names in brackets are those of the checklist in cluster-facts.md, section 8.
@Suite struct BlowTests {
    /// The sender dies before the token, with it, while it writes, while it waits, with `ack`, and later, as a process
    /// and as a node [S1 S2 S3 S4 S5 S6 S7 T1 A14 B1 B3 M13]; a receiver at every step of its own [R1 R2 R3 R4 R5 A15
    /// A16]; a newcomer, who may come back at once [A8 B10]; a leaver [B2 B9].
    @Test(arguments: HistoryScenario.allCases)
    func deathAtEveryStep(_ scenario: HistoryScenario) { strike(scenario) { .crash(at: $0) } }

    /// Stopped with the token, with a message out, before an answer, for a third of a second or for more than a minute:
    /// the others' requests have limits, and nothing stays behind [S8 A3 T2 T4].
    @Test(arguments: HistoryScenario.allCases)
    func stopAtEveryStep(_ scenario: HistoryScenario) { strike(scenario) { .pause(at: $0) } }

    /// The quorum goes for most of a minute: no lock call ends meanwhile, nobody is taken for dead or refused, and all
    /// goes on [M2].
    @Test(arguments: HistoryScenario.allCases)
    func quorumLossAtEveryStep(_ scenario: HistoryScenario) {
        strike(scenario, isGentle: true, step: 3) { .quorumLoss(at: $0) }
    }

    /// A grant that is not heard of, whoever waited for it: the others have limits, and when the process is killed at
    /// last, nothing stays behind.
    @Test(arguments: HistoryScenario.allCases)
    func everyGrantLost(_ scenario: HistoryScenario) { strike(scenario, count: \.grants, step: 2) { .lostGrant($0) } }

    private func strike(
        _ scenario: HistoryScenario, count: KeyPath<ClusterHistory, Int> = \.effects, isGentle: Bool = false,
        step: Int = 1, _ blow: (Int) -> HistoryBlow
    ) {
        let calm = ClusterHistory(HistoryOptions(scenario, nil, seed: 1))
        #expect(calm.violation == nil && calm[keyPath: count] > 50)
        for place in stride(from: Int.random(in: 1...step), through: calm[keyPath: count], by: step) {
            // Whether a process or its node goes, and whether it comes back, is the seed's.
            let seed = UInt64(place)
            let history = ClusterHistory(HistoryOptions(scenario, blow(place), seed: seed))
            #expect(history.violation == nil, "\(scenario), \(blow(place)), seed \(seed)")
            if isGentle { #expect(history.failures <= calm.failures, "\(scenario), \(blow(place)), seed \(seed)") }
        }
    }
}
