import MDLocks
import Testing

@testable import MDLocksDLM

/// The text is a guest's `h-linux_locks` of kernel 6.12.
@Suite struct LockDumpTests {
    private let heading =
        "id nodeid remid pid xid exflags flags sts grmode rqmode time_ms r_nodeid r_len r_name\n"

    private func holder(_ lines: String) -> ClusterFailure.Holder? {
        LockDump.holder(of: "bitmaph-linux", in: Array((heading + lines).utf8))
    }

    @Test func holderOnThisNode() {
        let line = "1 0 0 398 0 1 0 2 4 -1 1251749 0 13 \"bitmaph-linux\"\n"
        #expect(holder(line) == ClusterFailure.Holder(node: nil, process: 398))
    }

    @Test func holderElsewhere() {
        let line = "1 3 7 398 0 1 0 2 4 -1 1251749 0 13 \"bitmaph-linux\"\n"
        #expect(holder(line) == ClusterFailure.Holder(node: 3, process: nil))
    }

    @Test func nobody() {
        #expect(holder("") == nil)
        #expect(holder("1 0 0 398 0 1 0 2 4 -1 1251749 0 13 \"bitmaph-linux2\"\n") == nil)
        #expect(holder("1 0 0 398 0 1 0 2 0 -1 1251749 0 13 \"bitmaph-linux\"\n") == nil)
        #expect(holder("1 0 0 398\n\n\u{1}\n") == nil)
        #expect(LockDump.holder(of: "x", in: [0xff, 0xfe, 0x0a]) == nil)
    }
}
