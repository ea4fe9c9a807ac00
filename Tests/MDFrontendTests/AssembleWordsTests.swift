import MDModel
import MDOperations
import Testing

@testable import MDFrontend

@Suite struct AssembleWordsTests {
    private func report(_ available: Int, of total: Int, rebuilding: Int = 0, spares: Int = 0) -> AssembleReport {
        var report = AssembleReport(array: "/dev/md0")
        report.available = available
        report.raidDisks = total
        report.rebuilding = rebuilding
        report.spares = spares
        return report
    }

    private func started(_ report: AssembleReport) -> String {
        AssembleNotice.started(report).messages.map(\.text).joined()
    }

    /// Recorded from mdadm 4.6, but for the one with rebuilding and spares.
    @Test func membersAreCounted() {
        #expect(started(report(2, of: 2)) == "/dev/md0 has been started with 2 drives.")
        #expect(started(report(1, of: 2)) == "/dev/md0 has been started with 1 drive (out of 2).")
        #expect(started(report(3, of: 3, spares: 1)) == "/dev/md0 has been started with 3 drives and 1 spare.")
        #expect(
            started(report(2, of: 3, rebuilding: 1))
                == "/dev/md0 has been started with 2 drives (out of 3) and 1 rebuilding.")
        #expect(
            started(report(2, of: 3, rebuilding: 1, spares: 2))
                == "/dev/md0 has been started with 2 drives (out of 3), 1 rebuilding and 2 spares.")
    }

    @Test(arguments: [
        (Assembly.Verdict.wantsMore(needed: 3), "need all 3 to start it (use --run to insist)."),
        (.notEnough, "not enough to start the array."),
        (.notEnoughWhileDirty, "not enough to start the array while not clean - consider --force."),
    ])
    func reasons(verdict: Assembly.Verdict, reason: String) {
        let messages = AssembleNotice.notStarted(report(2, of: 3), verdict).messages
        #expect(messages.map(\.text) == ["/dev/md0 assembled from 2 drives - " + reason])
        #expect(messages.allSatisfy { $0.kind == .error && $0.verbosity == -1 })
    }
}
