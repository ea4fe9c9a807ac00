/// What is asked of a lock manager. Every operation that was accepted ends with one `LockEvent`.
package enum LockOperation: Hashable, Sendable {
    /// A new lock. `value` is what it would write later; it is replaced by what the resource has.
    case request(LockIdentifier, ResourceName, LockMode, LockOptions, ValueBlock?)
    /// Another mode for a lock that is held (DLM's CONVERT). With a `value`, that is what is written where the
    /// conversion writes; without one, what the lock last read or wrote.
    case convert(LockIdentifier, LockMode, LockOptions, ValueBlock?)
    /// Gives the lock up, whatever its mode, and whether or not it is waiting for one. A holder of PW or EX
    /// with a value block writes what it last read or wrote, or `value`.
    case unlock(LockIdentifier, ValueBlock?)
    /// Stops waiting. The one event of the operation in flight tells who was first: granted, or cancelled.
    case cancel(LockIdentifier)

    /// The lock that this is about.
    package var lock: LockIdentifier {
        switch self {
        case .request(let lock, _, _, _, _), .convert(let lock, _, _, _), .unlock(let lock, _), .cancel(let lock):
            lock
        }
    }
}

/// How a request or a conversion is made (the DLM_LKF_ flags).
package struct LockOptions: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// NOQUEUE: refuse rather than wait.
    package static let noQueue = LockOptions(rawValue: 0x1)
    /// VALBLK: read and write the resource's value block. A lock that began with it always has it.
    package static let valueBlock = LockOptions(rawValue: 0x8)
    /// QUECVT: a conversion that waits behind the conversions which wait already, even if it could be granted.
    package static let behindConversions = LockOptions(rawValue: 0x10)
    /// EXPEDITE: a new null lock that is granted whoever waits. Not with `noQueue`.
    package static let expedite = LockOptions(rawValue: 0x400)
    /// NOQUEUEBAST: a refused `noQueue` request still tells the holders that it was there.
    package static let notifyHolders = LockOptions(rawValue: 0x800)
}
