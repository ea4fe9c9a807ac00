internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDLocks
internal import MDModel

/// Puts one array together: select, choose a node, judge, add, start, wait for the node.
struct Assembler<K: Kernel> {
    /// What is asked for one array.
    struct Task {
        /// What the user or the configuration calls it, as it is written; nil where nobody named it. Whether that is
        /// a name at all is judged once there are members.
        var word: String?
        var rules: AssemblySelection.Rules
        var terms: Assembly.Terms
        /// Where the members are looked for, in order.
        var paths: [String]
        var update: RequestedUpdate?

        func operand() throws(AssembleRefusal) -> ArrayOperand? {
            guard let word else { return nil }
            do throws(ArrayOperand.Refusal) { return try ArrayOperand(word) } catch { throw .operand(error) }
        }
    }

    let context: Context<K>
    let configuration: Configuration
    let homeHost: HomeHost
    private let cluster: @Sendable () -> any ClusterServices
    var reader: CandidateReader<K>
    /// Devices that were part of an attempt in this pass.
    private(set) var attempted: Set<String> = []
    private var awaited: [AwaitedArray<K>] = []

    init(
        context: Context<K>, configuration: Configuration, homeHost: HomeHost,
        cluster: @escaping @Sendable () -> any ClusterServices
    ) {
        self.cluster = cluster
        self.context = context
        self.configuration = configuration
        self.homeHost = homeHost
        reader = CandidateReader(kernel: context.kernel)
    }

    func tell(_ notice: AssembleNotice) { context.listener.tell(.assemble(notice)) }

    /// Lets every device be tried again.
    mutating func beginPass() {
        attempted = []
        reader.forget()
    }

    /// Lets every device be tried for the next array; those that may have come into being are read anew.
    mutating func beginArray() {
        attempted = []
        reader.forget { $0.hasPrefix("/dev/md") }
    }

    /// Tries one array and tells what happened.
    mutating func assemble(_ task: Task) -> AssembleOutcome {
        tell(.looking(array: task.word))
        var outcome = AssembleOutcome(.refused)
        do throws(AssembleRefusal) {
            let selection = try select(task)
            guard !selection.chosen.isEmpty else { return AssembleOutcome(.nothing) }
            attempted.formUnion(selection.chosen.map(\.path))
            try assemble(selection, task, &outcome)
        } catch { tell(.refused(error)) }
        return outcome
    }

    private mutating func select(_ task: Task) throws(AssembleRefusal) -> AssemblySelection {
        let paths = task.paths.filter { !attempted.contains($0) }
        var findings = reader.findings(paths, rules: task.rules)
        if task.rules.isAutomatic { findings = findings.filter { isWelcome($0) } }
        let selection = AssemblySelection(of: findings, under: task.rules)
        let isExplicit = task.rules.isExplicit
        // What cannot be a member of anything need not be said again in this pass.
        attempted.formUnion(selection.remarks.filter(\.remark.isFinal).map(\.path))
        for told in selection.remarks {
            if told.remark == .unreadable, let failure = reader.failure(of: told.path) {
                tell(.unreadable(path: told.path, failure, isExplicit: isExplicit))
                continue
            }
            var found: UInt32?
            if case .noSuperblock(let version?) = told.remark {
                found = reader.magic(of: told.path, at: version)
            }
            tell(.candidate(told, found: found, isExplicit: isExplicit))
        }
        switch selection.refusal {
        case .noSuperblock(let path)?: throw .noSuperblock(path: path)
        case .differs(let path)?: throw .differs(path: path)
        case nil: return selection
        }
    }

    /// Whether an array that nobody named may be assembled: no ARRAY line says otherwise, nor does AUTO.
    private func isWelcome(_ finding: AssemblyFinding) -> Bool {
        guard let superblock = finding.superblock(at: nil) else { return true }
        for line in configuration.arrays where line.hasIdentity {
            let identity = ArrayIdentity(line)
            let matches =
                identity.isKnown && !identity.shutsOut(path: finding.path)
                && identity.mismatch(of: superblock, homeHost: homeHost) == nil
            if matches, line.isIgnored { return false }
        }
        switch configuration.auto?.verdict(for: superblock.version1 == nil ? .version0 : .version1) ?? .yes {
        case .yes: return true
        case .no: return false
        case .onlyLocal: return superblock.isLocal(to: homeHost)
        }
    }

