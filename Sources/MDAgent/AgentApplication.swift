internal import ClusterOps
internal import MDBytes
internal import MDKernel
internal import MDModel
internal import MDOperations

/// An agent among the agents of an array that md-cluster runs: it looks and tells, and changes nothing, because the
/// driver alone may write to the members.
final class AgentApplication<K: Kernel>: ClusterApplication {
    private let kernel: K
    private let array: String
    /// Where what the protocol notes goes, and whether it is trouble.
    private let log: @Sendable (String, Bool) -> Void

    /// `array` is the kernel's name of it.
    init(kernel: K, array: String, log: @Sendable @escaping (String, Bool) -> Void) {
        self.kernel = kernel
        self.array = array
        self.log = log
    }

    func look(for identity: [UInt8], mebibytes: Int) -> DeviceAnswer {
        let disk = UUID(bytes: identity)
        let found = DiskLook(kernel: kernel).finding(array: array, disk: disk, mebibytes: UInt32(clamping: mebibytes))
        return DeviceAnswer(found)
    }

    /// Disks are added by the driver's own protocol.
    func newDisk(_ device: NewDevice) -> DeviceAnswer? { .declined }
    func dropNewDisk(_ device: NewDevice) {}
    func follow(_ change: PeerChange) -> DeviceAnswer { .declined }

    /// The driver reads and writes superblocks.
    func readMetadata(isRepair: Bool) -> UInt64? { 0 }
    /// None: the driver's.
    var metadataWritten: (events: UInt64, device: Int) { (0, 0) }

    /// The driver holds back writes, and takes over bitmaps.
    func rangeChanged(slot: Int, _ range: SectorRange) {}
    func takeOver(slot: Int, hint: SectorRange) -> Bool { true }
    /// Never: the bitmap is the driver's.
    var isDirty: Bool { false }

    func note(_ text: String) { log(text, false) }
    func warn(_ text: String) { log(text, true) }
}

extension DeviceAnswer {
    /// A finding in the words of the protocol; errno tells the two kinds of "not ready" apart.
    init(_ answer: NodeAnswer) {
        switch answer.finding {
        case .ready: self = .accepted
        case .notFound: self = .notFound
        case .tooSmall: self = .tooSmall(sectors: answer.mebibytes << 11)
        case .busy: self = .busy
        case .notWritable: self = .notReady(code: Errno.readOnly.rawValue)
        case .noArray: self = .notReady(code: Errno.noSuchDevice.rawValue)
        case .silent: self = .unsupported
        }
    }
}

extension NodeAnswer {
    /// What a peer's answer means.
    init(_ answer: MemberAnswer) {
        self.init(node: answer.node, Self.finding(of: answer), mebibytes: answer.detail >> 11)
    }

    private static func finding(of answer: MemberAnswer) -> Finding {
        switch (answer.verdict, answer.reason) {
        case (.accepted, _): .ready
        case (.refused, "notFound"): .notFound
        case (.refused, "tooSmall"): .tooSmall
        case (.refused, "busy"): .busy
        case (.notReady, _): answer.errno == Errno.readOnly.rawValue ? .notWritable : .noArray
        default: .silent
        }
    }
}
