internal import MDBytes
package import MDKernel
package import MDLocks
package import MDModel

/// `--manage`: works through a list of operations on the members of one array, left to right. The first
/// that fails ends the list; what was done before it stays.
package struct ManageVerb<K: Kernel> {
    let context: Context<K>
    let request: ManageRequest
    let cluster: any ClusterServices
    let array: ManagedArray<K>
    /// Held from the first operation to the end where the array is clustered.
    private var lock: (any HeldCommandLock)?
    private var isFrozen = false
    private var changes = 0
    /// The slots of members marked by `--replace` that no `--with` has used.
    var replacedSlots: [Int] = []

    /// How long another node's command is waited for.
    private static var lockPatience: Milliseconds { .seconds(20) }

    package init(
        _ context: Context<K>, _ request: ManageRequest, cluster: any ClusterServices
    ) throws(ManageFailure) {
        self.context = context
        self.request = request
        self.cluster = cluster
        array = try ManagedArray(request.array, kernel: context.kernel)
    }

    var kernel: K { context.kernel }

    /// Runs the list. Notices go to the listener.
    package mutating func run() -> ManageOutcome {
        let outcome = runList()
        do throws(ManageFailure) { try unfreeze() } catch {
            tell(.failed(error))
            return .failed
        }
        return outcome
    }

    private mutating func runList() -> ManageOutcome {
        do throws(ManageFailure) {
            try takeLockIfNeeded()
            if request.makeReadOnly { try makeReadOnly() }
            for operation in request.operations { try perform(operation) }
        } catch {
            tell(.failed(error))
            if case .setFaulty(_, .busy) = error { return .refusedToFail }
            return .failed
        }
        return .done(changes: changes, operations: request.operations.count)
    }

    func tell(_ notice: ManageNotice) { context.listener.tell(.manage(notice)) }

    /// Counts an operation that changed something and says so, unless it was only planned.
    mutating func report(_ notice: ManageNotice) {
        changes += 1
        if !context.options.dryRun { tell(notice) }
    }

    private mutating func perform(_ operation: ManageRequest.Operation) throws(ManageFailure) {
        if operation.action == .clusterConfirm {
            try confirm(operation)
            changes += 1
            return
        }
        if array.isExternal { throw .externalMetadata(array.path) }
        for target in try ManageTargets(context: context, array: array).expand(operation) {
            do throws(ManageFailure) { try perform(operation, on: target) } catch {
                if case .tooLarge = error { throw error }
                // Whatever the array could use but cannot have is not missing.
                guard operation.device.path == "missing" else { throw error }
            }
        }
    }

    private mutating func perform(
        _ operation: ManageRequest.Operation, on target: ManageTarget
    ) throws(ManageFailure) {
        switch operation.action {
        case .add, .addSpare, .reAdd, .addJournal: try add(target, operation)
        case .remove: try remove(target)
        case .fail: try fail(target)
        case .replace: try replace(target)
        case .with: try pair(target)
        case .clusterConfirm: break
        }
    }

    private func makeReadOnly() throws(ManageFailure) {
        var executor = borrowingExecutor()
        do throws(StepFailure) { try executor.perform(PlannedStep(.makeReadOnly(array: array.path))) } catch {
            throw .makeReadOnly(array.path, error.error.errno)
        }
    }

    /// An executor that uses the array as it is open.
    func borrowingExecutor() -> Executor<K> {
        var executor = Executor(context)
        executor.lend(array.handle, as: array.path)
        return executor
    }

    // MARK: Recovery

    /// Keeps recovery from starting on the first of several disks.
    mutating func freeze() {
        guard !isFrozen, array.directory.attribute("sync_action") == "idle" else { return }
        do throws(StepFailure) {
            try setSyncAction("frozen")
            isFrozen = true
        } catch {
            // The operation itself works without it: recovery then starts with the first disk.
        }
    }

    /// An array that stays frozen would never recover.
    private func unfreeze() throws(ManageFailure) {
        guard isFrozen else { return }
        do throws(StepFailure) { try setSyncAction("idle") } catch {
            throw .frozen(array.path, file: array.directory.file("sync_action"), error.error.errno)
        }
    }

    private func setSyncAction(_ word: String) throws(StepFailure) {
        var executor = borrowingExecutor()
        var planned = PlannedStep(.attribute(file: array.directory.file("sync_action"), value: word))
        planned.retried = [.busy, .again, .interrupted, .inputOutput]
        planned.attempts = 3
        try executor.perform(planned)
    }

    // MARK: Cluster

    private mutating func takeLockIfNeeded() throws(ManageFailure) {
        guard array.isClustered, !context.options.dryRun,
            request.operations.contains(where: { $0.action != .clusterConfirm })
        else { return }
        do throws(ClusterFailure) {
            let known = ClusterConfiguration(kernel: kernel).name
            let name = if let known { known } else { try cluster.clusterName() }
            lock = try cluster.commandLock(cluster: name, waitingAtMost: Self.lockPatience)
        } catch { throw .lock(error) }
    }
}
