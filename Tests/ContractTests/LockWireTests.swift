import Contracts
import MDLocks
import Testing

@Suite struct LockWireTests {
    static let value = ValueBlock(1...32)
    static let lock = LockIdentifier(rawValue: .max)

    @Test(arguments: [
        LockOperation.request(lock, ResourceName("a b"), .protectedWrite, [.noQueue, .valueBlock]),
        .convert(lock, .null, [], nil), .convert(lock, .exclusive, .behindConversions, value),
        .unlock(lock, nil), .unlock(lock, value), .cancel(lock),
    ])
    func operations(_ operation: LockOperation) {
        #expect(LockWire.operation(LockWire.text(operation)) == operation)
    }

    @Test(arguments: [
        LockEvent.granted(lock, .null, nil), .granted(lock, .exclusive, LockValue(value)),
        .granted(lock, .exclusive, LockValue(value, isValid: false)), .failed(lock, .wouldWait),
        .failed(lock, .deadlock), .failed(lock, .refused(code: 22)), .cancelled(lock), .unlocked(lock),
        .blocking(lock, wanted: .concurrentRead),
        .membership(LockspaceMembers(generation: 7, nodes: [NodeIdentifier(1), NodeIdentifier(3)])),
    ])
    func events(_ event: LockEvent) { #expect(LockWire.event(LockWire.text(event)) == event) }

    @Test(arguments: [
        LockFailure.busy(lock), .unknownLock(lock), .duplicateLock(lock), .invalidOptions(.expedite), .closed,
        .unavailable(.lockManagerNotRunning),
    ])
    func failures(_ failure: LockFailure) { #expect(LockWire.failure(LockWire.text(failure)) == failure) }

    @Test(arguments: ["", " ", "request", "request 1 00", "request 1 0 9 0", "cancel x", "unlock 1 zz yy", "granted 1 7 - valid"])
    func nonsense(_ line: String) {
        #expect(LockWire.operation(line) == nil)
        #expect(LockWire.event(line) == nil)
    }
}
