internal import MDCluster

extension ClusterNotice {
    /// One sentence for a log, without its full stop. Slots are counted from zero.
    var words: String {
        switch self {
        case .damagedMessage(let defect): "took no notice of a message that \(defect.words)"
        case .lostMessage: "took no notice of a message whose sender died before it was whole"
        case .impostor(let slot):
            "took no notice of a message under this member's own slot \(slot), which it did not send"
        case .stranger(let slot): "took no notice of a message from slot \(slot), which nobody owns"
        case .unsupported(let kind, let slot):
            "the member in slot \(slot) asks for something that this version does not know (\(kind.rawValue)): "
                + "told it so"
        case .died(let slot): "the member in slot \(slot) died"
        case .left(let slot): "the member in slot \(slot) left"
        case .joined(let slot): "the member in slot \(slot) joined"
        case .repairing(let slot, _):
            "brings to its end what \(slot.map { "the member in slot \($0)" } ?? "some member") left half done"
        case .waitingForQuorum: "waits, because the cluster has no quorum"
        case .spuriousAnswer: "an answer came when nobody waited for it any more"
        case .recoveryFailed(let slot): "cannot take over the bitmap of slot \(slot) yet, and tries again"
        case .brokeDown(let fault): "left at once: \(fault.words)"
        }
    }

    /// Whether an admin should know.
    var isTrouble: Bool {
        switch self {
        case .lostMessage, .left, .joined, .repairing, .spuriousAnswer: false
        case .damagedMessage, .impostor, .stranger, .unsupported, .died, .waitingForQuorum, .recoveryFailed,
            .brokeDown: true
        }
    }

    /// An application answers no to a disk that nobody announced, or not any more.
    static let unaskedNo = "a no came when nobody waited for an answer"
}

extension BlockDefect {
    fileprivate var words: String {
        switch self {
        case .empty: "is empty"
        case .otherVersion(let version): "is of another version (\(version))"
        case .damaged: "is damaged: its checksum is wrong"
        case .senseless: "makes no sense"
        }
    }
}

extension ClusterFault {
    /// Why a member cannot stay.
    fileprivate var words: String {
        switch self {
        case .lockFailed(let lock, let code): "the lock \(lock.name) failed (errno \(code))"
        case .unexpectedEvent(let lock): "the lock manager told of the lock \(lock.name) what nobody asked for"
        default: "it cannot go on"
        }
    }
}
