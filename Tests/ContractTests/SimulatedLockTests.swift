import MDBytes
import MDLocks
import MDSimulator
import Testing

/// What only a simulated lockspace can show.
@Suite struct SimulatedLockTests {
    private static let lock = LockIdentifier(1)
    private static let other = LockIdentifier(2)

    private static func take(_ manager: SimulatedLockManager, _ lock: LockIdentifier, _ name: String, _ mode: LockMode)
        throws
    {
        let name = try #require(ResourceName(Array(name.utf8)))
        try manager.request(lock, on: name, mode)
        #expect(try event(manager) == .granted(lock, mode, nil))
    }

    /// The next event but news of members, if it comes within a minute.
    private static func event(_ manager: SimulatedLockManager) throws -> LockEvent? {
        while let event = try manager.nextEvent(until: Instant(milliseconds: 1_000_000)) {
            if case .membership = event { continue }
            return event
        }
        return nil
    }

    /// A program that stands still is told nothing, and everything when it goes on.
    @Test func stallDelaysEvents() throws {
        let locks = SimulatedLocks(SimulatedLockspace(seed: 1))
        let (one, two) = (locks.join(NodeIdentifier(1)), locks.join(NodeIdentifier(2)))
        try Self.take(one, Self.lock, "r", .exclusive)
        one.stall(for: .seconds(30))
        let start = locks.now
        try two.request(Self.lock, on: ResourceName("r"), .exclusive)
        #expect(try Self.event(one) == .blocking(Self.lock, wanted: .exclusive))
        #expect(locks.now.since(start) >= .seconds(30))
    }

    /// One step down after the other, faster than the master hears of them: each is told once.
    @Test(arguments: UInt64(1)...20)
    func stepsDownAreToldOnce(_ seed: UInt64) throws {
        let locks = SimulatedLocks(SimulatedLockspace(seed: seed))
        let manager = locks.join(NodeIdentifier(1))
        try Self.take(manager, Self.lock, "r", .exclusive)
        for mode in [LockMode.concurrentWrite, .concurrentRead, .null] {
            try manager.convert(Self.lock, to: mode)
            #expect(try Self.event(manager) == .granted(Self.lock, mode, nil))
        }
        #expect(try Self.event(manager) == nil)
    }

    /// What was asked of a master that died is done when its death is noticed, in its order, and nothing is lost.
    @Test(arguments: UInt64(1)...20)
    func nothingAskedOfADeadMasterIsLost(_ seed: UInt64) throws {
        let locks = SimulatedLocks(SimulatedLockspace(seed: seed))
        let (master, manager) = (locks.join(NodeIdentifier(1)), locks.join(NodeIdentifier(2)))
        try Self.take(master, Self.lock, "r", .null)
        try Self.take(manager, Self.lock, "r", .exclusive)
        locks.kill(NodeIdentifier(1))
        for mode in [LockMode.null, .exclusive] {
            try manager.convert(Self.lock, to: mode)
            #expect(try Self.event(manager) == .granted(Self.lock, mode, nil))
        }
    }

    /// Two resources have two masters: that one heard of a release does not mean that the other did. With some
    /// seed, who learns by `ack` that others gave up `no-new-dev` is refused there all the same; later it is not.
    @Test func releasesOvertakeEachOther() throws {
        var refusals = 0
        for seed in UInt64(1)...200 {
            let locks = SimulatedLocks(SimulatedLockspace(seed: seed))
            let (sender, receiver) = (locks.join(NodeIdentifier(1)), locks.join(NodeIdentifier(2)))
            for manager in [sender, receiver] {
                try Self.take(manager, Self.lock, "ack", .concurrentRead)
                try Self.take(manager, Self.other, "no-new-dev", .concurrentRead)
            }
            try sender.convert(Self.lock, to: .exclusive)
            #expect(try Self.event(receiver) == .blocking(Self.lock, wanted: .exclusive))
            for lock in [Self.other, Self.lock] {
                try receiver.convert(lock, to: .null)
                #expect(try Self.event(receiver) == .granted(lock, .null, nil))
            }
            #expect(try Self.event(sender) == .granted(Self.lock, .exclusive, nil))
            try sender.convert(Self.other, to: .exclusive, .noQueue)
            let answer = try Self.event(sender)
            guard answer != .granted(Self.other, .exclusive, nil) else { continue }
            #expect(answer == .failed(Self.other, .wouldWait))
            refusals += 1
            locks.pause(.seconds(10))
            try sender.convert(Self.other, to: .exclusive, .noQueue)
            #expect(try Self.event(sender) == .granted(Self.other, .exclusive, nil))
        }
        #expect(refusals > 0)
    }
}
