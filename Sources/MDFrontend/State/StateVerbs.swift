package import MDKernel
package import MDLocks
internal import MDModel
package import MDOperations

/// The verbs that start, stop, switch and await arrays. Each takes operands and returns the exit status.
package struct StateVerbs<K: Kernel> {
    private let context: Context<K>
    private let voice: Voice
    private let takesKernelNames: Bool
    private let cluster: @Sendable () -> any ClusterServices

    /// `takesKernelNames`: in misc mode `md0` is the array of that name, in manage mode a file.
    package init(
        context: Context<K>, voice: Voice, takesKernelNames: Bool = true,
        cluster: @escaping @Sendable () -> any ClusterServices
    ) {
        self.context = context
        self.takesKernelNames = takesKernelNames
        self.voice = voice
        self.cluster = cluster
    }

    /// `--stop DEV…`
    package func stop(_ devices: [String]) -> Int32 {
        let operation = stopOperation
        return joined(devices) { operation.stop($0) }
    }

    /// `--stop --scan DEV…`, which says too much.
    package func refuseToStop(_ devices: [String]) -> Int32 {
        let operation = stopOperation
        return joined(devices) { operation.refuse($0) }
    }

    /// `--stop --scan`
    package func stopAll() -> Int32 {
        StopOperation(context: context, cluster: cluster).stopAll().exitStatus
    }

    /// `--run DEV…`
    package func run(_ devices: [String]) -> Int32 { joined(devices) { operation.start($0) } }

    /// `--readonly DEV…`
    package func readOnly(_ devices: [String]) -> Int32 { joined(devices) { operation.makeReadOnly($0) } }

    /// `--readwrite DEV…`
    package func readWrite(_ devices: [String]) -> Int32 { joined(devices) { operation.makeReadWrite($0) } }

    /// `--wait DEV…`; how far it is is drawn on a terminal, and nowhere else.
    package func wait(_ devices: [String]) -> Int32 {
        guard voice.console.errorWidth() != nil, context.options.verbosity >= 0 else {
            return joined(devices) { operation.wait($0) }
        }
        return joined(devices) { device in
            var display = FollowDisplay(voice: voice, path: device)
            defer { display.finish() }
            return operation.wait(device) { display.show(($0, nil), at: context.kernel.now()) }
        }
    }

    /// `--wait-clean DEV…`, or of all with `--scan`
    package func waitClean(_ devices: [String]) -> Int32 { joined(devices) { operation.waitClean($0) } }

    /// `--action=WORD DEV…`
    package func sync(_ devices: [String], _ word: String) -> Int32 {
        joined(devices) { operation.sync($0, word) }
    }

    /// `--misc DEV…` without an action
    package func probe(_ devices: [String]) -> Int32 { joined(devices) { operation.probe($0) } }

    private var stopOperation: StopOperation<K> {
        StopOperation(context: context, takesKernelNames: takesKernelNames, cluster: cluster)
    }

    private var operation: StateOperation<K> {
        StateOperation(context: context, takesKernelNames: takesKernelNames)
    }

    private func joined(_ devices: [String], _ body: (String) -> StateResult) -> Int32 {
        devices.reduce(0) { $0 | body($1).exitStatus }
    }
}

extension StateResult {
    var exitStatus: Int32 {
        switch self {
        case .done: 0
        case .failed, .idle: 1
        case .unusable: 2
        }
    }
}
