package import MDLocks

/// The locks of one array's lockspace. Every node opens all of them at NL and keeps them for the life of its
/// membership, so that no value block is forgotten.
package struct ClusterLock: RawRepresentable, Hashable, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// EX is the right to send; carries the intent record.
    package static let token = ClusterLock(rawValue: 0)
    /// Carries the message: EX writes, CW holds it up, CR reads, PR is the turnstile.
    package static let message = ClusterLock(rawValue: 1)
    /// CR at rest; EX for the sender means that everybody has handled the message.
    package static let ack = ClusterLock(rawValue: 2)
    /// CR at rest; EX at once means that everybody accepted the disk.
    package static let noNewDevices = ClusterLock(rawValue: 3)
    /// EX while this node resyncs.
    package static let resync = ClusterLock(rawValue: 4)

    /// The owner of `slot` has PW for life and publishes its range; PW for others is the right to recover.
    package static func bitmap(_ slot: Int) -> ClusterLock { ClusterLock(rawValue: 5 + 3 * slot) }
    /// The owner of `slot` has EX for life; PR for others means that it is gone.
    package static func alive(_ slot: Int) -> ClusterLock { ClusterLock(rawValue: 6 + 3 * slot) }
    /// The owner of `slot` has PW for life and writes its replies.
    package static func reply(_ slot: Int) -> ClusterLock { ClusterLock(rawValue: 7 + 3 * slot) }

    /// How many locks an array for `nodes` nodes has; their raw values are 0 and up.
    package static func count(nodes: Int) -> Int { 5 + 3 * nodes }

    /// What kind of lock it is.
    package enum Family: Hashable, Sendable {
        case token, message, ack, noNewDevices, resync
        case bitmap(Int)
        case alive(Int)
        case reply(Int)
    }

    /// Which of them this is.
    package var family: Family {
        switch rawValue {
        case 0: .token
        case 1: .message
        case 2: .ack
        case 3: .noNewDevices
        case 4: .resync
        default:
            switch (rawValue - 5) % 3 {
            case 0: .bitmap((rawValue - 5) / 3)
            case 1: .alive((rawValue - 5) / 3)
            default: .reply((rawValue - 5) / 3)
            }
        }
    }

    /// Whether it carries a value block.
    package var hasValue: Bool {
        switch family {
        case .ack, .noNewDevices, .resync: false
        default: true
        }
    }

    /// The resource's name, md-cluster's where it has one.
    package var name: ResourceName {
        switch family {
        case .token: ResourceName("token")
        case .message: ResourceName("message")
        case .ack: ResourceName("ack")
        case .noNewDevices: ResourceName("no-new-dev")
        case .resync: ResourceName("resync")
        case .bitmap(let slot): ResourceName("bitmap", slot)
        case .alive(let slot): ResourceName("alive", slot)
        case .reply(let slot): ResourceName("reply", slot)
        }
    }

    /// The number under which a lock manager knows it.
    package var identifier: LockIdentifier { LockIdentifier(rawValue) }

    /// The request that opens it at NL.
    package var opening: LockOperation {
        .request(identifier, name, .null, hasValue ? [.expedite, .valueBlock] : .expedite)
    }

    /// The conversion that the effect of that name asks for.
    package func conversion(to mode: LockMode, isRefusable: Bool, value: ValueBlock?) -> LockOperation {
        var options: LockOptions = hasValue ? .valueBlock : []
        if isRefusable { options.insert(.noQueue) }
        return .convert(identifier, mode, options, value)
    }
}
