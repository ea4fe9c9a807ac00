internal import MDBytes
package import MDLocks

/// A receiver's judgement of a message.
package enum ReplyVerdict: UInt8, Hashable, Sendable {
    case ok = 1, nack, unsupported, notReady
}

/// Why it is no `ok`.
package enum ReplyReason: UInt8, Hashable, Sendable, CaseIterable {
    case none, notFound, tooSmall, alreadyMember, ioError, uuidMismatch, busy, byOperator, timeout, wrongNumber
    case corrupt
}

/// What a receiver answers, before it is known who asks.
package struct Answer: Hashable, Sendable {
    package var verdict: ReplyVerdict
    package var reason: ReplyReason
    /// The errno behind the reason; 0 where there is none.
    package var code: Int32
    /// The size that was seen, in sectors, or a device number.
    package var detail: UInt64

    package init(_ verdict: ReplyVerdict, _ reason: ReplyReason = .none, code: Int32 = 0, detail: UInt64 = 0) {
        self.verdict = verdict
        self.reason = reason
        self.code = code
        self.detail = detail
    }

    package static let ok = Answer(.ok)

    /// No, for this reason.
    package static func nack(_ reason: ReplyReason, code: Int32 = 0) -> Answer { Answer(.nack, reason, code: code) }
}

/// A node's answer to a message, in the 32 bytes of its own `reply` lock, which it holds PW for life.
///
/// | at | size | |
/// |---|---|---|
/// | 0 | 1 | version, 0xc2 |
/// | 1 | 1 | verdict |
/// | 2 | 1 | reason |
/// | 3 | 1 | the answering node's slot |
/// | 4 | 4 | id of the message |
/// | 8 | 4 | errno |
/// | 12 | 4 | node id |
/// | 16 | 8 | size seen, or device number |
/// | 24 | 4 | incarnation |
/// | 28 | 4 | checksum |
package struct ClusterReply: Hashable, Sendable {
    package var answer: Answer
    package var slot: Int
    package var id: MessageID
    package var node: UInt32
    package var incarnation: UInt32

    package init(_ answer: Answer, slot: Int, to id: MessageID, node: UInt32, incarnation: UInt32) {
        self.answer = answer
        self.slot = slot
        self.id = id
        self.node = node
        self.incarnation = incarnation
    }

    private enum Layout {
        static let version: UInt8 = 0xc2
        static let verdict = 1
        static let reason = 2
        static let slot = 3
        static let id = Field<UInt32>(at: 4)
        static let code = Field<UInt32>(at: 8)
        static let node = Field<UInt32>(at: 12)
        static let detail = Field<UInt64>(at: 16)
        static let incarnation = Field<UInt32>(at: 24)
    }

    /// The block to write.
    package func block(_ seal: ClusterSeal) -> ValueBlock {
        var block = ValueBlock.zero
        block[0] = Layout.version
        block[Layout.verdict] = answer.verdict.rawValue
        block[Layout.reason] = answer.reason.rawValue
        block[Layout.slot] = UInt8(truncatingIfNeeded: slot)
        block[Layout.id] = id.rawValue
        block[Layout.code] = UInt32(bitPattern: answer.code)
        block[Layout.node] = node
        block[Layout.detail] = answer.detail
        block[Layout.incarnation] = incarnation
        return seal.sealed(block)
    }

    /// Reads what a peer wrote.
    package init(reading block: ValueBlock, _ seal: ClusterSeal) throws(BlockDefect) {
        try seal.open(block, magic: Layout.version)
        guard let verdict = ReplyVerdict(rawValue: block[Layout.verdict]),
            let reason = ReplyReason(rawValue: block[Layout.reason])
        else { throw .senseless }
        answer = Answer(
            verdict, reason, code: Int32(bitPattern: block[Layout.code]), detail: block[Layout.detail])
        slot = Int(block[Layout.slot])
        id = MessageID(rawValue: block[Layout.id])
        node = block[Layout.node]
        incarnation = block[Layout.incarnation]
    }
}
