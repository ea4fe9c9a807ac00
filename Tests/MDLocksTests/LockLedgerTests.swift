import MDLocks
import Testing

/// What a holder may ask, told from what it was told.
@Suite struct LockLedgerTests {
    static let lock = LockIdentifier(1)
    static let name = ResourceName("r")

    /// A ledger with one lock of `mode`.
    static func ledger(holding mode: LockMode) throws -> LockLedger {
        var ledger = LockLedger(members: LockspaceMembers(generation: 1, nodes: [NodeIdentifier(1)]))
        try ledger.begin(.request(lock, name, mode, []))
        ledger.post(.granted(lock, mode, nil))
        _ = try ledger.takeEvent()
        _ = ledger.takeOperations()
        return ledger
    }

    @Test func operationsAreHandedOnOnce() throws {
        var ledger = try Self.ledger(holding: .null)
        try ledger.begin(.convert(Self.lock, .exclusive, [], nil))
        #expect(ledger.takeOperations() == [.convert(Self.lock, .exclusive, [], nil)])
        #expect(ledger.takeOperations() == [])
    }

    /// Busy until the event was taken, not only until it was there.
    @Test func oneOperationAtATime() throws {
        var ledger = try Self.ledger(holding: .null)
        try ledger.begin(.convert(Self.lock, .exclusive, [], nil))
        ledger.post(.granted(Self.lock, .exclusive, nil))
        #expect(throws: LockFailure.busy(Self.lock)) { try ledger.begin(.convert(Self.lock, .null, [], nil)) }
        #expect(ledger.mode(of: Self.lock) == .null)
        _ = try ledger.takeEvent()
        #expect(ledger.mode(of: Self.lock) == .exclusive)
        try ledger.begin(.convert(Self.lock, .null, [], nil))
    }

    @Test func cancelOfNothingIsNotHandedOn() throws {
        var ledger = try Self.ledger(holding: .null)
        try ledger.begin(.cancel(Self.lock))
        #expect(ledger.takeOperations() == [])
    }

    /// A refusal that an unlock crosses does not free the number; the unlock's own end does.
    @Test func unlockCrossesRefusal() throws {
        var ledger = LockLedger(members: LockspaceMembers(generation: 1, nodes: []))
        try ledger.begin(.request(Self.lock, Self.name, .exclusive, .noQueue))
        try ledger.begin(.unlock(Self.lock, nil))
        ledger.post(.failed(Self.lock, .wouldWait))
        ledger.post(.unlocked(Self.lock))
        #expect(try ledger.takeEvent() == .failed(Self.lock, .wouldWait))
        #expect(throws: LockFailure.duplicateLock(Self.lock)) {
            try ledger.begin(.request(Self.lock, Self.name, .null, []))
        }
        #expect(try ledger.takeEvent() == .unlocked(Self.lock))
        try ledger.begin(.request(Self.lock, Self.name, .null, []))
    }

    /// Kernel 6.1 repeats notices between PR and CW; holders hear each once.
    @Test func noticesAreNotRepeated() throws {
        var ledger = try Self.ledger(holding: .protectedRead)
        for wanted in [LockMode.concurrentWrite, .concurrentWrite, .exclusive, .protectedWrite, .concurrentWrite] {
            ledger.post(.blocking(Self.lock, wanted: wanted))
        }
        #expect(try ledger.takeEvent() == .blocking(Self.lock, wanted: .concurrentWrite))
        #expect(try ledger.takeEvent() == .blocking(Self.lock, wanted: .exclusive))
        #expect(try ledger.takeEvent() == nil)
    }

    @Test func nobodyIsToldAfterTheEnd() throws {
        var ledger = try Self.ledger(holding: .null)
        ledger.post(.blocking(Self.lock, wanted: .exclusive))
        ledger.end = .closed
        #expect(throws: LockFailure.closed) { try ledger.begin(.unlock(Self.lock, nil)) }
        #expect(try ledger.takeEvent() == .blocking(Self.lock, wanted: .exclusive))
        #expect(throws: LockFailure.closed) { try ledger.takeEvent() }
    }
}
