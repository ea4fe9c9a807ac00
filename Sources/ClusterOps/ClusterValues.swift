internal import MDBytes
internal import MDCluster

/// A half-open range of sectors of an array; (0, 0) is no range.
public struct SectorRange: Hashable, Sendable {
    /// The first sector.
    public var low: UInt64
    /// The first sector behind it.
    public var high: UInt64

    /// From `low` to before `high`.
    public init(_ low: UInt64, _ high: UInt64) {
        self.low = low
        self.high = high
    }

    /// No range.
    public static let none = SectorRange(0, 0)

    var span: SectorSpan { SectorSpan(low, high) }

    init(_ span: SectorSpan) { self.init(span.low, span.high) }
}

/// A disk that is to become a member.
public struct NewDevice: Hashable, Sendable {
    /// The disk's own uuid, as its 16 bytes lie in the superblock (blkid's UUID_SUB).
    public var uuid: [UInt8]
    /// The device number that it gets.
    public var number: Int

    /// The first sixteen bytes of `uuid` count; missing ones are zero.
    public init(uuid: [UInt8], number: Int) {
        self.uuid = uuid
        self.number = number
    }
}

/// What an application says to a new disk, or to another wish of a peer.
public struct DeviceAnswer: Hashable, Sendable {
    let answer: Answer

    init(_ answer: Answer) { self.answer = answer }

    /// Bound as a candidate, or done.
    public static let accepted = DeviceAnswer(.ok)
    /// No device has that uuid.
    public static let notFound = DeviceAnswer(.nack(.notFound, code: 2))
    /// The device is smaller than a member must be; `sectors` is what it has.
    public static func tooSmall(sectors: UInt64) -> DeviceAnswer {
        DeviceAnswer(Answer(.nack, .tooSmall, code: 28, detail: sectors))
    }
    /// The number or the device is a member already.
    public static let alreadyMember = DeviceAnswer(.nack(.alreadyMember, code: 16))
    /// Somebody uses it.
    public static let busy = DeviceAnswer(.nack(.busy, code: 16))
    /// Its superblock has another number or uuid.
    public static let mismatch = DeviceAnswer(.nack(.uuidMismatch, code: 22))
    /// It cannot be read; `code` is an errno.
    public static func failed(code: Int32) -> DeviceAnswer { DeviceAnswer(.nack(.ioError, code: code)) }
    /// The operator said no.
    public static let declined = DeviceAnswer(.nack(.byOperator))
    /// The array cannot be written to on this node; `code` is the errno that a write would end with.
    public static func notReady(code: Int32) -> DeviceAnswer { DeviceAnswer(Answer(.notReady, code: code)) }
    /// This node does not know what was asked.
    public static let unsupported = DeviceAnswer(Answer(.unsupported))
}

/// Why an operation did not work.
public struct ClusterOperationError: Error, Hashable, Sendable {
    /// What kind of reason; more may come.
    public struct Code: Hashable, Sendable {
        enum Value: Hashable, Sendable {
            case notJoined, alreadyJoined, noFreeSlot, refused, silent, timedOut, busy, invalid, cancelled
            case metadataUnreadable, spurious, lockManager
        }

        let value: Value

        /// Not a member, or not any more.
        public static let notJoined = Code(value: .notJoined)
        /// A member already.
        public static let alreadyJoined = Code(value: .alreadyJoined)
        /// Every slot has an owner.
        public static let noFreeSlot = Code(value: .noFreeSlot)
        /// Some node said no, or did not answer in time: `refusal` has it.
        public static let refused = Code(value: .refused)
        /// The nodes in `silentSlots` did not react.
        public static let silent = Code(value: .silent)
        /// A lock was not to be had in time.
        public static let timedOut = Code(value: .timedOut)
        /// Another operation is in the way.
        public static let busy = Code(value: .busy)
        /// The operation makes no sense now, or its range holds no sector.
        public static let invalid = Code(value: .invalid)
        /// The wait was ended from outside.
        public static let cancelled = Code(value: .cancelled)
        /// The superblocks could not be read.
        public static let metadataUnreadable = Code(value: .metadataUnreadable)
        /// Nobody waits for this answer.
        public static let spurious = Code(value: .spurious)
        /// The lock manager failed, and this node has left.
        public static let lockManager = Code(value: .lockManager)
    }

    /// Who said no.
    public struct Refusal: Hashable, Sendable {
        /// The slot; nil where only the lock told that somebody has not accepted.
        public let slot: Int?
        /// The node id; 0 where it is not known.
        public let node: UInt32
        /// One of: notFound, tooSmall, alreadyMember, ioError, uuidMismatch, busy, byOperator, timeout, wrongNumber,
        /// corrupt, none.
        public let reason: String
        /// The errno behind it; 0 where there is none.
        public let errno: Int32
        /// The size that was seen, in sectors, where that is the reason.
        public let detail: UInt64
    }

    /// The kind of reason.
    public let code: Code
    /// What the kernel would have returned.
    public let errno: Int32
    /// Of `refused`.
    public let refusal: Refusal?
    /// Of `silent`.
    public let silentSlots: [Int]

    init(_ value: Code.Value, errno: Int32, refusal: Refusal? = nil, silentSlots: [Int] = []) {
        code = Code(value: value)
        self.errno = errno
        self.refusal = refusal
        self.silentSlots = silentSlots
    }

    init(_ fault: ClusterFault) {
        switch fault {
        case .notJoined: self.init(.notJoined, errno: 107)
        case .alreadyJoined: self.init(.alreadyJoined, errno: 106)
        case .noFreeSlot: self.init(.noFreeSlot, errno: 34)
        // As the kernel has it: a no and a timeout are both ENOENT there.
        case .refused(let refusal): self.init(.refused, errno: 2, refusal: Refusal(refusal))
        case .silent(let slots): self.init(.silent, errno: 110, silentSlots: Array(slots))
        case .tokenTimeout: self.init(.timedOut, errno: 11)
        case .lockTimeout: self.init(.timedOut, errno: 110)
        case .transactionOpen, .resyncBusy: self.init(.busy, errno: 16)
        case .noTransaction, .emptyRange, .notResyncing: self.init(.invalid, errno: 22)
        case .cancelled: self.init(.cancelled, errno: 1)
        case .metadataUnreadable: self.init(.metadataUnreadable, errno: 5)
        case .lockFailed(_, let code): self.init(.lockManager, errno: code)
        case .unexpectedEvent: self.init(.lockManager, errno: 5)
        }
    }
}

extension ClusterOperationError.Refusal {
    init(_ refusal: MDCluster.Refusal) {
        slot = refusal.slot
        node = refusal.node
        reason = "\(refusal.answer.reason)"
        errno = refusal.answer.code
        detail = refusal.answer.detail
    }
}
