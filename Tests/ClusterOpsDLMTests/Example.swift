import ClusterOps
import ClusterOpsDLM

/// The smallest application: sees every disk, and keeps its superblocks somewhere else.
final class Application: ClusterApplication {
    var events: UInt64 = 1

    func newDisk(_ device: NewDevice) -> DeviceAnswer? { .accepted }
    func dropNewDisk(_ device: NewDevice) {}
    func look(for identity: [UInt8], mebibytes: Int) -> DeviceAnswer { .accepted }
    func readMetadata(isRepair: Bool) -> UInt64? { events }
    var metadataWritten: (events: UInt64, device: Int) { (events, 0) }
    func rangeChanged(slot: Int, _ range: SectorRange) {}
    func takeOver(slot: Int, hint: SectorRange) -> Bool { true }
    var isDirty: Bool { false }
    func follow(_ change: PeerChange) -> DeviceAnswer { .accepted }
    func note(_ text: String) {}
}

/// Adds a disk from this node, then goes.
func addOneDisk(_ disk: NewDevice, to array: [UInt8]) throws {
    let application = Application()
    let session = try DLMCluster.session(array: array, application: application)
    try session.join(nodes: 4)
    try session.addNewDiskStart(disk)  // every node has found it, and this one alone may write
    application.events += 1  // write the superblocks here
    try session.addNewDiskFinish()
    session.serve(milliseconds: 1000)  // answer other nodes; `session.waker` ends it from another thread
    try session.leave()
    try DLMCluster.leaveLockspace(array: array)
}
