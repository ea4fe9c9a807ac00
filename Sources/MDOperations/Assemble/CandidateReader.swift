internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

/// Reads devices in parallel and remembers what was on them: several arrays are looked for in one list.
struct CandidateReader<K: Kernel> {
    /// What one device holds.
    private struct Reading: Sendable {
        var device = DeviceNumber.none
        /// Those that can count.
        var superblocks: [MemberSuperblock] = []
        /// Those for more data than the device has room for: it was cut off, or is another one.
        var oversized: [MemberSuperblock] = []
        var failure: MemberFailure?
        /// Whether it begins with a partition table.
        var hasPartitions = false
        /// What lies at the places of superblocks, for those who are told why one is not there.
        var findings: [Member.Finding] = []
        var version0Block: [UInt8]?
        var size = ByteCount.zero

        init() {}

        init(_ answer: Result<Member, SystemCallError>) {
            switch answer {
            case .failure(let error): failure = .call(error)
            case .success(let member):
                device = member.device
                (findings, version0Block, size) = (member.findings, member.version0Block, member.byteSize)
                guard member.device != .none else {
                    failure = .notBlockDevice
                    return
                }
                hasPartitions = ExamineFacts.partitions(in: member.front) != nil
                superblocks = member.allSuperblocks.filter { $0.fits(member.size) }
                oversized = member.allSuperblocks.filter { !$0.fits(member.size) }
            }
        }
    }

    private let kernel: K
    private var readings: [String: Reading] = [:]
    /// Whether somebody held a device when that was tried.
    private var holds: [String: Bool] = [:]

    init(kernel: K) { self.kernel = kernel }

    /// Reads those of `paths` that were not read yet.
    mutating func read(_ paths: [String]) {
        var missing: [String] = []
        for path in paths where readings[path] == nil {
            readings[path] = Reading()
            missing.append(path)
        }
        let results = MemberReader.inRounds(missing) { paths in
            MemberReader.readAll(paths, also: .version0, kernel: kernel).map { Reading($0) }
        }
        for (path, reading) in zip(missing, results) { readings[path] = reading }
    }

    /// Forgets everything, since devices have changed, but what is on `members`: arrays hold them, and nothing more can
    /// come of them.
    mutating func forget(allBut members: Set<DeviceNumber>) {
        readings = readings.filter { members.contains($0.value.device) }
        holds = readings.mapValues { _ in true }
    }

    mutating func forget(where matches: (String) -> Bool) {
        readings = readings.filter { !matches($0.key) }
        holds = holds.filter { !matches($0.key) }
    }

    /// Devices that an array may have taken since: they are tried again.
    mutating func forgetHolds(on devices: Set<DeviceNumber>) {
        holds = holds.filter { path, _ in readings[path].map { !devices.contains($0.device) } ?? false }
    }

    /// What was found, in the order of `paths`. Those that may be chosen are also tried for whether
    /// somebody holds them.
    mutating func findings(_ paths: [String], rules: AssemblySelection.Rules) -> [AssemblyFinding] {
        read(paths.filter { !rules.identity.shutsOut(path: $0) })
        var findings: [AssemblyFinding] = []
        for path in paths {
            let reading = readings[path] ?? Reading()
            var finding = AssemblyFinding(
                path: path, device: reading.device, superblocks: reading.superblocks,
                isReadable: reading.failure == nil)
            if let superblock = finding.superblock(at: rules.identity.version),
                rules.identity.mismatch(of: superblock, homeHost: rules.homeHost) == nil
            {
                finding.isBusy = isHeld(path)
            }
            findings.append(finding)
        }
        return findings
    }

    /// The members of an array that was begun earlier, as they are by now.
    mutating func included(in directory: ArrayDirectory<K>) -> [AssemblyFinding] {
        let paths = directory.memberNames().map { "/dev/" + $0.split(separator: "!").joined(separator: "/") }
        forget { paths.contains($0) }
        read(paths)
        return paths.compactMap { path in
            guard let reading = readings[path], !reading.superblocks.isEmpty else { return nil }
            return AssemblyFinding(
                path: path, device: reading.device, superblocks: reading.superblocks, isIncluded: true)
        }
    }

    /// Why a device could not be read.
    func failure(of path: String) -> MemberFailure? { readings[path]?.failure }

    /// Why places of a version have no superblock; without a version only why one does not count that is there, or what
    /// is there instead.
    func misses(of path: String, at version: MemberSuperblock.Choice?) -> [MetadataMiss] {
        guard let reading = readings[path] else { return [] }
        if reading.oversized.contains(where: { version?.admits($0) ?? true }) { return [.dataBeyondEnd] }
        switch version {
        case nil: return reading.hasPartitions ? [.partitionTable] : []
        case .notNative?: return []
        case .version0(let order)?:
            return MetadataSearch(version0Block: reading.version0Block, reading.size, order).misses
        case .version1(let minor)?:
            let findings = reading.findings.filter { minor == nil || $0.version == minor }
            return MetadataSearch(among: findings, reading.size.sectors).misses
        }
    }

    /// Whether an exclusive open fails. It is only a probe: the driver claims the device itself. What nothing in the
    /// kernel holds may be held by the probe of another command, and is tried again.
    private mutating func isHeld(_ path: String) -> Bool {
        if let known = holds[path] { return known }
        var isBusy = !canBeClaimed(path)
        for _ in 0..<3 where isBusy && !hasHolders(path) {
            kernel.pause(Milliseconds(5))
            isBusy = !canBeClaimed(path)
        }
        holds[path] = isBusy
        return isBusy
    }

    private func canBeClaimed(_ path: String) -> Bool {
        (try? kernel.open(path, [.exclusive, .direct])) != nil
    }

    /// True where sysfs does not say.
    private func hasHolders(_ path: String) -> Bool {
        guard let device = readings[path]?.device, let block = BlockDirectory(of: device, kernel: kernel)
        else { return true }
        return !block.holders.isEmpty
    }
}
