internal import MDBytes
package import MDKernel
package import MDLocks
internal import MDModel

/// `--stop`
package struct StopOperation<K: Kernel> {
    private let context: Context<K>
    private let takesKernelNames: Bool
    private let cluster: @Sendable () -> any ClusterServices

    /// `takesKernelNames`: whether a word without a slash is an array's name in the kernel, or a path as any other.
    package init(
        context: Context<K>, takesKernelNames: Bool = true, cluster: @escaping @Sendable () -> any ClusterServices
    ) {
        self.context = context
        self.takesKernelNames = takesKernelNames
        self.cluster = cluster
    }

    private func tell(_ notice: StateNotice) { context.listener.tell(.state(notice)) }

    /// Stops one array and waits until its node is gone.
    package func stop(_ word: String) -> StateResult {
        do throws(Refusal) {
            try stop(word, isScan: false)
            return .done
        } catch {
            tell(error.notice)
            return .failed
        }
    }

    /// Complains of an array that is named beside `--scan`, or that there is none of that name.
    package func refuse(_ word: String) -> StateResult {
        do throws(Refusal) {
            _ = try facts(of: word)
            tell(.namedBesideScan)
        } catch { tell(error.notice) }
        return .failed
    }

    /// Stops every array, those on top first, again and again while that helps. What is left is told.
    package func stopAll() -> StateResult {
        var refusals: [StateNotice] = []
        var stopped = 0
        repeat {
            refusals = []
            stopped = 0
            for name in StopOrder.names(Mdstat(kernel: context.kernel) ?? Mdstat("")) {
                do throws(Refusal) {
                    try stop("/dev/" + name, isScan: true)
                    stopped += 1
                } catch { refusals.append(error.notice) }
            }
        } while stopped > 0 && !refusals.isEmpty && !context.options.dryRun
        for refusal in refusals { tell(refusal) }
        return refusals.isEmpty ? .done : .failed
    }

    private struct Refusal: Error { let notice: StateNotice }

    /// What must be known of an array before it is gone.
    private struct Facts {
        var name: String
        var device: DeviceNumber
        /// What the map calls it.
        var path: String?
        var isClustered: Bool
    }

    private func stop(_ word: String, isScan: Bool) throws(Refusal) {
        let facts = try facts(of: word)
        var executor = Executor(context)
        try stop(word, facts, &executor)
        executor.giveBack(word)
        forget(facts, &executor)
        guard !context.options.dryRun else { return }
        let isGone = isGone(word, facts)
        if facts.isClustered { leaveCommandLockspace() }
        if !isGone { tell(.nodeLingers(path: word)) }
        tell(.stopped(path: word, isScan: isScan))
    }

    /// Looks at the array through a handle that is gone when this returns: the driver stops nothing that
    /// is open elsewhere.
    private func facts(of word: String) throws(Refusal) -> Facts {
        do throws(ArrayTarget<K>.Failure) {
            let target = try ArrayTarget.open(word, takesKernelNames: takesKernelNames, kernel: context.kernel)
            let name = target.directory.name
            return Facts(
                name: name, device: target.device,
                path: ArrayMap.load(kernel: context.kernel).entry(named: name)?.path,
                isClustered: isClustered(target.handle))
        } catch {
            switch error {
            case .call(let call): throw Refusal(notice: .cannotOpen(path: word, call))
            case .notAnArray: throw Refusal(notice: .notAnArray(path: word))
            }
        }
    }

    private func stop(_ word: String, _ facts: Facts, _ executor: inout Executor<K>) throws(Refusal) {
        if context.options.dryRun, holders(of: facts.name).isEmpty == false {
            throw Refusal(notice: .held(path: word, holders: holders(of: facts.name)))
        }
        executor.lend(try exclusively(word, facts), as: word)
        let reshape = ReshapeHalt(ArrayDirectory(facts.name, kernel: context.kernel), kernel: context.kernel)
        reshape?.halt(&executor)
        do throws(StepFailure) {
            try executor.perform(PlannedStep(.stop(array: word), retrying: [.busy], attempts: 25))
        } catch {
            reshape?.release()
            throw Refusal(notice: .stopFailed(path: word, error.error))
        }
    }

    /// Opens the array exclusively; those who only look at a new array are gone in a moment.
    private func exclusively(_ word: String, _ facts: Facts) throws(Refusal) -> DeviceHandle {
        var attempt = 1
        while true {
            do throws(SystemCallError) {
                return try context.kernel.open(device: facts.device, [.exclusive])
            } catch {
                guard error.errno == .busy else { throw Refusal(notice: .cannotOpen(path: word, error)) }
                guard attempt < 3 else {
                    throw Refusal(notice: .held(path: word, holders: holders(of: facts.name)))
                }
                attempt += 1
                context.kernel.pause(Milliseconds(50))
            }
        }
    }

    private func holders(of name: String) -> [String] {
        (try? context.kernel.list(directory: "/sys/block/\(name)/holders")) ?? []
    }

    private func isClustered(_ array: DeviceHandle) -> Bool {
        (try? context.kernel.arrayInfo(of: array))?.state.contains(.clustered) ?? false
    }

    /// Takes the array out of the map, and its link away where no udev does that: one in our form is not udev's.
    private func forget(_ facts: Facts, _ executor: inout Executor<K>) {
        do throws(StepFailure) {
            if let path = facts.path, path.hasPrefix("/dev/md/"),
                let target = try? context.kernel.destination(ofLink: path),
                target == "/dev/" + facts.name || !context.kernel.isUdevRunning() && target.hasSuffix("/" + facts.name)
            {
                try executor.perform(PlannedStep(.removeFile(path)))
            }
            try removeFromMap(facts.name, &executor)
        } catch { tell(.mapNotUpdated(error)) }
    }

    private func removeFromMap(_ name: String, _ executor: inout Executor<K>) throws(StepFailure) {
        let lock: MapLock<K>
        do throws(SystemCallError) {
            lock = try MapLock(kernel: context.kernel, dryRun: context.options.dryRun)
        } catch { throw StepFailure(step: .replaceFile(ArrayMap.path, []), error: error) }
        if let obstacle = lock.obstacle, mayBeInMap(name) {
            throw StepFailure(step: .replaceFile(ArrayMap.path, []), error: obstacle)
        }
        try executor.perform(lock.removing(name))
    }

    /// Whether the map has the array, or cannot be read.
    private func mayBeInMap(_ name: String) -> Bool {
        do throws(SystemCallError) {
            return try ArrayMap.read(kernel: context.kernel).entry(named: name) != nil
        } catch { return ![.noEntry, .notDirectory].contains(error.errno) }
    }

    /// Waits, at most five seconds, until the kernel has no such array and its nodes are gone: whoever looks
    /// next must not find a ghost. A node that somebody else made stays, and is not waited for.
    private func isGone(_ word: String, _ facts: Facts) -> Bool {
        let kernel = context.kernel
        let suspicion = kernel.now() + Milliseconds(200)
        lazy var isHandMade = !hasKernelNodes
        var watch = NodeWatch(kernel: kernel, until: kernel.now() + .seconds(5))
        while true {
            let directory = ArrayDirectory(facts.name, kernel: kernel)
            let isInKernel = directory.isPresent && directory.attribute("array_state") != "clear"
            let nodes = ["/dev/" + facts.name, facts.path].compactMap(\.self)
            let hasNode = !directory.isPresent && nodes.contains { kernel.isNode($0, of: facts.device) }
            if !isInKernel, !hasNode || kernel.now() > suspicion && isHandMade { return true }
            guard watch.lookAgain() else { return false }
        }
    }

    /// Whether the kernel makes the nodes in /dev, and takes them away: what is mounted there last tells.
    private var hasKernelNodes: Bool {
        Mount.all(kernel: context.kernel).last { $0.point == "/dev" }?.type ?? "devtmpfs" == "devtmpfs"
    }

    /// With its last clustered array the node has no more use for the lockspace of mdadm's command lock.
    /// Nothing depends on it, so trouble is not told.
    private func leaveCommandLockspace() {
        for entry in Mdstat.entries(kernel: context.kernel) {
            guard let target = try? ArrayTarget.open(entry.name, kernel: context.kernel) else { continue }
            if isClustered(target.handle) { return }
        }
        let services = cluster()
        guard let name = try? services.clusterName() else { return }
        try? services.dropCommandLockspace(cluster: name)
    }
}
