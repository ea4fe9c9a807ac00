internal import MDBytes
internal import MDKernel
internal import MDModel
package import MDOperations

extension BuildNotice: Worded {
    package var messages: [Message] {
        switch self {
        case .refused(let refusal): [.error(refusal.words)]
        case .noSuchDevice(let path, let errno): [.error("stat failed for \(path.escapedText): \(errno.words)")]
        case .notBlockDevice(let path): [.error("\(path.escapedText) is not a block device.")]
        case .cannotOpen(let path, let errno): [.error("Cannot open \(path.escapedText): \(errno.words)")]
        case .stepFailed(let failure): [.error(failure.buildWords)]
        case .notStarted(let errno, let isChunkOdd):
            [.error("RUN_ARRAY failed: \(errno.words)")]
                + (isChunkOdd ? [.more("Problem may be that chunk size is not a power of 2")] : [])
        case .layoutDefault(let level, let layout):
            [.error("layout defaults to \(LayoutNames.words(layout, level))", from: 1)]
        case .started(let path): [.error("array \(path.escapedText) built and started.", from: 0)]
        }
    }
}

extension BuildRefusal {
    var words: String {
        switch self {
        case .noRaidDevices: "no raid-devices specified."
        case .noLevel: "a RAID level is needed to Build an array."
        case .bitmap: "--build argument only compatible with --bitmap=none"
        case .writeBehind: "write-behind mode requires a bitmap."
        case .miscounted(let wanted, let listed): "requested \(wanted) devices in array but listed \(listed)"
        }
    }
}

extension StepFailure {
    fileprivate var buildWords: String {
        switch step {
        case .setArrayInfo(let array, _): "SET_ARRAY_INFO failed for \(array.escapedText): \(error.errno.words)"
        case .addDisk(_, let device, _): "ADD_NEW_DISK failed for \(device.escapedText): \(error.errno.words)"
        default: "\(self.step.words): \(error.errno.words)"
        }
    }
}
