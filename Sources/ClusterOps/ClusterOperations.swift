/// The thirteen operations of clustered md, as md asks them of its cluster module (struct md_cluster_operations of
/// the Linux kernel, drivers/md/md-cluster.h).
///
/// Sectors have 512 bytes. An operation returns when the cluster has agreed, or throws; while it waits, what other
/// nodes ask is answered.
public protocol ClusterOperations: AnyObject {
    /// md_cluster_operations.join: becomes a member of an array with slots for `nodes` nodes, 1 to 64.
    func join(nodes: Int) throws(ClusterOperationError)

    /// md_cluster_operations.leave: goes. A bitmap that is dirty, by what the application says, or because a resync
    /// is under way, is handed to the others.
    func leave() throws(ClusterOperationError)

    /// md_cluster_operations.slot_number: this node's slot, 0 and up.
    func slotNumber() throws(ClusterOperationError) -> Int

    /// md_cluster_operations.resync_info_update: moves the range that this node resyncs; (0, 0) is none. When it
    /// returns, every other node holds back writes to it.
    func resyncInfoUpdate(_ range: SectorRange) throws(ClusterOperationError)

    /// md_cluster_operations.resync_start: waits until no other node resyncs, then announces the first range.
    /// After an error that is not `cancelled`, `notJoined` or `busy` the range stays announced until `resyncFinish`
    /// succeeds.
    func resyncStart(_ range: SectorRange) throws(ClusterOperationError)

    /// md_cluster_operations.resync_finish: ends the resync for everybody. Nothing where there is none.
    func resyncFinish() throws(ClusterOperationError)

    /// md_cluster_operations.metadata_update_start: takes the right to write superblocks. At once where an add holds
    /// it already.
    func metadataUpdateStart() throws(ClusterOperationError)

    /// md_cluster_operations.metadata_update_finish: the superblocks are written; everybody reads them again.
    func metadataUpdateFinish() throws(ClusterOperationError)

    /// md_cluster_operations.metadata_update_cancel: they were not written. An add that is open is off for everybody.
    func metadataUpdateCancel() throws(ClusterOperationError)

    /// md_cluster_operations.area_resyncing: whether another node resyncs a sector of the range, so that writes to it
    /// must wait.
    func areaResyncing(_ range: SectorRange) -> Bool

    /// md_cluster_operations.add_new_disk_start: asks every node for the disk. When it returns, all of them have it,
    /// and this node alone may write superblocks; then `addNewDiskFinish`, or `metadataUpdateCancel`. Throws
    /// `refused`, with who and why, where one has not; then all of them let go of it again.
    func addNewDiskStart(_ device: NewDevice) throws(ClusterOperationError)

    /// md_cluster_operations.add_new_disk_finish: the superblocks with the new member are written; everybody reads
    /// them.
    func addNewDiskFinish() throws(ClusterOperationError)

    /// md_cluster_operations.new_disk_ack: the answer to `ClusterApplication.newDisk`, where that left it open. Throws
    /// `spurious` for a yes that nobody waits for: whoever bound the disk must let go of it. A no is always taken.
    func newDiskAck(_ isAccepted: Bool) throws(ClusterOperationError)
}
