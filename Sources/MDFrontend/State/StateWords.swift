internal import MDBytes
internal import MDKernel
package import MDOperations

extension StateNotice: Worded {
    package var messages: [Message] {
        switch self {
        case .cannotOpen(let path, let error):
            [.error("error opening \(path.escapedText): \(error.errno.words)")]
        case .notAnArray(let path): [.error("\(path.escapedText) does not appear to be an md device")]
        case .namedBesideScan:
            [.error("--stop not meaningful with both a --scan assembly and a device name.")]
        case .notActive(let path): [.error("\(path.escapedText) does not appear to be active.")]
        case .held(let path, let holders):
            [
                .error(
                    "Cannot get exclusive access to \(path.escapedText):"
                        + "Perhaps a running process, mounted filesystem or active volume group?",
                    from: 0)
            ]
                + (holders.isEmpty
                    ? [] : [.more("It is part of \(holders.joined(separator: ", ").escapedText).", from: 1)])
        case .stopped(let path, let isScan): [.note("stopped \(path.escapedText)", from: isScan ? 1 : 0)]
        case .stopFailed(let path, let error):
            [.error("failed to stop array \(path.escapedText): \(error.errno.words)", from: 0)]
                + (error.errno == .busy
                    ? [
                        .more(
                            "Perhaps a running process, mounted filesystem or active volume group?", from: 0)
                    ] : [])
        case .nodeLingers(let path):
            [.error("\(path.escapedText) is stopped, but somebody keeps its device open", from: 0)]
        case .mapNotUpdated(let failure):
            [.error("failed to \(failure.step.words): \(failure.error.errno.words)")]
        default: switching
        }
    }

    private var switching: [Message] {
        switch self {
        case .notReadOnly(let path, let error):
            [.error("failed to set readonly for \(path.escapedText): \(error.errno.words)")]
        case .notWritable(let path, let error):
            [.error("failed to set writable for \(path.escapedText): \(error.errno.words)")]
        case .started(let path): [.error("started array \(path.escapedText)", from: 0)]
        case .startFailed(let path, let error, let log):
            [.error("failed to start array \(path.escapedText): \(error.errno.words)")]
                + log.suffix(8).map { .more("kernel: \($0.escapedText)", from: 1) }
        case .noAction(let path, let action, let error):
            // "Count" is what mdadm writes.
            [.error("Count not set action for \(path.escapedText) to \(action): \(error.errno.words)")]
        case .cannotOpenForAction(let path, let error):
            [.error("Couldn't open \(path.escapedText): \(error.errno.words)")]
        case .notAnArrayForAction(let path): [.error("\(path.escapedText) is no an md array")]
        case .noStatus(let path, let error):
            [.error("stat failed for \(path.escapedText): \(error.errno.words)")]
        case .nothingToWaitFor(let path):
            [.error("Failed to read sysfs attributes for \(path.escapedText)", from: 1)]
        case .notBlockDevice(let path): [.error("\(path.escapedText) is not a block device.")]
        default: []
        }
    }
}
