internal import MDBytes
internal import MDFormats
package import MDKernel
package import MDLocks
package import MDModel

/// `--assemble` in all its forms.
package struct AssembleOperation<K: Kernel> {
    let request: AssembleRequest
    private let context: Context<K>
    private let cluster: @Sendable () -> any ClusterServices
    private var configuration = Configuration()
    private var homeHost = HomeHost(name: nil, isRequired: true)

    /// `cluster` is asked only to explain a failure.
    package init(
        _ request: AssembleRequest, context: Context<K>,
        cluster: @escaping @Sendable () -> any ClusterServices
    ) {
        self.request = request
        self.context = context
        self.cluster = cluster
    }

    /// Assembles what was asked for; everything there is to say goes to the listener.
    package mutating func run() -> AssembleSummary {
        configuration = context.configuration
        homeHost = configuration.homeHost(
            asked: request.common.homeHost, hostName: context.kernel.hostName())
        for word in Set(configuration.policies.compactMap(\.unknownFormat)).sorted() {
            tell(.policyIgnored(format: word))
        }
        var summary = AssembleSummary()
        do throws(AssembleRefusal) {
            if request.common.isScan { try scan(&summary) } else { try single(&summary) }
        } catch {
            tell(.refused(error))
            summary.add(AssembleOutcome(.refused))
        }
        return summary
    }

    private func tell(_ notice: AssembleNotice) { context.listener.tell(.assemble(notice)) }

    private func newAssembler(_ devicePaths: [String]? = nil, findsArrays: Bool = false) -> Assembler<K> {
        Assembler(
            context: context, configuration: configuration, homeHost: homeHost, backup: ReshapeBackup(request),
            devicePaths: devicePaths, anticipatesLinks: findsArrays, cluster: cluster)
    }

    private func terms(acceptsPartial: Bool) -> Assembly.Terms {
        var terms = Assembly.Terms()
        terms.force = request.common.force
        terms.run = request.common.run
        terms.noDegraded = request.noDegraded
        terms.acceptsPartial = acceptsPartial
        return terms
    }

    /// One array that the command line names.
    private func single(_ summary: inout AssembleSummary) throws(AssembleRefusal) {
        guard let word = request.array else { throw .noArrays(searchedDevices: false) }
        var identity = askedIdentity
        if request.takesMinorFromNode { identity.superMinor = try minor(ofNode: word) }
        if request.noDegraded { throw .noDegradedWithoutScan }
        let update = try requestedUpdate(homeHost: homeHost, kernel: context.kernel)
        if update != nil { forgetWhatIsUpdated(&identity) }
        let paths = request.devices.map(\.path)
        if paths.isEmpty, !identity.isKnown {
            guard let line = configuration.array(for: word) else { throw .notInConfiguration(array: word) }
            identity = ArrayIdentity(line)
            guard identity.isKnown else { throw .noIdentity(array: word) }
        }
        identity.version = request.common.metadata.flatMap { MemberSuperblock.Choice(named: $0) } ?? identity.version
        // Without a choice superblocks in the other byte order do not count; here they alone do.
        if request.update == "byteorder" { identity.version = .version0(.foreign) }
        let isExplicit = !paths.isEmpty
        let rules = AssemblySelection.Rules(
            identity: identity, homeHost: homeHost, isAutomatic: false, isExplicit: isExplicit)
        var assembler = newAssembler()
        assembler.assemble(
            .init(
                word: word, rules: rules, terms: terms(acceptsPartial: !isExplicit), paths: isExplicit ? paths : nil,
                update: update))
        for outcome in assembler.settle() { summary.add(outcome) }
    }

    private var askedIdentity: ArrayIdentity {
        var identity = ArrayIdentity()
        identity.uuid = request.uuid
        identity.name = request.name
        identity.superMinor = request.superMinor
        return identity
    }

    private func minor(ofNode path: String) throws(AssembleRefusal) -> Int {
        guard let status = try? context.kernel.status(ofPath: path), status.kind == .block else {
            throw .noNode(path: path)
        }
        return Int(status.device.minor)
    }

    /// With `--update=name` and `=uuid` the option says what is to be, not what is.
    private func forgetWhatIsUpdated(_ identity: inout ArrayIdentity) {
        if request.update == "name" { identity.name = nil }
        if request.update == "uuid" { identity.uuid = nil }
    }
}

