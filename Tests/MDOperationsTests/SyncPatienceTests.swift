import MDBytes
import MDModel
import MDOperations
import Testing

@Suite struct SyncPatienceTests {
    private let due = "md0 : active raid1 sdc[2](S) sda[0]\n 100 blocks super 1.2 [2/1] [U_]\n"
    private let start = Instant(milliseconds: 0)

    private func entry(_ text: String) -> Mdstat.Entry? { Mdstat(text).entries.first }

    /// Between `--add` and the first step of the driver's thread the file tells of no recovery.
    @Test func aRebuildThatIsDueIsWaitedForAWhile() {
        var patience = SyncPatience(isWatched: false)
        #expect(patience.rest(entry(due), isFrozen: false, now: start) == Milliseconds(50))
        #expect(patience.rest(entry(due), isFrozen: false, now: start + .seconds(2)) == nil)
        #expect(!patience.hasWaited)
        #expect(patience.rest(entry(due + " recovery = 20.7% (1/2)\n"), isFrozen: false, now: start) == .seconds(5))
        #expect(patience.rest(entry(due), isFrozen: false, now: start + .seconds(9)) == Milliseconds(50))
        #expect(patience.hasWaited)
    }

    /// The spare has its place, and the thread has not set out.
    @Test func aSpareThatWasGivenItsPlaceIsDueToo() {
        var patience = SyncPatience(isWatched: false)
        let text = "md0 : active raid1 sdc[2] sda[0]\n 100 blocks super 1.2 [2/1] [U_]\n"
        #expect(patience.rest(entry(text), isFrozen: false, now: start) == Milliseconds(50))
    }

    @Test(arguments: [
        "md0 : active raid1 sdc[2](S) sdb[1] sda[0]\n 100 blocks super 1.2 [2/2] [UU]\n",
        "md0 : active raid1 sda[0]\n 100 blocks super 1.2 [2/1] [U_]\n",
        "md0 : active raid1 sdc[2](F) sda[0]\n 100 blocks super 1.2 [2/1] [U_]\n",
        "md0 : active raid5 sdd[4](J) sdb[1] sda[0]\n 100 blocks super 1.2 [3/2] [UU_]\n",
        "md0 : active (read-only) raid1 sdc[2](S) sda[0]\n 100 blocks super 1.2 [2/1] [U_]\n",
        "md0 : inactive sdc[2](S) sda[0](S)\n 100 blocks super 1.2\n",
        "",
    ])
    func whereNoRebuildIsDueNobodyWaits(text: String) {
        var patience = SyncPatience(isWatched: true)
        #expect(patience.rest(entry(text), isFrozen: false, now: start) == nil)
    }

    @Test func aFrozenArrayIsWaitedForThreeRounds() {
        var patience = SyncPatience(isWatched: false)
        for _ in 0..<3 { #expect(patience.rest(entry(due), isFrozen: true, now: start) == .seconds(5)) }
        #expect(patience.rest(entry(due), isFrozen: true, now: start) == nil)
    }
}
