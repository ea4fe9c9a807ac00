package import MDBytes
package import MDLocks

/// What a message is about. Numbers 0 to 8 are the kernel's (enum msg_type of md-cluster); a number from a
/// later version survives, so that it can be answered with "unsupported".
package struct MessageKind: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// METADATA_UPDATED: read the superblocks again. `low` = events, `high` = id of the add it closes.
    package static let metadataUpdated = MessageKind(rawValue: 0)
    /// RESYNCING: `low` and `high` bound what the sender resyncs, in sectors; both zero end it.
    package static let resyncing = MessageKind(rawValue: 1)
    /// NEWDISK: do you see the disk with this uuid, for device number `argument`?
    package static let newDisk = MessageKind(rawValue: 2)
    /// REMOVE: device number `argument` goes.
    package static let remove = MessageKind(rawValue: 3)
    /// RE_ADD: device number `argument` works again.
    package static let reAdd = MessageKind(rawValue: 4)
    /// BITMAP_NEEDS_SYNC: the sender leaves slot `argument` with a bitmap that somebody must take over.
    package static let bitmapNeedsSync = MessageKind(rawValue: 5)
    /// CHANGE_CAPACITY: the array has `low` sectors now.
    package static let changeCapacity = MessageKind(rawValue: 6)
    /// BITMAP_RESIZE: bitmaps cover `high` sectors now.
    package static let bitmapResize = MessageKind(rawValue: 7)
    /// RESYNCING_START: as `resyncing`, before the first range.
    package static let resyncingStart = MessageKind(rawValue: 8)
    /// LOOK: do you see the disk with this uuid, and has it `argument` MiB? The zero uuid asks only how the array is
    /// there. Changes nothing.
    package static let look = MessageKind(rawValue: 0x7d)
    /// HELLO: the sender joins. `low` = protocol version, `high` = its node id.
    package static let hello = MessageKind(rawValue: 0x7e)
    /// ABORT: the add with id `low` is off, for the reason `argument`.
    package static let abort = MessageKind(rawValue: 0x7f)

    /// Whether this version knows what to do.
    package var isKnown: Bool { rawValue <= 8 || self == .look || self == .hello || self == .abort }

    /// Whether it announces or ends a resync range.
    package var isResync: Bool { self == .resyncing || self == .resyncingStart }

    /// Whether its receiver searches for a disk, which takes time.
    package var isSearch: Bool { self == .newDisk || self == .look }
}

/// Names one message of one sender; compared for equality only. Zero is no message.
package struct MessageID: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The sender's eight random bits of this membership, and the number of the message in it.
    package init(incarnation: UInt8, counter: UInt32) {
        rawValue = UInt32(incarnation) << 24 | counter & 0xff_ffff
    }

    package static let none = MessageID(rawValue: 0)
}

/// How a message is to be taken.
package struct MessageFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Every receiver writes a reply record before it lets go of `ack`.
    package static let wantsReply = MessageFlags(rawValue: 1)
    /// Sent before under the same id: somebody had not answered.
    package static let again = MessageFlags(rawValue: 2)
    /// Sent on behalf of a node that went in the middle of an operation.
    package static let repair = MessageFlags(rawValue: 4)
}

/// What one node tells all others, in the 32 bytes that the `message` lock carries.
///
/// | at | size | |
/// |---|---|---|
/// | 0 | 1 | version, 0xc1 |
/// | 1 | 1 | kind |
/// | 2 | 1 | flags |
/// | 3 | 1 | the sender's slot |
/// | 4 | 4 | id |
/// | 8 | 16 | `low` and `high`, or a uuid's bytes in disk order |
/// | 24 | 4 | argument |
/// | 28 | 4 | checksum |
///
/// All integers are little-endian.
package struct ClusterMessage: Hashable, Sendable {
    package var kind: MessageKind
    package var flags: MessageFlags
    package var sender: Int
    package var id: MessageID
    package var low: UInt64
    package var high: UInt64
    package var argument: UInt32

    package init(_ kind: MessageKind, low: UInt64 = 0, high: UInt64 = 0, argument: UInt32 = 0) {
        self.kind = kind
        self.low = low
        self.high = high
        self.argument = argument
        flags = .wantsReply
        sender = 0
        id = .none
    }

    /// NEWDISK for the disk `uuid`.
    package init(newDisk uuid: UUID, number: UInt32) {
        self.init(.newDisk, low: uuid.halves.low, high: uuid.halves.high, argument: number)
    }

    /// LOOK for the disk `identity` of at least that many MiB.
    package init(look identity: UUID, mebibytes: UInt32) {
        self.init(.look, low: identity.halves.low, high: identity.halves.high, argument: mebibytes)
    }

    /// The uuid of a NEWDISK or a LOOK.
    package var uuid: UUID { UUID(low: low, high: high) }

    private enum Layout {
        static let version: UInt8 = 0xc1
        static let kind = 1
        static let flags = 2
        static let sender = 3
        static let id = Field<UInt32>(at: 4)
        static let low = Field<UInt64>(at: 8)
        static let high = Field<UInt64>(at: 16)
        static let argument = Field<UInt32>(at: 24)
    }

    /// The block to publish.
    package func block(_ seal: ClusterSeal) -> ValueBlock {
        var block = ValueBlock.zero
        block[0] = Layout.version
        block[Layout.kind] = kind.rawValue
        block[Layout.flags] = flags.rawValue
        block[Layout.sender] = UInt8(truncatingIfNeeded: sender)
        block[Layout.id] = id.rawValue
        block[Layout.low] = low
        block[Layout.high] = high
        block[Layout.argument] = argument
        return seal.sealed(block)
    }

    /// Reads what a peer published.
    package init(reading block: ValueBlock, _ seal: ClusterSeal) throws(BlockDefect) {
        try seal.open(block, magic: Layout.version)
        kind = MessageKind(rawValue: block[Layout.kind])
        flags = MessageFlags(rawValue: block[Layout.flags])
        sender = Int(block[Layout.sender])
        id = MessageID(rawValue: block[Layout.id])
        low = block[Layout.low]
        high = block[Layout.high]
        argument = block[Layout.argument]
        guard id != .none else { throw .senseless }
    }
}

extension UUID {
    /// Two little-endian words with the bytes in disk order.
    package var halves: (low: UInt64, high: UInt64) {
        let bytes = bytes
        return (Self.word(bytes[0..<8]), Self.word(bytes[8..<16]))
    }

    /// The reverse of `halves`.
    package init(low: UInt64, high: UInt64) {
        self.init(bytes: (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? low : high) >> UInt64($0 % 8 * 8)) })
    }

    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
