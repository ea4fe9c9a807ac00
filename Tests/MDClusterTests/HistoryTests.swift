import MDSimulator
import Testing

/// Whole clusters, from seeds: no rule is ever broken, and whoever breaks one is found out.
@Suite struct HistoryTests {
    /// Fresh seeds each time; the failing one is told, and `swmdsim --seed N --trace` plays it again.
    @Test func freshHistoriesBreakNoRule() {
        let first = UInt64.random(in: .min ... .max)
        for offset in 0..<400 {
            let history = ClusterHistory(HistoryOptions(seed: first &+ UInt64(offset)))
            #expect(history.violation == nil, "swmdsim --seed \(first &+ UInt64(offset)) --trace")
        }
    }

    /// Seeds that once found something.
    @Test(arguments: [
        631, 1201, 4217, 4732, 6466, 14036, 21562, 21605, 34689, 43671, 48432, 57431, 58500, 107863, 108604, 137761,
        823, 2428, 2730, 9280, 19839, 1_035_524, 1_066_280, 1_144_536, 15_024_267,
        15_175_000,
    ] as [UInt64])
    func oldFindingsStayFixed(_ seed: UInt64) {
        #expect(ClusterHistory(HistoryOptions(seed: seed)).violation == nil)
    }

    @Test func aSeedRepeatsItsHistory() {
        for seed in UInt64(0)..<40 {
            let first = ClusterHistory(HistoryOptions(seed: seed, isTracing: true))
            let second = ClusterHistory(HistoryOptions(seed: seed, isTracing: true))
            #expect(first.fingerprint == second.fingerprint && first.trace == second.trace)
        }
    }

    /// A checker that never fails checks nothing.
    @Test(arguments: PlantedFault.allCases)
    func plantedFaultsAreFound(_ fault: PlantedFault) {
        let isFound = (UInt64(0)..<fault.patience).contains { seed in
            ClusterHistory(HistoryOptions(seed: seed, fault: fault)).violation != nil
        }
        #expect(isFound, "\(fault) goes unnoticed for \(fault.patience) seeds")
    }
}

extension PlantedFault {
    /// Within how many seeds it must be found.
    var patience: UInt64 {
        switch self {
        case .trustInvalid, .blindToIntent: 1500
        default: 200
        }
    }
}
