internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDLocks
internal import MDModel

/// Finds out what is behind a RUN_ARRAY that failed.
struct RunDiagnosis<K: Kernel> {
    private let kernel: K

    private let cluster: @Sendable () -> any ClusterServices

    init(_ kernel: K, _ cluster: @escaping @Sendable () -> any ClusterServices) {
        self.kernel = kernel
        self.cluster = cluster
    }

    func explain(_ error: SystemCallError, _ assembly: Assembly, log: [String]) -> RunFailure {
        RunFailure(error: error, cause: cause(error.errno, assembly), log: log)
    }

    private func cause(_ errno: Errno, _ assembly: Assembly) -> RunFailure.Cause {
        if assembly.verdict == .startHopeless {
            return assembly.isEnoughWhenClean ? .tooFewWhileDirty : .tooFewMembers
        }
        guard assembly.leader.superblock.isClustered else { return .unknown }
        switch errno {
        case .unattached, .notConnected: return .lockManagerMissing
        case .noEntry: return .clusterModuleMissing
        case .badRequest:
            return .otherCluster(
                recorded: recordedCluster(assembly) ?? "", running: try? cluster().clusterName())
        case .range: return .noSlotLeft
        default: return .unknown
        }
    }

    /// The cluster's name in the leader's bitmap; nil where it cannot be read.
    private func recordedCluster(_ assembly: Assembly) -> String? {
        assembly.bitmapHeader(kernel).map { String(decoding: $0.clusterName, as: UTF8.self) }
    }
}

extension Assembly {
    /// The header of the leader's bitmap; nil where there is none or it cannot be read.
    func bitmapHeader(_ kernel: some Kernel) -> BitmapSuperblock? {
        guard let place = leader.superblock.bitmapPlace, let device = try? kernel.open(leader.path, [.direct])
        else { return nil }
        return kernel.bitmapHeader(at: place.bytes, of: device)
    }
}
