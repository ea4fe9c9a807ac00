import MDBytes
import MDLocks
import Synchronization
import Testing

@testable import MDLocksDLM

@Suite struct DeadlineCallTests {
    /// What late work was undone with.
    private final class Undone: Sendable { let value = Atomic<Int>(0) }

    @Test func valueAndErrorComeBack() throws {
        let value = try DeadlineCall<Int>.run(.locking, within: .seconds(10)) {
            _ throws(ClusterFailure) in 7
        }
        #expect(value == 7)
        #expect(throws: ClusterFailure.noQuorum) {
            try DeadlineCall<Int>.run(.locking, within: .seconds(10)) {
                _ throws(ClusterFailure) in throw .noQuorum
            }
        }
    }

    @Test func lateWorkIsReportedInItsPhaseAndUndone() throws {
        let undone = Undone()
        #expect(throws: ClusterFailure.timedOut(.joiningLockspace)) {
            try DeadlineCall<Int>.run(.askingCorosync, within: .seconds(10)) {
                call throws(ClusterFailure) in
                call.enter(.joiningLockspace, within: Milliseconds(20))
                SteadyClock.pause(Milliseconds(300))
                return 7
            } undo: {
                undone.value.store($0, ordering: .relaxed)
            }
        }
        let deadline = SteadyClock.now() + .seconds(10)
        while undone.value.load(ordering: .relaxed) == 0, SteadyClock.now() < deadline {
            SteadyClock.pause(Milliseconds(10))
        }
        #expect(undone.value.load(ordering: .relaxed) == 7)
    }

    @Test func clusterNamesAreNotPaths() {
        for name in ["", ".", "..", "a/b", "a b", String(repeating: "x", count: 65)] {
            #expect(throws: ClusterFailure.failed(call: "dlm_open_lockspace", code: 22)) {
                try DLMClusterServices().dropCommandLockspace(cluster: name)
            }
        }
    }
}
