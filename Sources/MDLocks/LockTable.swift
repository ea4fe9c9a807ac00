/// A holder of locks in a `LockTable`: a program on a node.
package struct LockOwner: Hashable, Sendable {
    let index: Int
}

/// A whole lockspace as a value: every holder's locks, in process, by the DLM's rules.
///
/// Nothing takes time: an operation has had all its effects when `begin` returns, and what holders are told
/// waits in their queues. The same calls give the same events. Where rules are not obvious, they are those of
/// the Linux kernel's DLM, which follows VMS:
///
/// - a conversion is granted at once, whoever waits, where it agrees with all granted modes;
/// - one that has to wait does so behind those that wait, and all of them go before new requests;
/// - a conversion that would block one which waits already, while it must wait itself, is refused: deadlock;
/// - a resource without locks is forgotten, value block included.
package struct LockTable: Sendable {
    /// What the table knows of one lock.
    struct Record: Sendable {
        enum Place: Sendable { case nowhere, granted, converting, waiting }

        let owner: Int
        let identifier: LockIdentifier
        let resource: Int
        /// Nil until first granted.
        var held: LockMode?
        var wanted: LockMode
        var options: LockOptions
        var place = Place.nowhere
        var usesValue: Bool
        var buffer = ValueBlock.zero
        /// The resource's `sequence` when the buffer was last read or written.
        var sequence: UInt32 = 0
        /// The strongest mode of which the holder was told that it is wanted, since it got its own.
        var highestNotice = LockMode.null
        /// What its holder was told last, if that was a notice.
        var lastNotice: LockMode?
        /// Whether an operation is under way whose event was not taken.
        var isPending = true
        var isUnlocked = false
    }

    /// What the table knows of one resource.
    struct Resource: Sendable {
        let name: ResourceName
        /// The node that keeps the queues and the value block.
        var master: NodeIdentifier
        var granted: [Int] = []
        var converting: [Int] = []
        var waiting: [Int] = []
        /// Nil until first written.
        var value: ValueBlock?
        var isValueInvalid = false
        /// Counts what is written.
        var sequence: UInt32 = 0

        var isUnused: Bool { granted.isEmpty && converting.isEmpty && waiting.isEmpty }
    }

    /// What the table knows of one holder.
    struct Holder: Sendable {
        let node: NodeIdentifier
        var isOpen = true
        /// In the order in which the locks came.
        var locks: [Int] = []
        var events: [LockEvent] = []
        /// How many of `events` were taken.
        var taken = 0
    }

    /// A lock's number means something only with its owner.
    struct Key: Hashable, Sendable {
        let owner: Int
        let identifier: LockIdentifier
    }

    var holders: [Holder] = []
    var records: [Record?] = []
    var freeRecords: [Int] = []
    var resources: [Resource?] = []
    var freeResources: [Int] = []
    /// Looked up by key only: the order of a dictionary is nobody's business.
    var recordPlaces: [Key: Int] = [:]
    var resourcePlaces: [ResourceName: Int] = [:]
    /// Who is in the lockspace.
    package internal(set) var members = LockspaceMembers(generation: 0, nodes: [])

    package init() {}

    /// A new holder on `node`, which joins the lockspace where it is not in it.
    package mutating func join(_ node: NodeIdentifier) -> LockOwner {
        if !members.nodes.contains(node) { changeMembers { ($0 + [node]).sorted() } }
        holders.append(Holder(node: node))
        return LockOwner(index: holders.count - 1)
    }

    /// Begins an operation, which has had its effects on return; see `LockManager.begin`.
    package mutating func begin(_ operation: LockOperation, for owner: LockOwner) throws(LockFailure) {
        guard holders[owner.index].isOpen else { throw .closed }
        let key = Key(owner: owner.index, identifier: operation.lock)
        switch operation {
        case .request(let lock, let name, let mode, let options):
            guard recordPlaces[key] == nil else { throw .duplicateLock(lock) }
            try operation.checkOptions(held: nil)
            request(key, name, mode, options)
        case .convert(let lock, let mode, let options, let value):
            let index = try place(of: key)
            guard let record = records[index], !record.isPending else { throw .busy(lock) }
            try operation.checkOptions(held: record.held)
            edit(index) {
                $0.usesValue = $0.usesValue || options.contains(.valueBlock)
                if let value, $0.usesValue { $0.buffer = value }
                $0.wanted = mode
                $0.options = options
                $0.isPending = true
            }
            convert(index)
        case .unlock(_, let value):
            try unlock(try place(of: key), value: value)
        case .cancel:
            cancel(try place(of: key))
        }
    }

    /// The oldest event that `owner` was not told yet.
    package mutating func nextEvent(for owner: LockOwner) -> LockEvent? {
        guard hasEvents(for: owner) else { return nil }
        let event = holders[owner.index].events[holders[owner.index].taken]
        holders[owner.index].taken += 1
        if !hasEvents(for: owner) {
            holders[owner.index].events.removeAll(keepingCapacity: true)
            holders[owner.index].taken = 0
        }
        tell(event, to: owner.index)
        return event
    }

    /// Whether `nextEvent` has something for `owner`.
    package func hasEvents(for owner: LockOwner) -> Bool {
        holders[owner.index].taken < holders[owner.index].events.count
    }

    /// Whether the holder can still begin operations.
    package func isOpen(_ owner: LockOwner) -> Bool { holders[owner.index].isOpen }

    /// The mode that a lock of `owner` has now; nil where it has none, or there is no such lock.
    package func mode(of lock: LockIdentifier, for owner: LockOwner) -> LockMode? {
        recordPlaces[Key(owner: owner.index, identifier: lock)].flatMap { records[$0]?.held }
    }

    /// The node that keeps a resource; nil where nobody has a lock on it.
    package func master(of name: ResourceName) -> NodeIdentifier? {
        resourcePlaces[name].flatMap { resources[$0]?.master }
    }

    /// The holder goes, as its program's end makes it go. Its locks are unlocked in the order in which they
    /// came, and a value block that PW or EX was held on becomes invalid.
    package mutating func close(_ owner: LockOwner) {
        guard holders[owner.index].isOpen else { return }
        holders[owner.index].isOpen = false
        holders[owner.index].events = []
        holders[owner.index].taken = 0
        for index in holders[owner.index].locks {
            guard let record = records[index] else { continue }
            if record.place != .nowhere {
                if (record.held ?? .null) >= .protectedWrite {
                    editResource(record.resource) { $0.isValueInvalid = true }
                }
                detach(index)
                grantWaiting(on: record.resource)
                forgetIfUnused(record.resource)
            }
            recordPlaces[Key(owner: owner.index, identifier: record.identifier)] = nil
            records[index] = nil
            freeRecords.append(index)
        }
        holders[owner.index].locks = []
    }
}

