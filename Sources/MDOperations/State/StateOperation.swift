internal import MDBytes
package import MDKernel
package import MDModel

/// `--run`, `--readonly`, `--readwrite`, `--wait`, `--wait-clean`, `--action`, and the bare question whether
/// something is an array.
package struct StateOperation<K: Kernel> {
    private let context: Context<K>
    private let takesKernelNames: Bool

    /// `takesKernelNames`: whether a word without a slash is an array's name in the kernel, or a path as any other.
    package init(context: Context<K>, takesKernelNames: Bool = true) {
        self.context = context
        self.takesKernelNames = takesKernelNames
    }

    private func tell(_ notice: StateNotice) { context.listener.tell(.state(notice)) }

    /// Whether an operand is an array.
    package func probe(_ word: String) -> StateResult { open(word) == nil ? .failed : .done }

    /// STOP_ARRAY_RO
    package func makeReadOnly(_ word: String) -> StateResult {
        switchState(word, .makeReadOnly(array: word)) { .notReadOnly(path: word, $0) }
    }

    /// RESTART_ARRAY_RW
    package func makeReadWrite(_ word: String) -> StateResult {
        switchState(word, .makeReadWrite(array: word)) { .notWritable(path: word, $0) }
    }

    private func switchState(
        _ word: String, _ step: Step, refusal: (SystemCallError) -> StateNotice
    ) -> StateResult {
        guard let target = open(word) else { return .failed }
        guard target.isActive else {
            tell(.notActive(path: word))
            return .failed
        }
        var executor = Executor(context)
        executor.lend(target.handle, as: word)
        do throws(StepFailure) { try executor.perform(PlannedStep(step)) } catch {
            tell(refusal(error.error))
            return .failed
        }
        return .done
    }

    /// Starts an array that was begun but does not run; nothing to do for one that does.
    package func start(_ word: String) -> StateResult {
        guard let choice = begun(word) else { return .failed }
        guard let choice else { return .done }
        let mark = context.kernel.kernelLogMark()
        var executor = Executor(context)
        do throws(ArrayNode<K>.Failure) {
            var node = try ArrayNode.adopt(choice, executor: &executor, context: context)
            do throws(StepFailure) { try start(choice, &executor) } catch {
                let log = context.kernel.kernelLog(since: mark)
                tell(.startFailed(path: choice.path, error.error, log: log))
                return .failed
            }
            node.release(&executor)
            guard !context.options.dryRun else { return .done }
            // The link is a courtesy of udev; the array runs in any case.
            _ = node.settle()
            tell(.started(path: choice.path))
            return .done
        } catch {
            if case .notOpened(_, let call) = error { tell(.cannotOpen(path: word, call)) }
            return .failed
        }
    }

    /// The array as the map calls it. The outer nil is a refusal that was told, the inner one an array
    /// that runs.
    private func begun(_ word: String) -> ArrayChoice?? {
        guard let target = open(word) else { return nil }
        guard !target.isActive else { return .some(nil) }
        let name = target.directory.name
        let path = ArrayMap.load(kernel: context.kernel).entry(named: name)?.path ?? word
        return ArrayChoice(number: ArrayNaming.number(wishedBy: name), kernelName: name, path: path)
    }

    private func start(_ choice: ArrayChoice, _ executor: inout Executor<K>) throws(StepFailure) {
        let directory = ArrayDirectory(choice.kernelName, kernel: context.kernel)
        try executor.perform(PlannedStep(.attribute(file: directory.file("array_state"), value: "read-auto")))
        guard !context.options.dryRun,
            let target = try? ArrayTarget.open(choice.kernelName, kernel: context.kernel),
            (try? context.kernel.arrayInfo(of: target.handle))?.state.contains(.clustered) ?? false
        else { return }
        // An auto-read-only node would make every other node's add fail.
        try executor.perform(PlannedStep(.makeReadWrite(array: choice.path), tolerating: [.busy]))
    }

    /// Opens an array or tells why that is none.
    private func open(_ word: String, isForAction: Bool = false) -> ArrayTarget<K>? {
        do throws(ArrayTarget<K>.Failure) {
            return try ArrayTarget.open(
                word, takesKernelNames: takesKernelNames && !isForAction, kernel: context.kernel)
        } catch {
            switch error {
            case .call(let call) where isForAction: tell(.cannotOpenForAction(path: word, call))
            case .call(let call): tell(.cannotOpen(path: word, call))
            case .notAnArray where isForAction: tell(.notAnArrayForAction(path: word))
            case .notAnArray: tell(.notAnArray(path: word))
            }
            return nil
        }
    }
}

extension StateOperation {
    /// Writes a word to sync_action.
    package func sync(_ word: String, _ action: String) -> StateResult {
        guard let target = open(word, isForAction: true) else { return .failed }
        var executor = Executor(context)
        let step = Step.attribute(file: target.directory.file("sync_action"), value: action)
        do throws(StepFailure) { try executor.perform(PlannedStep(step)) } catch {
            tell(.noAction(path: word, action: action, error.error))
            return .failed
        }
        return .done
    }

    /// Waits until the array is clean. The kernel itself keeps the superblocks of native arrays, which are all
    /// that this release handles: there is nobody to wait for.
    package func waitClean(_ word: String) -> StateResult {
        guard let device = blockDevice(word) else { return .unusable }
        let isArray = ArrayDirectory(of: device, kernel: context.kernel)?.isArray ?? false
        if !isArray { tell(.nothingToWaitFor(path: word)) }
        return .done
    }

    /// The number of the block device that an operand names, or tells why there is none.
    private func blockDevice(_ word: String) -> DeviceNumber? {
        let status: FileStatus
        do throws(SystemCallError) { status = try context.kernel.status(ofPath: word) } catch {
            tell(.noStatus(path: word, error))
            return nil
        }
        guard status.kind == .block else {
            tell(.notBlockDevice(path: word))
            return nil
        }
        return status.device
    }

    /// Waits until no sync runs or is about to. Wakes when /proc/mdstat changes, every five seconds at the latest.
    ///
    /// `show` is called every second with how the sync stands; nil where nobody looks.
    package func wait(_ word: String, show: ((SyncState) -> Void)? = nil) -> StateResult {
        guard let device = blockDevice(word) else { return .unusable }
        guard let directory = ArrayDirectory(of: device, kernel: context.kernel), directory.isArray
        else {
            return .idle
        }
        if context.options.dryRun { return .idle }
        var patience = SyncPatience(isWatched: show != nil)
        while true {
            let entry = Mdstat(kernel: context.kernel)?.entry(named: directory.name)
            let isFrozen = entry?.action == nil && directory.attribute("sync_action") == "frozen"
            guard let rest = patience.rest(entry, isFrozen: isFrozen, now: context.kernel.now()) else {
                return patience.hasWaited ? .done : .idle
            }
            if let show { tell(directory, show) }
            _ = context.kernel.waitForArrayChange(until: context.kernel.now() + rest)
        }
    }

    /// What cannot be read now is not shown now.
    private func tell(_ directory: ArrayDirectory<K>, _ show: (SyncState) -> Void) {
        let reader = SyncReader(directory: directory, kernel: context.kernel)
        if let state = try? reader.state(), state.isUnderWay { show(state) }
    }
}
