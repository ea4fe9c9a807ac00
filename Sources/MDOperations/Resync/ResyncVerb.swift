internal import MDBytes
package import MDKernel
package import MDModel

/// `--resync MD`: tells how an array's sync stands, starts one, or steers it.
package struct ResyncVerb<K: Kernel> {
    private let context: Context<K>
    private let request: ResyncRequest
    private let directory: ArrayDirectory<K>

    private var kernel: K { context.kernel }

    /// nil where the operand is no array; that is told.
    package init?(_ context: Context<K>, _ request: ResyncRequest) {
        do throws(SystemCallError) {
            guard let directory = try Self.directory(of: request.array, context.kernel), directory.isArray else {
                context.listener.tell(.resync(.notAnArray(path: request.array)))
                return nil
            }
            self.directory = directory
        } catch {
            context.listener.tell(.resync(.cannotLook(path: request.array, error)))
            return nil
        }
        self.context = context
        self.request = request
    }

    /// A path, or without a slash the kernel's name. The array is not opened: that could wait for the cluster.
    private static func directory(of word: String, _ kernel: K) throws(SystemCallError) -> ArrayDirectory<K>? {
        if word.isBareName {
            let named = ArrayDirectory(word, kernel: kernel)
            if named.isPresent { return named }
        }
        let status = try kernel.status(ofPath: word)
        return status.kind == .block ? ArrayDirectory(of: status.device, kernel: kernel) : nil
    }

    private func tell(_ notice: ResyncNotice) { context.listener.tell(.resync(notice)) }

    private var reader: SyncReader<K> { SyncReader(directory: directory, kernel: kernel) }

    /// How the sync stands now; nil where that cannot be read, which is told.
    package func view() -> ResyncView? {
        guard let state = state() else { return nil }
        let view = ResyncView(path: request.array, name: directory.name, state: state)
        return state.facts.isShared ? view.sharing(clusterView()) : view
    }

    /// What follows the sync to its end. `outcome` is what was done before: what was started a moment ago may have
    /// ended already.
    package func watch(after outcome: Outcome = .nothing) -> SyncWatch<K> {
        guard case .did(.started(let kind), var state) = outcome else { return SyncWatch(kernel, reader, nil) }
        state.kind = kind
        return SyncWatch(kernel, reader, state)
    }

    /// What became of a verb.
    package enum Outcome: Hashable, Sendable {
        /// It was refused, or a write failed.
        case failed
        /// There was nothing to do, or only a plan was to be shown.
        case nothing
        /// The deed, and the state after it.
        case did(SyncPlan.Deed, SyncState)
    }

    /// Carries the verb out and tells what became of it. Nothing is told of a dry run but its plan.
    package func carryOut(_ verb: SyncVerb) -> Outcome {
        guard let state = state() else { return .failed }
        switch SyncPlan(verb, state) {
        case .nothing(let reason):
            tell(.nothing(path: request.array, reason, state, node: otherNode(state)))
            return .nothing
        case .refuse(let refusal):
            tell(.refused(path: request.array, refusal, node: otherNode(state)))
            return .failed
        case .act(let writes, let deed): return act(verb, writes, deed)
        }
    }

    /// A sync that was just interrupted takes a moment to let go of its limits.
    private static var patience: Int { 50 }

    private func act(_ verb: SyncVerb, _ writes: [SyncPlan.Write], _ deed: SyncPlan.Deed) -> Outcome {
        var executor = Executor(context)
        do throws(StepFailure) {
            for write in writes {
                let step = Step.attribute(file: directory.file(write.attribute), value: write.value)
                try executor.perform(
                    PlannedStep(
                        step, retrying: [.busy], attempts: write.attribute == "sync_action" ? 1 : Self.patience,
                        pause: Milliseconds(100)))
            }
        } catch {
            tell(.failed(path: request.array, verb: verb, error))
            return .failed
        }
        guard !context.options.dryRun else { return .nothing }
        guard let after = settled(verb, deed) else { return .failed }
        tell(.done(path: request.array, deed, after, after.facts.isShared ? clusterView() : nil))
        return .did(deed, after)
    }

    /// The state, or nil where it cannot be read, which is told.
    private func state() -> SyncState? {
        do throws(SystemCallError) {
            if let state = try reader.state() { return state }
            tell(.gone(path: request.array))
        } catch { tell(.cannotLook(path: request.array, error)) }
        return nil
    }

    /// The state once the kernel has done what it was told, in some seconds; nil where it has not, which is told.
    private func settled(_ verb: SyncVerb, _ deed: SyncPlan.Deed) -> SyncState? {
        let start = kernel.now()
        while true {
            guard let state = state() else { return nil }
            if state.shows(deed) { return state }
            let waited = kernel.now().since(start)
            // A short sync is over before it was seen.
            if waited >= .seconds(2), state.hasRun(deed) { return state }
            guard waited < .seconds(5) else {
                tell(.ignored(path: request.array, verb: verb))
                return nil
            }
            _ = kernel.waitForArrayChange(until: kernel.now() + Milliseconds(100))
        }
    }

    private func otherNode(_ state: SyncState) -> UInt32? {
        state.standing == .remote && state.facts.isShared ? clusterView()?.syncHolder : nil
    }

    /// Who shares the array, from configfs, debugfs and the agents.
    private func clusterView() -> ClusterView? {
        guard case .success(let view)? = ClusterStatusVerb(context).views(of: ["/dev/" + directory.name]).first else {
            return nil
        }
        return view
    }
}

extension SyncState {
    /// Whether the kernel did it.
    fileprivate func shows(_ deed: SyncPlan.Deed) -> Bool {
        switch deed {
        case .paused: isFrozen
        case .started, .resumed: isUnderWay
        case .cancelled: !isFrozen && standing != .running && standing != .held && facts.minimum == 0
        case .thawed: !isFrozen
        }
    }

    fileprivate func hasRun(_ deed: SyncPlan.Deed) -> Bool {
        switch deed {
        case .started(let kind), .resumed(let kind):
            standing == .idle && !isFrozen && facts.lastAction == kind.rawValue
        default: false
        }
    }
}

/// How an array's sync stands, and who shares the array.
package struct ResyncView: Hashable, Sendable {
    /// As the command line has it.
    package var path: String
    /// The kernel's name.
    package var name: String
    package var state: SyncState
    /// nil for an array of this node alone, or where nothing is known.
    package var cluster: ClusterView?

    package init(path: String, name: String, state: SyncState) {
        self.path = path
        self.name = name
        self.state = state
    }

    func sharing(_ cluster: ClusterView?) -> ResyncView {
        var view = self
        view.cluster = cluster
        return view
    }
}