extension LockTable {
    /// Notes that the holder knows what an event tells.
    private mutating func tell(_ event: LockEvent, to owner: Int) {
        guard let lock = event.lock, let index = recordPlaces[Key(owner: owner, identifier: lock)],
            let record = records[index]
        else { return }
        switch event {
        case .granted: edit(index) { $0.isPending = $0.place != .granted }
        case .failed, .cancelled:
            if record.place != .nowhere {
                edit(index) { $0.isPending = false }
            } else if !record.isUnlocked {
                release(index)
            }
        case .unlocked: release(index)
        case .blocking, .membership: break
        }
    }

    /// The identifier is free again.
    private mutating func release(_ index: Int) {
        guard let record = records[index] else { return }
        recordPlaces[Key(owner: record.owner, identifier: record.identifier)] = nil
        holders[record.owner].locks.removeAll { $0 == index }
        records[index] = nil
        freeRecords.append(index)
    }

    private func place(of key: Key) throws(LockFailure) -> Int {
        guard let index = recordPlaces[key] else { throw .unknownLock(key.identifier) }
        return index
    }

    mutating func edit(_ index: Int, _ change: (inout Record) -> Void) {
        guard var record = records[index] else { return }
        change(&record)
        records[index] = record
    }

    mutating func editResource(_ index: Int, _ change: (inout Resource) -> Void) {
        guard var resource = resources[index] else { return }
        // Emptied first, so that the queues are changed where they are.
        resources[index] = nil
        change(&resource)
        resources[index] = resource
    }

    /// Puts an event into the queue of the lock's holder.
    mutating func post(_ event: LockEvent, to owner: Int) {
        guard holders[owner].isOpen else { return }
        holders[owner].events.append(event)
        guard let lock = event.lock, let index = recordPlaces[Key(owner: owner, identifier: lock)] else { return }
        edit(index) { $0.lastNotice = nil }
    }

    mutating func changeMembers(_ change: ([NodeIdentifier]) -> [NodeIdentifier]) {
        members = LockspaceMembers(generation: members.generation + 1, nodes: change(members.nodes))
        for owner in holders.indices { post(.membership(members), to: owner) }
    }
}