extension AssembleOperation {
    private func scan(_ summary: inout AssembleSummary) throws(AssembleRefusal) {
        if let array = request.array {
            let update = try requestedUpdate(homeHost: homeHost, kernel: context.kernel)
            for word in [array] + request.devices.map(\.path) { scanNamed(word, update, &summary) }
            return
        }
        if request.update != nil { throw .updateWithScan }
        let paths = DeviceScan.paths(named: configuration, context)
        guard !paths.isEmpty else { throw .noDevices }
        if let (first, second) = configuration.duplicateNames {
            throw .duplicateNames(
                first.path ?? "", first: Self.title(of: first), second: Self.title(of: second))
        }
        let lines = configuration.arrays.filter { !$0.isIgnored && $0.hasIdentity }
        guard lines.isEmpty else { return scanConfigured(lines, paths, &summary) }
        guard homeHost.name != nil else { throw .noArrays(searchedDevices: false) }
        scanEverything(paths, &summary)
        if summary.outcomes.isEmpty { throw .noArrays(searchedDevices: true) }
    }

    private static func title(of line: Configuration.ArrayLine) -> String {
        if let uuid = line.uuid { return "UUID-" + uuid.colonText }
        return line.superMinor.map { "super-minor-\($0)" } ?? line.devices.joined(separator: ",")
    }

    /// `-As MD…`: arrays of the configuration.
    private func scanNamed(_ word: String, _ update: RequestedUpdate?, _ summary: inout AssembleSummary) {
        guard let line = configuration.array(for: word) else {
            tell(.refused(.notInConfiguration(array: word)))
            return summary.add(AssembleOutcome(.refused))
        }
        var assembler = newAssembler()
        assemble(line, named: word, update, &assembler)
        for outcome in assembler.settle() { summary.add(outcome) }
    }

    private func assemble(
        _ line: Configuration.ArrayLine, named word: String?, _ update: RequestedUpdate?,
        _ assembler: inout Assembler<K>
    ) {
        // What lies in a container is external metadata, of which no member can be found here.
        guard line.container == nil, line.member == nil else { return assembler.passOver() }
        var identity = ArrayIdentity(line)
        identity.version = request.common.metadata.flatMap { MemberSuperblock.Choice(named: $0) } ?? identity.version
        let rules = AssemblySelection.Rules(
            identity: identity, homeHost: homeHost, isAutomatic: false, isExplicit: false)
        assembler.assemble(.init(word: word, rules: rules, terms: terms(acceptsPartial: true), update: update))
    }

    /// Passes over the arrays of the configuration, as long as one both succeeds and fails: an array may
    /// be a member of another. Only the last pass counts.
    private func scanConfigured(
        _ lines: [Configuration.ArrayLine], _ paths: [String], _ summary: inout AssembleSummary
    ) {
        var assembler = newAssembler(paths, findsArrays: true)
        var open = lines
        while true {
            for line in open {
                assembler.beginArray()
                assemble(line, named: line.path, nil, &assembler)
            }
            let outcomes = assembler.settle()
            summary.failures = []
            for outcome in outcomes { summary.add(outcome) }
            let failed = zip(open, outcomes).filter { !$1.isSuccess }.map(\.0)
            guard !failed.isEmpty, failed.count < open.count, !context.options.dryRun else { return }
            open = failed
            assembler.beginPass()
        }
    }

    /// Auto-assembly: sets of devices one after the other, until a pass over all of them finds nothing new. Of an
    /// identity that the command line gives, only that array; it counts as if it had been named.
    private func scanEverything(_ found: [String], _ summary: inout AssembleSummary) {
        var assembler = newAssembler(findsArrays: true)
        var paths = found
        var identity = askedIdentity
        let isAutomatic = !identity.isKnown
        identity.version = request.common.metadata.flatMap { MemberSuperblock.Choice(named: $0) }
        let rules = AssemblySelection.Rules(
            identity: identity, homeHost: homeHost, isAutomatic: isAutomatic, isExplicit: false)
        while true {
            assembler.beginPass()
            while assembler.assemble(
                .init(word: nil, rules: rules, terms: terms(acceptsPartial: true), paths: paths)) {}
            let successes = assembler.settle().filter(\.isSuccess)
            for outcome in successes { summary.add(outcome) }
            guard !successes.isEmpty, !context.options.dryRun else { return }
            paths = DeviceScan.paths(named: configuration, context)
        }
    }
}

/// What became of all arrays of a command.
package struct AssembleSummary: Hashable, Sendable {
    /// Every array that was tried. Failures of auto-assembly are left out: they are none of the command.
    package private(set) var outcomes: [AssembleOutcome] = []
    /// The kinds of failure that count for the exit status.
    package internal(set) var failures: Set<AssembleOutcome.Result> = []

    mutating func add(_ outcome: AssembleOutcome) {
        outcomes.append(outcome)
        if !outcome.isSuccess { failures.insert(outcome.result) }
    }
}

extension AssembleOutcome {
    /// Whether the array is as it was asked for.
    package var isSuccess: Bool { result != .refused && result != .nothing }
}
