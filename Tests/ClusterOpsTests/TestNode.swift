@testable import ClusterOps

/// Disks that several nodes see: a superblock that all share, and who sees what.
final class SharedArray {
    var events: UInt64 = 1
    /// Device number → the disk's first uuid byte.
    var members: [Int: UInt8] = [0: 1, 1: 2]
}

/// An application that keeps books.
final class TestNode: ClusterApplication {
    let array: SharedArray
    /// What it says to a new disk; nil leaves it to `newDiskAck`.
    var verdict: DeviceAnswer? = .accepted
    var candidate: NewDevice?
    var view: [Int: UInt8] = [:]
    var ranges: [Int: SectorRange] = [:]
    var takenOver: [Int] = []
    var changes: [PeerChange] = []
    var changeAnswer = DeviceAnswer.accepted
    var lookAnswer = DeviceAnswer.accepted
    var looks: [(identity: [UInt8], mebibytes: Int)] = []
    var asked = 0
    var notes: [String] = []
    var isDirty = false
    var isReadable = true
    var lastNumber = 0

    init(_ array: SharedArray) { self.array = array }

    func newDisk(_ device: NewDevice) -> DeviceAnswer? {
        asked += 1
        if verdict == .accepted || verdict == nil { candidate = device }
        return verdict
    }

    func look(for identity: [UInt8], mebibytes: Int) -> DeviceAnswer {
        looks.append((identity, mebibytes))
        return lookAnswer
    }

    func dropNewDisk(_ device: NewDevice) { if candidate == device { candidate = nil } }

    func readMetadata(isRepair: Bool) -> UInt64? {
        guard isReadable else { return nil }
        view = array.members
        candidate = nil
        return array.events
    }

    var metadataWritten: (events: UInt64, device: Int) { (array.events, lastNumber) }

    /// Writes superblocks with one more member.
    func write(_ device: NewDevice) {
        array.events += 1
        array.members[device.number] = device.uuid[0]
        view = array.members
        lastNumber = device.number
    }

    func rangeChanged(slot: Int, _ range: SectorRange) { ranges[slot] = range == .none ? nil : range }
    func takeOver(slot: Int, hint: SectorRange) -> Bool {
        takenOver.append(slot)
        return true
    }
    func follow(_ change: PeerChange) -> DeviceAnswer {
        changes.append(change)
        return changeAnswer
    }
    func note(_ text: String) { notes.append(text) }
}

/// Some nodes of one cluster, joined or not.
struct TestCluster {
    let array = SharedArray()
    let cluster = LocalCluster(array: [UInt8](1...16))
    var nodes: [TestNode] = []
    var sessions: [ClusterSession] = []

    static let disk = NewDevice(uuid: [UInt8](repeating: 9, count: 16), number: 2)

    /// `count` members of an array with slots for `slots`.
    init(_ count: Int, slots: Int? = nil) throws {
        for _ in 0..<count {
            add()
            try sessions[sessions.count - 1].join(nodes: slots ?? max(count, 2))
        }
        cluster.settle(milliseconds: 100)
    }

    /// One node more, that has not joined.
    mutating func add() {
        nodes.append(TestNode(array))
        let application = nodes[nodes.count - 1]
        sessions.append(cluster.session(node: UInt32(nodes.count), application: application))
    }

    /// No candidates, and everybody sees what the superblocks say.
    var isSettled: Bool { nodes.allSatisfy { $0.candidate == nil && $0.view == array.members } }
}
