internal import MDBytes
package import MDKernel
package import MDLocks
package import MDModel

/// `--join`: this node takes part in a clustered array. What a cluster needs is looked at before anything is
/// assembled, so that what is missing is told by its name.
package struct JoinVerb<K: Kernel> {
    private let context: Context<K>
    private let request: JoinRequest
    private let cluster: @Sendable () -> any ClusterServices

    package init(
        _ context: Context<K>, _ request: JoinRequest,
        cluster: @Sendable @escaping () -> any ClusterServices
    ) {
        self.context = context
        self.request = request
        self.cluster = cluster
    }

    private var kernel: K { context.kernel }

    private func tell(_ notice: ClusterNotice) { context.listener.tell(.cluster(notice)) }

    /// Whether this node is in. Everything else was told to the listener.
    package func run() -> Bool {
        let mark = kernel.kernelLogMark()
        do throws(JoinFailure) {
            let name = try readyCluster()
            if let path = try activePath(nil) { return try finish(path, name, wasActive: true, mark) }
            var operation = AssembleOperation(assembly, context: context, cluster: cluster)
            let summary = operation.run()
            guard let outcome = summary.outcomes.first, outcome.isSuccess else { return false }
            if context.options.dryRun { return true }
            guard outcome.result == .started else { throw .notStarted(request.array) }
            guard outcome.isClustered, let path = try activePath(outcome.path) else {
                throw .notClustered(request.array)
            }
            return try finish(path, name, wasActive: false, mark)
        } catch {
            tell(.joinFailed(error))
            return false
        }
    }

    private var assembly: AssembleRequest {
        var wanted = AssembleRequest(common: request.common)
        wanted.array = request.array
        wanted.devices = request.devices
        wanted.uuid = request.uuid
        wanted.name = request.name
        if let nodes = request.nodes {
            wanted.update = "nodes"
            wanted.nodes = nodes
        }
        return wanted
    }

    // MARK: What a cluster needs

    /// How long the cluster's services may take to come up.
    private var patience: Milliseconds { .seconds(min(max(0, request.wait ?? 10), 3600)) }

    /// The cluster's name once modules, corosync, quorum and dlm_controld are there.
    private func readyCluster() throws(JoinFailure) -> String {
        for module in ["dlm", "md-cluster"] where !context.options.dryRun {
            do throws(SystemCallError) { try kernel.loadModule(module) } catch {
                throw .module(module, error.errno)
            }
        }
        let end = kernel.now() + patience
        while true {
            do throws(ClusterFailure) {
                let services = cluster()
                try services.checkReadiness()
                return try services.clusterName()
            } catch {
                guard error.mayPass, kernel.now() < end else { throw .cluster(error) }
            }
            kernel.pause(Milliseconds(500))
        }
    }

    // MARK: After assembly

    /// The array's path where it is active and clustered; nil where nothing is active.
    private func activePath(_ assembled: String?) throws(JoinFailure) -> String? {
        let path = assembled ?? operandPath
        do throws(ManageFailure) {
            let array = try ManagedArray(path, kernel: kernel)
            guard array.isClustered else { throw ManageFailure.notArray(path) }
            return path
        } catch {
            if case .notArray = error { throw .notClustered(path) }
            return nil
        }
    }

    private var operandPath: String { (try? ArrayOperand(request.array).path) ?? request.array }

    private func finish(
        _ path: String, _ name: String, wasActive: Bool, _ mark: KernelLogMark
    ) throws(JoinFailure) -> Bool {
        let array: ManagedArray<K>
        do throws(ManageFailure) { array = try ManagedArray(path, kernel: kernel) } catch {
            throw .notStarted(path)
        }
        try makeWritable(array)
        prepareCommandLock(name)
        tell(
            .joined(
                Membership(
                    array: path, cluster: name, wasActive: wasActive,
                    slot: wasActive ? nil : ClusterMembership.slot(in: kernel.kernelLog(since: mark)),
                    peers: ClusterMembership.peers(of: array, kernel: kernel))))
        return true
    }

    /// Joins the lockspace of the command lock, which takes seconds, so that the first `--add` here need not.
    private func prepareCommandLock(_ name: String) {
        do throws(ClusterFailure) {
            try cluster().commandLock(cluster: name, waitingAtMost: Milliseconds(0)).release()
        } catch {
            // Held by somebody, or not to be had: whoever needs the lock will be told.
        }
    }

    private func makeWritable(_ array: ManagedArray<K>) throws(JoinFailure) {
        guard let state = array.directory.attribute("array_state"),
            state == "read-auto" || state == "readonly", !context.options.readOnly
        else { return }
        var executor = Executor(context)
        executor.lend(array.handle, as: array.path)
        let step = PlannedStep(.makeReadWrite(array: array.path))
        do throws(StepFailure) { try executor.perform(step) } catch {
            throw .notWritable(array.path, error.error.errno)
        }
    }
}

/// `--leave`: stops the array on this node, which leaves its lockspace.
package struct LeaveVerb<K: Kernel> {
    private let context: Context<K>
    private let array: String
    private let cluster: @Sendable () -> any ClusterServices

    package init(
        _ context: Context<K>, array: String, cluster: @Sendable @escaping () -> any ClusterServices
    ) {
        self.context = context
        self.array = array
        self.cluster = cluster
    }

    package func run() -> Bool {
        let path = (try? ArrayOperand(array).path) ?? array
        let peers: [UInt32]?
        do throws(ManageFailure) {
            let opened = try ManagedArray(path, kernel: context.kernel)
            guard opened.isClustered else {
                context.listener.tell(.cluster(.joinFailed(.notClustered(path))))
                return false
            }
            peers = ClusterMembership.peers(of: opened, kernel: context.kernel)
        } catch {
            context.listener.tell(.manage(.failed(error)))
            return false
        }
        let stop = StopOperation(context: context, cluster: cluster)
        guard stop.stop(path) == .done else { return false }
        if !context.options.dryRun { context.listener.tell(.cluster(.left(array: path, peers: peers))) }
        return true
    }
}

/// What this node can tell of who shares an array.
package enum ClusterMembership {
    /// The other nodes in the array's lockspace; nil where configfs does not tell.
    static func peers<K: Kernel>(of array: ManagedArray<K>, kernel: K) -> [UInt32]? {
        guard let uuid = array.uuid else { return nil }
        let nodes = ClusterConfiguration(kernel: kernel).nodes(of: uuid.dashedText)
        return nodes?.filter { !$0.isThisNode }.map(\.id)
    }

    /// The node's slot, counted from zero as bitmaps are. The driver's log counts from one:
    /// `md-cluster: Joined cluster … slot N`.
    package static func slot(in log: [String]) -> Int? {
        for line in log.reversed() {
            guard let rest = line.suffix(after: "Joined cluster ") else { continue }
            let words = rest.split(separator: " ")
            guard words.count >= 3, words[1] == "slot" else { continue }
            return ConfirmOperand.number(words[2]).flatMap { $0 > 0 ? $0 - 1 : nil }
        }
        return nil
    }
}

extension ClusterFailure {
    /// Whether waiting can cure it: services that are still coming up.
    var mayPass: Bool {
        switch self {
        case .corosyncNotRunning, .lockManagerNotRunning, .noQuorum, .timedOut: true
        default: false
        }
    }
}
