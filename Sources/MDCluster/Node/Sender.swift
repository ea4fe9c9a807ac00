internal import MDLocks

/// The part that acts: one request at a time, under the token.
struct Sender: Hashable, Sendable {
    /// What is being waited for.
    enum Step: Hashable, Sendable {
        case idle
        case token
        /// A transaction is open: the application writes superblocks.
        case holding
        /// The receiving part has to be through before its locks are used.
        case settling
        /// The intent is being written.
        case marking
        /// A half done operation: the application reads superblocks; then `no-new-dev` goes back to CR.
        case inspecting, restoring
        /// Our range is being published.
        case recording
        case writing, publishing, awaiting, takingBack, withdrawing
        case readingReply, closingReply
        /// Whether a member that did not answer is there at all.
        case checking
        /// `no-new-dev` EX, perhaps once more, and back.
        case voting, votingAgain, unvoting
        case releasing
        /// Joining.
        case surveying, surveyingOn, electing, pausing, registering, enablingReplies, recoveringOwn
        case openingRecord, listening, enteringVote, loading, readingRange, closingRange
        /// Leaving.
        case closingRecord, sayingFarewell, lettingTokenGo
        case endingResync

        /// Whether the receiving part must not begin anything: its locks are in use.
        var needsReceiverAtRest: Bool {
            switch self {
            case .writing, .publishing, .awaiting, .takingBack, .withdrawing, .voting, .votingAgain, .unvoting,
                .inspecting, .restoring, .closingRecord, .sayingFarewell, .lettingTokenGo:
                true
            default: false
            }
        }
    }

    /// What comes when the receiving part is at rest.
    enum Settled: Hashable, Sendable { case inspect, write, farewell }

    /// What a message was sent for.
    enum Purpose: Hashable, Sendable { case announce, abort, close, plain, look, repair, hello, handOver }

    /// What the open transaction is.
    enum Transaction: Hashable, Sendable { case none, metadata, add }

    var queue: [Job] = []
    var job: Job?
    var step = Step.idle
    var settled = Settled.write
    var transaction = Transaction.none
    /// The id of the open add.
    var addID = MessageID.none
    /// Somebody left an operation half done, and nobody has finished it yet.
    var isDirty = false
    /// We failed to finish one.
    var owesRepair = false
    /// What is known of it.
    var hint: IntentRecord?

    var outgoing = ClusterMessage(.metadataUpdated)
    var purpose = Purpose.plain
    var attempts = 0
    /// How often `no-new-dev` EX was refused.
    var refusals = 0
    /// The members who were there when the message went out, and what they said.
    var asked = SlotSet()
    var answers: [ClusterReply?]
    /// The slot that a loop has come to.
    var cursor = 0
    /// `ack` was not to be had in time.
    var isWithdrawn = false
    /// A lock whose wait is being called off.
    var cancelling: ClusterLock?
    /// How the job ends when the token is free again; the first error counts.
    var outcome = ClusterOutcome.success
    /// Joining: free slots, rounds, and whether the slot's bitmap was left dirty.
    var free = SlotSet()
    var rounds = 0
    var ownIsDirty = false

    init(nodes: Int) { answers = Array(repeating: nil, count: nodes) }
}

extension ClusterRequest {
    /// Whether it runs inside an open transaction.
    var belongsToTransaction: Bool {
        switch self {
        case .metadataFinish, .metadataCancel, .remove, .reAdd, .changeCapacity, .bitmapResize, .look: true
        default: false
        }
    }
}
