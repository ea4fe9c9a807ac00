package import MDBytes

/// What the application asks of its node. Each request ends with one `finished` effect.
package enum ClusterRequest: Hashable, Sendable {
    /// Becomes a member. The nonce is random: messages of this membership are numbered from there, so that none is
    /// taken for one of an earlier life in the same slot.
    case join(nonce: UInt32)
    /// Goes; a dirty bitmap is handed to the others.
    case leave(isDirty: Bool)
    /// Takes the right to write superblocks.
    case metadataStart
    /// They are written, with this event count; the device is one whose superblock is good.
    case metadataFinish(events: UInt64, device: UInt32)
    /// They were not written: nobody is told, except that an open add is off.
    case metadataCancel
    /// Asks everybody for a disk; then holds the right to write superblocks.
    case addStart(uuid: UUID, number: UInt32)
    /// Asks everybody whether they see the disk `identity` with at least that many MiB; zero asks only how the array is
    /// there. Changes nothing, and ends with `answers`.
    case look(identity: UUID, mebibytes: UInt32)
    /// Begins or moves what this node resyncs; waits for the node that resyncs now.
    case resyncStart(SectorSpan)
    case resyncMove(SectorSpan)
    case resyncFinish
    /// Tells the others that a device goes, comes back, or that sizes change.
    case remove(number: UInt32)
    case reAdd(number: UInt32)
    case changeCapacity(sectors: UInt64)
    case bitmapResize(sectors: UInt64)
    /// Looks whether somebody left an operation half done, and finishes it. The node asks this of itself.
    case repair
}

/// How a request ended.
package enum ClusterOutcome: Hashable, Sendable {
    case success
    /// A look is over: what every member that was asked and is still there said, in the order of their slots.
    case answers([MemberReply])
    case failure(ClusterFault)

    /// Whether it worked.
    package var isSuccess: Bool { if case .failure = self { false } else { true } }
}

/// What one member said to a look.
package struct MemberReply: Hashable, Sendable {
    package var slot: Int
    /// The node id; 0 where it is not known.
    package var node: UInt32
    /// Nil where it stayed silent.
    package var answer: Answer?

    package init(slot: Int, node: UInt32, answer: Answer?) {
        self.slot = slot
        self.node = node
        self.answer = answer
    }
}

/// Why a request failed.
package enum ClusterFault: Error, Hashable, Sendable {
    /// Not a member, or not yet, or not any more.
    case notJoined
    case alreadyJoined
    /// Every slot has an owner.
    case noFreeSlot
    /// Some node said no, or did not answer, or its hold on `no-new-dev` said no: the first refusal.
    case refused(Refusal)
    /// These nodes did not let go of the message in time.
    case silent(SlotSet)
    /// The token was not to be had in time.
    case tokenTimeout
    /// Another wait for a lock took too long.
    case lockTimeout(ClusterLock)
    /// No transaction is open, or one is.
    case noTransaction
    case transactionOpen
    /// A range without a sector.
    case emptyRange
    /// Another wait for `resync` is under way, or nothing is being resynced.
    case resyncBusy
    case notResyncing
    /// A wait for `resync` was ended by `resyncFinish` or `leave`.
    case cancelled
    /// The superblocks could not be read.
    case metadataUnreadable
    /// A lock call failed, and the node has left the lockspace at once.
    case lockFailed(ClusterLock, code: Int32)
    /// The lock manager told of that lock what fits nothing that was asked, and the node has left at once.
    case unexpectedEvent(ClusterLock)
}

/// A node's no.
package struct Refusal: Hashable, Sendable {
    /// The refusing node's slot; nil where only the lock told.
    package var slot: Int?
    /// The node id it gave, 0 where it gave none.
    package var node: UInt32
    package var answer: Answer

    package init(slot: Int?, node: UInt32, answer: Answer) {
        self.slot = slot
        self.node = node
        self.answer = answer
    }
}

/// What happened that a log should have.
package enum ClusterNotice: Hashable, Sendable {
    /// A message that could not be taken: how it was answered is for the lock alone.
    case damagedMessage(BlockDefect)
    /// The value block of `message` lost its writer.
    case lostMessage
    /// A message under our own slot that we never sent, or of a slot that nobody owns or that does not exist.
    case impostor(slot: Int)
    case stranger(slot: Int)
    case unsupported(MessageKind, from: Int)
    case died(slot: Int)
    case left(slot: Int)
    case joined(slot: Int)
    /// An operation that somebody left half done is being finished; the slot and kind are hints.
    case repairing(slot: Int?, kind: MessageKind?)
    /// A request stays, because nothing moves without quorum.
    case waitingForQuorum(ticket: Int)
    /// The answer to a NEWDISK or a LOOK came when nobody waited for it.
    case spuriousAnswer(MessageID)
    case recoveryFailed(slot: Int)
    /// The node has left at once.
    case brokeDown(ClusterFault)
}
