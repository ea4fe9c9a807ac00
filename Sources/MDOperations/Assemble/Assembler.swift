internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDLocks
internal import MDModel

/// Puts arrays together: select, choose a node, judge, add, start, wait for the node. Arrays with all their members
/// are begun one by one and started side by side, since the driver reads and writes every member then.
struct Assembler<K: Kernel> {
    /// What is asked for one array.
    struct Task {
        /// What the user or the configuration calls it, as it is written; nil where nobody named it. Whether that is
        /// a name at all is judged once there are members.
        var word: String?
        var rules: AssemblySelection.Rules
        var terms: Assembly.Terms
        /// Where the members are looked for, in order; nil for all devices that the configuration names.
        var paths: [String]?
        var update: RequestedUpdate?

        func operand() throws(AssembleRefusal) -> ArrayOperand? {
            guard let word else { return nil }
            do throws(ArrayOperand.Refusal) { return try ArrayOperand(word) } catch { throw .operand(error) }
        }
    }

    let context: Context<K>
    let configuration: Configuration
    let homeHost: HomeHost
    private let backup: ReshapeBackup
    /// Whether links are made before udev makes them, so that nobody waits for it.
    private let anticipatesLinks: Bool
    /// Whether it was told that there is no map.
    private var hasMissedMap = false
    private let cluster: @Sendable () -> any ClusterServices
    var reader: CandidateReader<K>
    /// Devices that were part of an attempt in this pass.
    private(set) var attempted: Set<String> = []
    /// The devices that the configuration names, until an array comes into being.
    private var devicePaths: [String]?
    /// What became of each task since the pass began; nil of one that is to start with others.
    private var outcomes: [AssembleOutcome?] = []
    private var begun: [BegunArray<K>] = []
    /// Their members.
    private var begunDevices: Set<DeviceNumber> = []
    private var awaited: [AwaitedArray<K>] = []
    /// Held from the first array that is begun to the last that is started.
    private var mapHold: MapHold<K>?
    /// Members of arrays that were started and took all they were given.
    private var held: Set<DeviceNumber> = []
    /// The kernel's names of those that did not.
    private var incomplete: [String] = []
    /// Names and numbers that no new array may have, also those of arrays that were begun; nil until one is to get a
    /// name.
    private var taken: NamingFacts?

    /// `devicePaths` are the devices that the configuration names, where those were looked for already.
    init(
        context: Context<K>, configuration: Configuration, homeHost: HomeHost, backup: ReshapeBackup,
        devicePaths: [String]? = nil, anticipatesLinks: Bool = false,
        cluster: @escaping @Sendable () -> any ClusterServices
    ) {
        self.devicePaths = devicePaths
        self.anticipatesLinks = anticipatesLinks
        self.cluster = cluster
        self.context = context
        self.configuration = configuration
        self.homeHost = homeHost
        self.backup = backup
        reader = CandidateReader(kernel: context.kernel)
    }

    func tell(_ notice: AssembleNotice) { context.listener.tell(.assemble(notice)) }

    /// Lets every device be tried again. Members of arrays that were started are not read again: that they are held is
    /// known.
    mutating func beginPass() {
        attempted = []
        outcomes = []
        devicePaths = nil
        let taken = incomplete.flatMap { ArrayDirectory($0, kernel: context.kernel).memberDevices() }
        reader.forget(allBut: held.union(taken))
    }

    /// Lets every device be tried for the next array; those that may have come into being are read anew.
    mutating func beginArray() {
        attempted = []
        reader.forget { $0.hasPrefix("/dev/md") }
    }

    /// Tries one array and tells what happened; `settle` tells what becomes of it. False where no device fits.
    @discardableResult
    mutating func assemble(_ task: Task) -> Bool {
        var selection = selection(task)
        let waits = canWait(selection, task)
        // Arrays that come into being now may be what this one lacks.
        if !waits, startBegun() { selection = self.selection(task) }
        tell(.looking(array: task.word))
        let place = outcomes.count
        outcomes.append(nil)
        var outcome = AssembleOutcome(.refused)
        do throws(AssembleRefusal) {
            try judge(selection, task)
            if selection.chosen.isEmpty {
                outcome.result = .nothing
            } else {
                attempted.formUnion(selection.chosen.map(\.path))
                enter(try begin(selection, task, at: place, waits: waits, &outcome))
            }
        } catch { tell(.refused(error)) }
        if begun.last?.place != place { outcomes[place] = outcome }
        if !waits || begun.isEmpty { startBegun() }
        return outcome.result != .nothing
    }

    /// Leaves an array out: no device can be a member of it.
    mutating func passOver() { outcomes.append(AssembleOutcome(.nothing)) }

