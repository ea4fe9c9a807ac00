import Contracts
import MDBytes
import MDLocks
import MDSimulator
import Testing

/// The contracts of lock managers, on those that need no cluster. `swmdcontract locks` runs the same bodies on
/// the real one.
@Suite struct LockContractTests {
    @Test(arguments: LockContract.all.map(\.name)) func local(_ name: String) throws {
        let contract = try #require(LockContract.all.first { $0.name == name })
        let lockspace = LocalLockspace()
        // Nodes stay in a lockspace whether or not a program uses it.
        for node in 1...3 { lockspace.join(NodeIdentifier(node)).close() }
        try contract.run(
            on: LockBench(
                join: { lockspace.join(NodeIdentifier($0)) }, kill: { lockspace.remove(NodeIdentifier($0)) }))
    }

    /// The same, nodes apart: some seeds anew in each run.
    @Test(arguments: LockContract.all.map(\.name)) func simulated(_ name: String) throws {
        let contract = try #require(LockContract.all.first { $0.name == name })
        for seed in (1...20).map({ UInt64($0) }) + (0..<20).map({ _ in UInt64.random(in: 0 ... .max) }) {
            do { try contract.run(on: Self.simulatedBench(seed: seed)) } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
    }

    private static func simulatedBench(seed: UInt64) -> LockBench {
        let locks = SimulatedLocks(SimulatedLockspace(seed: seed))
        for node in 1...3 { locks.join(NodeIdentifier(node)).close() }
        return LockBench(
            patience: .seconds(60), quiet: .seconds(5), settling: .seconds(5), now: { locks.now }, wait: { locks.pause($0) },
            join: { locks.join(NodeIdentifier($0)) }, kill: { locks.kill(NodeIdentifier($0)) })
    }

    /// The table, told by a holder's handle, tells what the table tells: proves the comparison, not the table.
    @Test func histories() throws {
        for seed in 1...200 {
            let lockspace = LocalLockspace()
            try LockContract.history(seed: seed).run(on: LockBench(join: { lockspace.join(NodeIdentifier($0)) }))
        }
    }

    @Test func namesAreUnique() {
        let names = LockContract.all.map(\.name)
        #expect(Set(names).count == names.count)
    }
}
