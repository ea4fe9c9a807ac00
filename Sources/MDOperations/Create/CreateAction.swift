internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

/// Carries a draft out: node, map, members, kernel, start; or takes all of it back.
struct CreateAction<K: Kernel> {
    let creator: Creator<K>
    let draft: CreateDraft<K>
    let operand: ArrayOperand

    private var context: Context<K> { creator.context }

    /// Creates and starts the array. The survey's holds on the devices are given up on the way.
    func run(_ survey: inout CreateSurvey<K>) throws(CreateEnded) {
        var executor = Executor(context)
        var entered: String?
        do throws(CreateEnded) {
            let node = try assemble(&survey, &executor, entered: &entered)
            try start(node, survey, &executor)
            executor.keep()
            report(node, &executor)
        } catch {
            executor.undo()
            if let entered { creator.founding.forget(entered, &executor) }
            throw error
        }
    }

    /// All that happens under the lock on the map, which keeps incremental assembly off the members.
    private func assemble(
        _ survey: inout CreateSurvey<K>, _ executor: inout Executor<K>, entered: inout String?
    ) throws(CreateEnded) -> ArrayNode<K> {
        let lock = try creator.founding.mapLock(executor)
        let choice = try creator.founding.choose(operand, name: creator.request.name, lock)
        let node = try creator.founding.make(choice, .hiddenUntilAnnounced, &executor)
        survey.tellMetadata(creator)
        try announceLockless(node, survey, &executor)
        do throws(StepFailure) {
            try node.makeNodes(executor: &executor)
            try executor.perform(
                lock.adding(
                    ArrayMap.Entry(
                        name: choice.kernelName, metadata: survey.shape.format.word, uuid: draft.identity.uuid,
                        path: choice.path)))
            entered = choice.kernelName
            try lendMembers(survey, &executor)
            var blueprint = draft.blueprint
            blueprint.prefer(minor: UInt32(clamping: choice.number ?? 0))
            try executor.perform(CreatePlan.writes(blueprint, devices: survey.devices))
            // The kernel claims the members for itself from here on.
            survey.claims = []
            try executor.perform(
                CreatePlan.assembly(
                    blueprint, array: choice.path, format: survey.shape.format, devices: survey.devices))
        } catch {
            creator.tell(.stepFailed(error))
            throw .failed
        }
        return node
    }

    /// Tells the driver that the bitmap will not be the ordinary one; before anything is written, since many kernels
    /// have no other.
    private func announceLockless(
        _ node: ArrayNode<K>, _ survey: CreateSurvey<K>, _ executor: inout Executor<K>
    ) throws(CreateEnded) {
        guard survey.shape.bitmap == .lockless else { return }
        try setAttribute("bitmap_type", "llbitmap", of: node, &executor) {
            .locklessUnknown(kernelName: node.choice.kernelName, $0)
        }
    }

    /// Opens each member a second time, for writing, while the claim keeps everybody else out. These handles
    /// outlive the claim, so that a failure can write the old bytes back.
    private func lendMembers(_ survey: CreateSurvey<K>, _ executor: inout Executor<K>) throws(StepFailure) {
        guard !executor.isDryRun else { return }
        for member in draft.blueprint.members {
            guard let device = survey.devices[member.disk.operand]?.device else { continue }
            do throws(SystemCallError) {
                executor.lend(try context.kernel.open(device: device, [.write, .direct]), as: member.path)
            } catch {
                throw StepFailure(step: .removePartitions(device: member.path), error: error)
            }
        }
    }

    private func setBlockSize(_ node: ArrayNode<K>, _ executor: inout Executor<K>) throws(CreateEnded) {
        guard let size = creator.request.logicalBlockSize else { return }
        try setAttribute("logical_block_size", String(size), of: node, &executor) { _ in .blockSizeNotSet(size) }
    }

    private func setAttribute(
        _ name: String, _ value: String, of node: ArrayNode<K>, _ executor: inout Executor<K>,
        orTell notice: (Errno) -> CreateNotice
    ) throws(CreateEnded) {
        let file = ArrayDirectory(node.choice.kernelName, kernel: context.kernel).file(name)
        do throws(StepFailure) { try executor.perform(PlannedStep(.attribute(file: file, value: value))) } catch {
            creator.tell(notice(error.error.errno))
            throw .failed
        }
    }

    private func start(_ node: ArrayNode<K>, _ survey: CreateSurvey<K>, _ executor: inout Executor<K>)
        throws(CreateEnded)
    {
        try setBlockSize(node, &executor)
        let mark = context.kernel.kernelLogMark()
        let steps = CreatePlan.start(
            array: node.choice.path, kernelName: node.choice.kernelName,
            readOnly: creator.request.common.readOnly)
        do throws(StepFailure) { try executor.perform(steps) } catch {
            creator.tell(
                .notStarted(
                    CreateNotice.StartFailure(
                        errno: error.error.errno, isReadOnly: creator.request.common.readOnly,
                        isChunkOdd: survey.shape.chunk.rawValue.nonzeroBitCount > 1,
                        clusterName: survey.shape.isClustered ? draft.identity.clusterName : nil,
                        log: context.kernel.kernelLog(since: mark))))
            throw .failed
        }
    }

    /// Lets udev look at the array and waits for its name. The array exists: nothing here is a failure.
    private func report(_ node: ArrayNode<K>, _ executor: inout Executor<K>) {
        do throws(StepFailure) { try executor.perform(node.announcement) } catch {
            creator.tell(.stepFailed(error))
        }
        guard !executor.isDryRun else { return }
        if !node.settle() { creator.tell(.timeout(path: node.choice.path)) }
        creator.tell(.started(path: node.choice.path))
    }
}