    /// Whether an array may start together with others: all its members are here, so that none of the others can be
    /// one, and there is nothing to tell before it started.
    private func canWait(_ selection: AssemblySelection, _ task: Task) -> Bool {
        guard context.options.verbosity <= 0, !context.options.dryRun, !task.rules.isExplicit, task.update == nil,
            begun.count < 64
        else { return false }
        guard selection.refusal == nil, !selection.chosen.contains(where: { begunDevices.contains($0.device) }),
            let superblock = selection.chosen.first?.superblock(at: selection.version),
            !superblock.isClustered,
            (mapHold?.map ?? .load(kernel: context.kernel)).entry(uuid: superblock.arrayUUID) == nil
        else { return false }
        do throws(Assembly.Refusal) {
            return try Assembly(of: selection.chosen, version: selection.version, terms: task.terms).isWhole
        } catch { return false }
    }

    /// Chooses among the devices that were not part of an attempt yet.
    private mutating func selection(_ task: Task) -> AssemblySelection {
        let paths = (task.paths ?? namedDevices()).filter { !attempted.contains($0) }
        var findings = reader.findings(paths, rules: task.rules)
        if task.rules.isAutomatic { findings = findings.filter { isWelcome($0) } }
        return AssemblySelection(of: findings, under: task.rules)
    }

    private mutating func namedDevices() -> [String] {
        if let devicePaths { return devicePaths }
        let found = DeviceScan.paths(named: configuration, context)
        devicePaths = found
        return found
    }

    /// Tells what there is to say about the devices; throws where nothing may be assembled from them.
    private mutating func judge(_ selection: AssemblySelection, _ task: Task) throws(AssembleRefusal) {
        let isExplicit = task.rules.isExplicit
        // What cannot be a member of anything need not be said again in this pass.
        attempted.formUnion(selection.remarks.filter(\.remark.isFinal).map(\.path))
        for told in selection.remarks {
            if told.remark == .unreadable, let failure = reader.failure(of: told.path) {
                tell(.unreadable(path: told.path, failure, isExplicit: isExplicit))
                continue
            }
            var misses: [MetadataMiss] = []
            switch told.remark {
            case .noSuperblock(let version): misses = reader.misses(of: told.path, at: version)
            case .otherPlaces: misses = reader.misses(of: told.path, at: .version1(nil))
            default: break
            }
            tell(.candidate(told, misses: misses, isExplicit: isExplicit))
        }
        switch selection.refusal {
        case .noSuperblock(let path)?: throw .noSuperblock(path: path)
        case .differs(let path)?: throw .differs(path: path)
        case nil: return
        }
    }

    /// Whether an array that nobody named may be assembled: no ARRAY line says otherwise, nor does AUTO alone.
    private func isWelcome(_ finding: AssemblyFinding) -> Bool {
        guard let superblock = finding.superblock(at: nil) else { return true }
        for line in configuration.arrays where line.hasIdentity {
            let identity = ArrayIdentity(line)
            let matches =
                identity.isKnown && !identity.shutsOut(path: finding.path)
                && identity.mismatch(of: superblock, homeHost: homeHost) == nil
            if matches, line.isIgnored { return false }
        }
        switch configuration.auto?.verdict(for: superblock.family) ?? .yes {
        case .yes: return true
        case .onlyLocal where superblock.isLocal(to: homeHost): return true
        default: break
        }
        guard !configuration.policies.isEmpty else { return false }
        let disk = DevicePolicy.Disk(
            finding.device, superblock.family, for: configuration.policies, context.kernel)
        return DevicePolicy.allowsAssembly(
            of: disk, isLocal: superblock.isLocal(to: homeHost), by: configuration.policies)
    }

    /// Makes the array and enters it in the map; what is left is to add the members and to start it.
    private mutating func begin(
        _ selection: AssemblySelection, _ task: Task, at place: Int, waits: Bool, _ outcome: inout AssembleOutcome
    ) throws(AssembleRefusal) -> BegunArray<K> {
        let hold = try holdMap()
        if hold.lock.obstacle != nil {
            tell(.mapMissing(isFirstOfScan: anticipatesLinks && !hasMissedMap))
            hasMissedMap = true
        }
        let map = hold.map
        guard let superblock = selection.chosen.first?.superblock(at: selection.version) else { throw .notStarted }
        let operand = try task.operand()
        var chosen = selection.chosen
        var executor = Executor(context)
        let earlier = try earlierArray(
            superblock, map: map, isUpdatingUUID: task.update?.changesUUID ?? false)
        var node: ArrayNode<K>
        if let earlier {
            chosen = reader.included(in: ArrayDirectory(earlier.kernelName, kernel: context.kernel)) + chosen
            let isSurprising = operand.map { $0.path != earlier.path } ?? true
            tell(.merging(array: earlier.path, isSurprising: isSurprising))
            node = try wrapping { () throws(ArrayNode<K>.Failure) in
                try ArrayNode.adopt(earlier, executor: &executor, context: context)
            }
        } else {
            let choice = try choose(superblock, operand, task, takenNames(map))
            node = try wrapping { () throws(ArrayNode<K>.Failure) in
                try ArrayNode.make(choice, .visible, executor: &executor, context: context)
            }
        }
        outcome.path = node.choice.path
        outcome.kernelName = node.choice.kernelName
        var act = AssemblyAct(
            context: context, diagnosis: RunDiagnosis(context.kernel, cluster), choice: node.choice,
            existed: earlier != nil,
            configuration: configuration, backup: backup)
        do throws(AssembleRefusal) {
            if earlier == nil {
                do throws(StepFailure) { try node.makeNodes(executor: &executor) } catch { throw .step(error) }
            }
            var version = selection.version
            if let update = task.update {
                let unchanged = update.losesEvents ? try plan(chosen, version, task, node.choice.path) : nil
                chosen = try act.apply(update, to: chosen, at: version, unchanged: unchanged, &executor)
                version = update.choice(after: version)
            } else {
                for member in chosen where !member.isIncluded { act.tellIdentified(member, at: version) }
            }
            let assembly = try plan(chosen, version, task, node.choice.path)
            outcome.isClustered = assembly.leader.superblock.isClustered
            let begun = try act.begin(assembly, &executor)
            act.isWithholding = waits
            return BegunArray(
                place: place, outcome: outcome, node: node, act: act, executor: executor, assembly: begun)
        } catch {
            act.takeBack(lock: hold.lock, &executor)
            throw error
        }
    }

