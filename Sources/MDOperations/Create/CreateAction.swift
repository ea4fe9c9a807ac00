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
            if let entered { forget(entered, &executor) }
            throw error
        }
    }

    /// All that happens under the lock on the map, which keeps incremental assembly off the members.
    private func assemble(
        _ survey: inout CreateSurvey<K>, _ executor: inout Executor<K>, entered: inout String?
    ) throws(CreateEnded) -> ArrayNode<K> {
        let lock = try mapLock(executor)
        let choice = try choose(lock)
        let node = try make(choice, &executor)
        do throws(StepFailure) {
            try node.makeNodes(executor: &executor)
            let version = survey.shape.version
            try executor.perform(
                lock.adding(
                    ArrayMap.Entry(
                        name: choice.kernelName, metadata: "1.\(version.rawValue)", uuid: draft.identity.uuid,
                        path: choice.path)))
            entered = choice.kernelName
            try lendMembers(survey, &executor)
            try executor.perform(CreatePlan.writes(draft.blueprint, devices: survey.devices))
            // The kernel claims the members for itself from here on.
            survey.claims = []
            try executor.perform(
                CreatePlan.assembly(
                    draft.blueprint, array: choice.path, version: version, devices: survey.devices))
        } catch {
            creator.tell(.stepFailed(error))
            throw .failed
        }
        return node
    }

    private func mapLock(_ executor: borrowing Executor<K>) throws(CreateEnded) -> MapLock<K> {
        do throws(SystemCallError) {
            return try MapLock(kernel: context.kernel, dryRun: executor.isDryRun)
        } catch {
            creator.tell(.mapLocked(error))
            throw .failed
        }
    }

    private func choose(_ lock: borrowing MapLock<K>) throws(CreateEnded) -> ArrayChoice {
        let facts = NamingFacts.gather(
            kernel: context.kernel, map: lock.read(),
            configuredPaths: creator.configuration.arrays.compactMap(\.path),
            usesNames: creator.configuration.creation.useNames)
        do throws(ArrayNaming.Failure) {
            return try ArrayNaming.choose(operand: operand, name: creator.request.name, facts: facts)
        } catch {
            creator.tell(.naming(error))
            throw .failed
        }
    }

    private func make(_ choice: ArrayChoice, _ executor: inout Executor<K>) throws(CreateEnded) -> ArrayNode<K> {
        do throws(ArrayNode<K>.Failure) {
            return try ArrayNode.make(choice, executor: &executor, context: context)
        } catch {
            switch error {
            case .inUse(let path): creator.tell(.arrayInUse(path))
            case .notMade(let name, let cause): creator.tell(.cannotMakeArray(name: name, cause.errno))
            case .notOpened(let path, let cause): creator.tell(.cannotOpenArray(path: path, cause.errno))
            case .step(let failure): creator.tell(.stepFailed(failure))
            }
            throw .failed
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

    private func start(_ node: ArrayNode<K>, _ survey: CreateSurvey<K>, _ executor: inout Executor<K>)
        throws(CreateEnded)
    {
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

    /// Takes the array out of the map again.
    private func forget(_ name: String, _ executor: inout Executor<K>) {
        do throws(CreateEnded) {
            let lock = try mapLock(executor)
            do throws(StepFailure) { try executor.perform(lock.removing(name)) } catch {
                creator.tell(.stepFailed(error))
            }
        } catch { return }
    }
}