    private mutating func assemble(
        _ selection: AssemblySelection, _ task: Task, _ outcome: inout AssembleOutcome
    ) throws(AssembleRefusal) {
        let lock: MapLock<K>
        do throws(SystemCallError) {
            lock = try MapLock(kernel: context.kernel, dryRun: context.options.dryRun)
        } catch { throw .mapLocked(error) }
        guard let superblock = selection.chosen.first?.superblock(at: selection.version) else { return }
        let operand = try task.operand()
        var chosen = selection.chosen
        var executor = Executor(context)
        let earlier = try begun(
            superblock, map: lock.read(), isUpdatingUUID: task.update?.changesUUID ?? false)
        var node: ArrayNode<K>
        if let earlier {
            chosen = reader.included(in: ArrayDirectory(earlier.kernelName, kernel: context.kernel)) + chosen
            let isSurprising = operand.map { $0.path != earlier.path } ?? true
            tell(.merging(array: earlier.path, isSurprising: isSurprising))
            node = try wrapping { () throws(ArrayNode<K>.Failure) in
                try ArrayNode.adopt(earlier, executor: &executor, context: context)
            }
        } else {
            let choice = try choose(superblock, operand, task, map: lock.read())
            node = try wrapping { () throws(ArrayNode<K>.Failure) in
                try ArrayNode.make(choice, .visible, executor: &executor, context: context)
            }
        }
        outcome.path = node.choice.path
        outcome.kernelName = node.choice.kernelName
        var act = AssemblyAct(
            context: context, diagnosis: RunDiagnosis(context.kernel, cluster), choice: node.choice,
            existed: earlier != nil,
            configuration: configuration)
        do throws(AssembleRefusal) {
            if earlier == nil {
                do throws(StepFailure) { try node.makeNodes(executor: &executor) } catch { throw .step(error) }
            }
            var version = selection.version
            if let update = task.update {
                chosen = try act.apply(update, to: chosen, at: version, &executor)
                version = update.choice(after: version)
            }
            for member in chosen where !member.isIncluded {
                let slot = member.superblock(at: version).flatMap(\.shownSlot)
                tell(.identified(path: member.path, array: node.choice.path, slot: slot))
            }
            let assembly = try plan(chosen, version, task, node.choice.path)
            outcome.isClustered = assembly.leader.superblock.isClustered
            outcome.result = try act.perform(assembly, lock: lock, &executor)
        } catch {
            act.takeBack(lock: lock, &executor)
            throw error
        }
        if outcome.result == .refused { act.takeBack(lock: lock, &executor) }
        node.release(&executor)
        if let report = act.success { awaited.append(AwaitedArray(node: node, report: report)) }
    }

    /// Waits for the nodes of the arrays that were started, and tells of each, in that order: whoever reads the note
    /// may use the node. udev makes them side by side, so one that comes is a reason to wait for the next.
    mutating func settle() {
        let patience = Milliseconds.seconds(4)
        var deadline = context.kernel.now() + patience
        for array in awaited {
            if array.node.settle(until: deadline) {
                deadline = context.kernel.now() + patience
            } else {
                tell(.nodeMissing(path: array.node.choice.path))
            }
            tell(.started(array.report))
        }
        awaited = []
    }

    private func plan(
        _ chosen: [AssemblyFinding], _ version: MemberSuperblock.Choice?, _ task: Task, _ array: String
    ) throws(AssembleRefusal) -> Assembly {
        do throws(Assembly.Refusal) {
            return try Assembly(of: chosen, version: version, terms: task.terms)
        } catch {
            switch error {
            case .noLeader: throw .noLeader(array: array)
            case .damaged(let path): throw .damaged(path: path)
            case .alike(let first, let second): throw .alike(first, second, isListed: task.rules.isExplicit)
            }
        }
    }

    private func wrapping<Value>(
        _ body: () throws(ArrayNode<K>.Failure) -> Value
    ) throws(AssembleRefusal) -> Value {
        do throws(ArrayNode<K>.Failure) { return try body() } catch {
            switch error {
            case .inUse(let path): throw .inUse(path: path)
            case .notMade(let name, let call): throw .notOpened(path: "/dev/" + name, call)
            case .notOpened(let path, let call): throw .notOpened(path: path, call)
            case .step(let failure): throw .step(failure)
            }
        }
    }
}

/// An array that runs, while udev makes its node.
private struct AwaitedArray<K: Kernel> {
    var node: ArrayNode<K>
    var report: AssembleReport
}

extension Assembler {
    /// The array that some of the members sit in already but that does not run; nil where there is none.
    private func begun(_ superblock: MemberSuperblock, map: ArrayMap, isUpdatingUUID: Bool)
        throws(AssembleRefusal) -> ArrayChoice?
    {
        guard !isUpdatingUUID, let entry = map.entry(uuid: superblock.arrayUUID) else { return nil }
        let directory = ArrayDirectory(entry.name, kernel: context.kernel)
        guard let state = directory.attribute("array_state"), state != "clear" else { return nil }
        guard directory.attribute("level").map(\.isEmpty) ?? true else {
            throw .alreadyActive(path: entry.path)
        }
        return ArrayChoice(
            number: ArrayNaming.number(wishedBy: entry.name), kernelName: entry.name, path: entry.path)
    }

    private func choose(
        _ superblock: MemberSuperblock, _ operand: ArrayOperand?, _ task: Task, map: ArrayMap
    ) throws(AssembleRefusal) -> ArrayChoice {
        let facts = NamingFacts.gather(
            kernel: context.kernel, map: map, configuredPaths: configuration.arrays.compactMap(\.path),
            usesNames: configuration.creation.useNames)
        let name = superblock.nodeName
        let bare = name.firstIndex(of: ":").map { String(name[name.index(after: $0)...]) } ?? name
        do throws(ArrayNaming.Failure) {
            if let operand {
                return try ArrayNaming.choose(operand: operand, name: bare, facts: facts)
            }
            return try ArrayNaming.choose(stored: name, trust: trust(in: superblock, task), facts: facts)
        } catch {
            switch error {
            case .pathInUse(let path), .numberInUse(let path): throw .inUse(path: path)
            case .noNumberLeft: throw .noNumberLeft
            case .badName(let name): throw .operand(.keyword(name))
            }
        }
    }

    private func trust(in superblock: MemberSuperblock, _ task: Task) -> NameTrust {
        if !task.rules.isAutomatic || superblock.isLocal(to: homeHost) { return .local }
        let name = superblock.nodeName
        return !homeHost.isRequired && configuration.array(for: name) == nil ? .local : .foreign
    }
}
