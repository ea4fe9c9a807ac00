internal import MDBytes
package import MDLocks

/// What the holder of the token is about to do, in the 32 bytes of `token`: written before it acts, cleared
/// when it lets go. One that is still open, or a block that is not valid, tells the next holder that an
/// operation may have ended half way.
///
/// | at | size | |
/// |---|---|---|
/// | 0 | 1 | version, 0xc3 |
/// | 1 | 1 | 1 while open |
/// | 2 | 1 | kind of the operation's first message |
/// | 3 | 1 | the holder's slot |
/// | 4 | 4 | id of that message |
/// | 8 | 4 | device number |
/// | 16 | 8 | the first eight bytes of the disk's uuid |
/// | 28 | 4 | checksum |
package struct IntentRecord: Hashable, Sendable {
    package var isOpen: Bool
    package var kind: MessageKind
    package var slot: Int
    package var id: MessageID
    package var number: UInt32
    package var uuidHead: UInt64

    /// An open intent to send `message`.
    package init(_ message: ClusterMessage) {
        isOpen = true
        kind = message.kind
        slot = message.sender
        id = message.id
        number = message.argument
        uuidHead = message.kind == .newDisk ? message.low : 0
    }

    /// Nothing under way.
    package static func closed(slot: Int) -> IntentRecord {
        var record = IntentRecord(ClusterMessage(.metadataUpdated))
        record.isOpen = false
        record.slot = slot
        return record
    }

    private enum Layout {
        static let version: UInt8 = 0xc3
        static let isOpen = 1
        static let kind = 2
        static let slot = 3
        static let id = Field<UInt32>(at: 4)
        static let number = Field<UInt32>(at: 8)
        static let uuidHead = Field<UInt64>(at: 16)
    }

    /// The block to write.
    package func block(_ seal: ClusterSeal) -> ValueBlock {
        var block = ValueBlock.zero
        block[0] = Layout.version
        block[Layout.isOpen] = isOpen ? 1 : 0
        block[Layout.kind] = kind.rawValue
        block[Layout.slot] = UInt8(truncatingIfNeeded: slot)
        block[Layout.id] = id.rawValue
        block[Layout.number] = number
        block[Layout.uuidHead] = uuidHead
        return seal.sealed(block)
    }

    /// Reads what the last holder left.
    package init(reading block: ValueBlock, _ seal: ClusterSeal) throws(BlockDefect) {
        try seal.open(block, magic: Layout.version)
        isOpen = block[Layout.isOpen] != 0
        kind = MessageKind(rawValue: block[Layout.kind])
        slot = Int(block[Layout.slot])
        id = MessageID(rawValue: block[Layout.id])
        number = block[Layout.number]
        uuidHead = block[Layout.uuidHead]
    }
}

/// What the owner of a slot publishes on `bitmap`, which it holds PW for life: the range it resyncs, and
/// whether its on-disk bitmap needs nobody.
///
/// | at | size | |
/// |---|---|---|
/// | 0 | 1 | version, 0xc4 |
/// | 1 | 1 | 1 when the bitmap is clean, which an owner in office never says |
/// | 3 | 1 | slot |
/// | 4 | 4 | incarnation of the writer |
/// | 8 | 16 | the range in sectors |
/// | 28 | 4 | checksum |
package struct SlotRecord: Hashable, Sendable {
    package var isClean: Bool
    package var slot: Int
    package var incarnation: UInt32
    package var range: SectorSpan

    package init(slot: Int, isClean: Bool, incarnation: UInt32, range: SectorSpan = .none) {
        self.isClean = isClean
        self.slot = slot
        self.incarnation = incarnation
        self.range = range
    }

    private enum Layout {
        static let version: UInt8 = 0xc4
        static let isClean = 1
        static let slot = 3
        static let incarnation = Field<UInt32>(at: 4)
        static let low = Field<UInt64>(at: 8)
        static let high = Field<UInt64>(at: 16)
    }

    /// The block to write.
    package func block(_ seal: ClusterSeal) -> ValueBlock {
        var block = ValueBlock.zero
        block[0] = Layout.version
        block[Layout.isClean] = isClean ? 1 : 0
        block[Layout.slot] = UInt8(truncatingIfNeeded: slot)
        block[Layout.incarnation] = incarnation
        block[Layout.low] = range.low
        block[Layout.high] = range.high
        return seal.sealed(block)
    }

    /// Reads what a slot's last owner wrote.
    package init(reading block: ValueBlock, _ seal: ClusterSeal) throws(BlockDefect) {
        try seal.open(block, magic: Layout.version)
        isClean = block[Layout.isClean] != 0
        slot = Int(block[Layout.slot])
        incarnation = block[Layout.incarnation]
        range = SectorSpan(block[Layout.low], block[Layout.high])
    }
}

/// What the owner of a slot leaves on `alive`, which it holds EX for life: written only by a farewell. A slot
/// whose lock can be had without such a record was left by a crash.
///
/// | at | size | |
/// |---|---|---|
/// | 0 | 1 | version, 0xc5 |
/// | 1 | 1 | 1 for a farewell, 3 for one that leaves a dirty bitmap |
/// | 3 | 1 | slot |
/// | 4 | 4 | incarnation |
/// | 28 | 4 | checksum |
package struct FarewellRecord: Hashable, Sendable {
    package var slot: Int
    package var incarnation: UInt32
    package var isDirty: Bool

    package init(slot: Int, incarnation: UInt32, isDirty: Bool) {
        self.slot = slot
        self.incarnation = incarnation
        self.isDirty = isDirty
    }

    private enum Layout {
        static let version: UInt8 = 0xc5
        static let state = 1
        static let slot = 3
        static let incarnation = Field<UInt32>(at: 4)
    }

    /// The block to write.
    package func block(_ seal: ClusterSeal) -> ValueBlock {
        var block = ValueBlock.zero
        block[0] = Layout.version
        block[Layout.state] = isDirty ? 3 : 1
        block[Layout.slot] = UInt8(truncatingIfNeeded: slot)
        block[Layout.incarnation] = incarnation
        return seal.sealed(block)
    }

    /// Reads what a slot's last owner wrote.
    package init(reading block: ValueBlock, _ seal: ClusterSeal) throws(BlockDefect) {
        try seal.open(block, magic: Layout.version)
        guard block[Layout.state] & 1 == 1 else { throw .senseless }
        isDirty = block[Layout.state] & 2 == 2
        slot = Int(block[Layout.slot])
        incarnation = block[Layout.incarnation]
    }
}
