internal import MDBytes
internal import MDCluster

/// What a superblock of the shared disks says. Each number has the tag of the disk that sits there, 0 for none.
struct SharedMetadata: Hashable, Sendable {
    var events: UInt64 = 1
    var disks = SIMD16<UInt8>()
    var capacity: UInt64 = 1000

    /// Two members to begin with.
    static let initial: SharedMetadata = {
        var metadata = SharedMetadata()
        metadata.disks[0] = 1
        metadata.disks[1] = 2
        return metadata
    }()

    /// The lowest number that nobody has, below the limit of the model.
    var freeNumber: Int? { (0..<16).first { disks[$0] == 0 } }
}

/// The superblocks, two copies on two disks, written one after the other.
struct SharedDisks: Hashable, Sendable {
    var copies = [SharedMetadata.initial, SharedMetadata.initial]

    /// The copy with the most events.
    var newest: SharedMetadata { copies[0].events >= copies[1].events ? copies[0] : copies[1] }
}

/// How one host takes one new disk.
enum Sight: UInt8, Sendable, CaseIterable {
    case good, notFound, tooSmall, late, never

    /// What the host says at once; nil where it says nothing in time.
    var answer: Answer? {
        switch self {
        case .good: .ok
        case .notFound: .nack(.notFound)
        case .tooSmall: Answer(.nack, .tooSmall, detail: 7)
        case .late, .never: nil
        }
    }
}

/// A disk that some node wants to add, and how each host takes it.
struct NewDisk: Sendable {
    var tag: UInt8
    var number: Int
    var sights: [Sight]

    var uuid: UUID { UUID(low: UInt64(tag), high: UInt64(number)) }
}

/// A disk that a host holds ready and nothing uses yet.
struct Candidate: Hashable, Sendable {
    var id: MessageID
    var tag: UInt8
    var number: Int
}
