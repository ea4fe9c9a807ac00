import Glibc
import MDBytes
import MDLocks
import Testing

@testable import MDLocksDLM

@Suite struct DLMLockManagerTests {
    /// Without the stack the reason comes at once; what does not need it is checked before.
    @Test(arguments: ["", "a/b", "..", String(repeating: "x", count: 65)])
    func names(_ name: String) {
        #expect(throws: LockFailure.unavailable(.failed(call: "dlm_open_lockspace", code: EINVAL))) {
            try DLMLockManager(lockspace: name)
        }
    }

    @Test(.enabled(if: !NodeFiles.isDLMLoaded(), "this machine has a DLM"))
    func withoutTheStack() {
        let started = SteadyClock.now()
        do throws(LockFailure) {
            let manager = try DLMLockManager(lockspace: "swmd-nowhere")
            manager.close()
            Issue.record("opened a lockspace without a DLM")
        } catch {
            switch error {
            case .unavailable(.libraryMissing), .unavailable(.dlmModuleMissing): break
            default: Issue.record("\(error)")
            }
        }
        #expect(SteadyClock.now().since(started) < .seconds(5))
    }
}