    private mutating func holdMap() throws(AssembleRefusal) -> MapHold<K> {
        if let mapHold { return mapHold }
        do throws(SystemCallError) {
            let hold = MapHold(try MapLock(kernel: context.kernel, dryRun: context.options.dryRun))
            mapHold = hold
            return hold
        } catch { throw .mapLocked(error) }
    }

    /// The names and numbers that no new array may have.
    private mutating func takenNames(_ map: ArrayMap) -> NamingFacts {
        if let taken { return taken }
        let facts = NamingFacts.gather(
            kernel: context.kernel, map: map, configuredPaths: configuration.arrays.compactMap(\.path),
            usesNames: configuration.creation.useNames)
        taken = facts
        return facts
    }

    private mutating func enter(_ array: BegunArray<K>) {
        begunDevices.formUnion(array.assembly.members.map(\.device))
        if let number = array.node.choice.number { taken?.usedNumbers.insert(number) }
        taken?.usedPaths.insert(array.node.choice.path)
        begun.append(array)
    }

    /// Adds the members of all arrays that were begun and starts them, side by side; what there is to tell comes in
    /// the order in which they were begun. Then the map is free again. False where there are none.
    @discardableResult
    private mutating func startBegun() -> Bool {
        defer { (mapHold, taken, begunDevices) = (nil, nil, []) }
        guard !begun.isEmpty, let mapHold else { return false }
        var executor = Executor(context)
        let entry = mapHold.lock.adding(begun.map(\.mapEntry))
        var started = begun
        do throws(StepFailure) {
            try executor.perform(entry)
            started = context.kernel.concurrently(begun) { $0.started() }
        } catch {
            for index in started.indices { started[index].refuse(.step(error)) }
        }
        begun = []
        devicePaths = nil
        for array in started { conclude(array, mapHold) }
        reader.forgetHolds(on: Set(started.flatMap { $0.assembly.members.map(\.device) }))
        return true
    }

    private mutating func conclude(_ array: BegunArray<K>, _ hold: MapHold<K>) {
        var array = array
        for notice in array.act.withheld { tell(notice) }
        if array.outcome.result == .refused { array.act.takeBack(lock: hold.lock, &array.executor) }
        if let refusal = array.refusal { tell(.refused(refusal)) }
        if array.act.success != nil { remember(array) }
        array.node.release(&array.executor)
        outcomes[array.place] = array.outcome
        guard let report = array.act.success else { return }
        // What cannot be made is waited for. Without a map nobody would know the link when the array is stopped.
        if anticipatesLinks, hold.lock.obstacle == nil { try? array.node.anticipateLink(executor: &array.executor) }
        awaited.append(AwaitedArray(node: array.node, report: report))
    }

    /// Remembers what a started array holds. The driver drops members that it finds out of date, so it is asked for
    /// their number.
    private mutating func remember(_ array: BegunArray<K>) {
        let members = array.assembly.members.map(\.device)
        let info = array.node.handle.flatMap { try? context.kernel.arrayInfo(of: $0) }
        if let info, info.diskCount == members.count {
            held.formUnion(members)
        } else {
            incomplete.append(array.node.choice.kernelName)
        }
    }

    /// Starts what was begun, waits for the nodes of the arrays that were started, and tells of each, in that order:
    /// whoever reads the note may use the node. The result is what became of each task since the pass began.
    mutating func settle() -> [AssembleOutcome] {
        startBegun()
        // As long as if each were waited for by itself.
        let deadline = context.kernel.now() + .seconds(4 * awaited.count)
        for array in awaited {
            if !array.node.settle(until: deadline) {
                tell(.nodeMissing(path: array.node.choice.path))
            }
            tell(.started(array.report))
        }
        awaited = []
        return outcomes.compactMap(\.self)
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
