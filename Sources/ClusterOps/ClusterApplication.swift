/// What the program above does when the cluster asks for it. All calls come from within an operation or `serve`, on
/// that thread; none may call an operation, except that `newDiskAck` may follow later.
public protocol ClusterApplication: AnyObject {
    /// A peer adds a disk: find it, check its uuid, number and size, bind it as a candidate that nothing uses, and
    /// never write to it. Nil where the answer will come by `newDiskAck`.
    func newDisk(_ device: NewDevice) -> DeviceAnswer?

    /// A peer asks whether this node sees the disk `identity`, a uuid of 16 bytes, with at least that many MiB; all
    /// zero asks only how the array is here. Nothing is bound and nothing written, and the answer must not take long.
    func look(for identity: [UInt8], mebibytes: Int) -> DeviceAnswer

    /// The disk is not added after all: let go of the candidate. Also called where there is none.
    func dropNewDisk(_ device: NewDevice)

    /// Read the superblocks again. A candidate that is a member there becomes one, another goes. With `isRepair` also
    /// write them where they differ, because their last writer died. Returns the event count; nil for an error.
    func readMetadata(isRepair: Bool) -> UInt64?

    /// The event count that was written last, and the number of a device whose superblock is good.
    var metadataWritten: (events: UInt64, device: Int) { get }

    /// `slot` resyncs this range now; (0, 0) is none. Returns when no write of this node to it is under way.
    func rangeChanged(slot: Int, _ range: SectorRange)

    /// Takes over the on-disk bitmap of a slot without an owner. `hint` was being resynced, unless it is (0, 0). False
    /// for an error: it is tried again later.
    func takeOver(slot: Int, hint: SectorRange) -> Bool

    /// Whether this node's bitmap has to be handed over when it leaves now.
    var isDirty: Bool { get }

    /// A device goes, comes back, or sizes change, by a peer's will.
    func follow(_ change: PeerChange) -> DeviceAnswer

    /// Something for a log.
    func note(_ text: String)

    /// The same, of trouble that an admin should know.
    func warn(_ text: String)
}

extension ClusterApplication {
    /// One log has both.
    public func warn(_ text: String) { note(text) }

    /// For an application that cannot look: `unsupported`.
    public func look(for identity: [UInt8], mebibytes: Int) -> DeviceAnswer { .unsupported }
}

/// What a peer changes, besides the superblocks that say so.
public enum PeerChange: Hashable, Sendable {
    case removes(number: Int), readds(number: Int), capacity(sectors: UInt64), bitmap(sectors: UInt64)
}
