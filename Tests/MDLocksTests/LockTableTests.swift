import MDBytes
import MDLocks
import Testing

/// What no contract can ask of a real cluster: the rules of recovery, exactly.
@Suite struct LockTableTests {
    static let resource = ResourceName("r")
    static let lock = LockIdentifier(1)
    static let value = ValueBlock(1...32)

    /// Holders on nodes 1, 2, 3 …
    static func table(nodes: Int) -> (LockTable, [LockOwner]) {
        var table = LockTable()
        let owners = (1...nodes).map { table.join(NodeIdentifier($0)) }
        for owner in owners { while table.nextEvent(for: owner) != nil {} }
        return (table, owners)
    }

    /// One operation that is granted at once; returns the value it came with.
    @discardableResult
    static func granted(_ table: inout LockTable, _ owner: LockOwner, _ operation: LockOperation) throws -> LockValue? {
        try table.begin(operation, for: owner)
        while let event = table.nextEvent(for: owner) {
            if case .granted(_, _, let value) = event { return value }
            if case .membership = event { continue }
            Issue.record("\(event) instead of a grant")
        }
        Issue.record("no grant")
        return nil
    }

    static func request(_ mode: LockMode) -> LockOperation { .request(lock, resource, mode, .valueBlock) }
    static func convert(_ mode: LockMode, _ value: ValueBlock? = nil) -> LockOperation {
        .convert(lock, mode, .valueBlock, value)
    }

    /// The master stays, and a writer's node goes without a last word.
    @Test(arguments: LockMode.allCases) func writerDiesUnderLivingMaster(mode: LockMode) throws {
        var (table, owners) = Self.table(nodes: 2)
        try Self.granted(&table, owners[0], Self.request(.exclusive))
        try Self.granted(&table, owners[0], Self.convert(.null, Self.value))
        try Self.granted(&table, owners[1], Self.request(mode))
        table.remove(NodeIdentifier(2))
        let seen = try Self.granted(&table, owners[0], Self.convert(.concurrentRead))
        #expect(seen == LockValue(Self.value, isValid: mode < .protectedWrite))
    }

    /// The master goes: what is left says what the block is, and strong modes say that it is good.
    @Test(arguments: LockMode.allCases) func masterDies(mode: LockMode) throws {
        var (table, owners) = Self.table(nodes: 3)
        try Self.granted(&table, owners[0], Self.request(.exclusive))
        try Self.granted(&table, owners[0], Self.convert(.null, Self.value))
        try Self.granted(&table, owners[1], Self.request(mode))
        table.remove(NodeIdentifier(1))
        let seen = try Self.granted(&table, owners[2], .request(Self.lock, Self.resource, .null, .valueBlock))
        #expect(seen == LockValue(Self.value, isValid: mode > .concurrentRead))
    }

    /// The youngest of the blocks that readers have comes back, though the youngest of all is lost.
    @Test func olderValueComesBack() throws {
        var (table, owners) = Self.table(nodes: 3)
        try Self.granted(&table, owners[0], Self.request(.exclusive))
        for (owner, byte) in [(owners[1], UInt8(1)), (owners[2], 2)] {
            try Self.granted(&table, owners[0], Self.convert(.exclusive, ValueBlock([byte])))
            try Self.granted(&table, owners[0], Self.convert(.null, ValueBlock([byte])))
            try Self.granted(&table, owner, Self.request(.concurrentRead))
            try Self.granted(&table, owner, Self.convert(.null))
            try Self.granted(&table, owners[0], Self.convert(.exclusive))
        }
        try Self.granted(&table, owners[0], Self.convert(.null, ValueBlock([3])))
        table.remove(NodeIdentifier(1))
        let seen = try Self.granted(&table, owners[1], Self.convert(.concurrentRead))
        #expect(seen == LockValue(ValueBlock([2]), isValid: false))
    }

    /// Even a master that leaves in peace makes the block doubtful.
    @Test func writeMakesValidAgain() throws {
        var (table, owners) = Self.table(nodes: 2)
        try Self.granted(&table, owners[0], Self.request(.null))
        try Self.granted(&table, owners[1], Self.request(.null))
        table.remove(NodeIdentifier(1))
        let doubtful = try Self.granted(&table, owners[1], Self.convert(.exclusive))
        #expect(doubtful == LockValue(.zero, isValid: false))
        let written = try Self.granted(&table, owners[1], Self.convert(.null, Self.value))
        #expect(written == LockValue(Self.value))
    }

    @Test func deathGrantsWhoWaits() throws {
        var (table, owners) = Self.table(nodes: 3)
        try Self.granted(&table, owners[0], Self.request(.exclusive))
        try table.begin(Self.request(.exclusive), for: owners[1])
        try table.begin(Self.request(.concurrentRead), for: owners[2])
        #expect(table.nextEvent(for: owners[1]) == nil)
        table.remove(NodeIdentifier(1))
        let members = LockspaceMembers(generation: 4, nodes: [NodeIdentifier(2), NodeIdentifier(3)])
        #expect(table.nextEvent(for: owners[1]) == .membership(members))
        #expect(table.nextEvent(for: owners[1]) == .granted(Self.lock, .exclusive, LockValue(.zero)))
        #expect(table.nextEvent(for: owners[2]) == .membership(members))
        #expect(table.nextEvent(for: owners[2]) == nil)
    }

    @Test func deadHolderCannotAct() throws {
        var (table, owners) = Self.table(nodes: 2)
        table.remove(NodeIdentifier(1))
        #expect(throws: LockFailure.closed) { try table.begin(Self.request(.null), for: owners[0]) }
        #expect(table.nextEvent(for: owners[0]) == nil)
    }

    /// A node that comes back is a new holder, and its old locks are not its own.
    @Test func rejoin() throws {
        var (table, owners) = Self.table(nodes: 2)
        try Self.granted(&table, owners[0], Self.request(.exclusive))
        table.remove(NodeIdentifier(1))
        let again = table.join(NodeIdentifier(1))
        #expect(table.members.nodes == [NodeIdentifier(1), NodeIdentifier(2)])
        while table.nextEvent(for: again) != nil {}
        #expect(throws: LockFailure.unknownLock(Self.lock)) { try table.begin(.unlock(Self.lock, nil), for: again) }
        try Self.granted(&table, again, Self.request(.exclusive))
    }

    /// Calling off a conversion lets a reader pass that agrees with PW; it reads what was there before. So it
    /// went on kernel 6.12 (random history 137).
    @Test func unlockOfWaitingConversionLetsReadersPassFirst() throws {
        var (table, owners) = Self.table(nodes: 3)
        try Self.granted(&table, owners[1], Self.request(.concurrentRead))
        try Self.granted(&table, owners[0], Self.request(.protectedWrite))
        try table.begin(Self.convert(.exclusive), for: owners[0])
        try table.begin(Self.request(.concurrentRead), for: owners[2])
        #expect(table.nextEvent(for: owners[2]) == nil)
        try table.begin(.unlock(Self.lock, Self.value), for: owners[0])
        #expect(table.nextEvent(for: owners[2]) == .granted(Self.lock, .concurrentRead, LockValue(.zero)))
        #expect(table.nextEvent(for: owners[0]) == .unlocked(Self.lock))
        #expect(table.nextEvent(for: owners[0]) == nil)
        #expect(try Self.granted(&table, owners[2], Self.convert(.concurrentRead)) == LockValue(Self.value))
    }
}
