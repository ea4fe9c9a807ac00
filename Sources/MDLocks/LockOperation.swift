/// What is asked of a lock manager. A request, a conversion and an unlock that were accepted end with one
/// `LockEvent` each; but an unlock or a cancel that meets an operation which waits ends that one too.
///
/// A lock with a value block reads the resource's where its mode is granted anew or does not become weaker, and
/// writes its own where PW or EX is converted to the same or a weaker mode, or unlocked. EX to EX writes;
/// PW to EX reads.
package enum LockOperation: Hashable, Sendable {
    /// A new lock. Where it is granted with a value block, it has read the resource's.
    case request(LockIdentifier, ResourceName, LockMode, LockOptions)
    /// Another mode for a lock that is held (DLM's CONVERT). With a `value`, that is what is written where the
    /// conversion writes; without one, what the lock last read or wrote.
    case convert(LockIdentifier, LockMode, LockOptions, ValueBlock?)
    /// Gives the lock up, whatever its mode, and whether or not it waits for one. A holder of PW or EX with a
    /// value block writes `value`, or without one what the lock last read or wrote. A conversion that waits is
    /// called off first, which may let others read before that.
    case unlock(LockIdentifier, ValueBlock?)
    /// Stops waiting. The event of the operation that waited tells who was first: granted, or cancelled.
    /// There is none where nothing waited.
    case cancel(LockIdentifier)

    /// The lock that this is about.
    package var lock: LockIdentifier {
        switch self {
        case .request(let lock, _, _, _), .convert(let lock, _, _, _), .unlock(let lock, _), .cancel(let lock):
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
    /// VALBLK: read and write the resource's value block. A lock that was asked for with it keeps having it.
    package static let valueBlock = LockOptions(rawValue: 0x8)
    /// QUECVT: a conversion that waits behind the conversions which wait already, even if it could be granted.
    package static let behindConversions = LockOptions(rawValue: 0x10)
    /// EXPEDITE: a new null lock that is granted whoever waits. Not with `noQueue`.
    package static let expedite = LockOptions(rawValue: 0x400)
    /// NOQUEUEBAST: a refused `noQueue` request still tells the holders that it was there.
    package static let notifyHolders = LockOptions(rawValue: 0x800)
}

extension LockOperation {
    /// Throws what the DLM would refuse with EINVAL. `held` is the lock's mode, for conversions.
    package func checkOptions(held: LockMode?) throws(LockFailure) {
        switch self {
        case .request(_, _, let mode, let options):
            let isExpedite = options.contains(.expedite)
            guard !options.contains(.behindConversions),
                !isExpedite || (mode == .null && !options.contains(.noQueue))
            else { throw .invalidOptions(options) }
        case .convert(_, let mode, let options, _):
            // Only a conversion that could have to wait may ask to.
            let mayWait = held.map { $0 < mode || ($0 == .protectedRead && mode == .concurrentWrite) } ?? true
            guard !options.contains(.expedite), mayWait || !options.contains(.behindConversions)
            else { throw .invalidOptions(options) }
        case .unlock, .cancel: return
        }
    }
}
