internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

/// Reads devices in parallel and remembers what was on them: several arrays are looked for in one list.
struct CandidateReader<K: Kernel> {
    /// What one device holds.
    private struct Reading: Sendable {
        var device = DeviceNumber.none
        var superblocks: [MemberSuperblock] = []
        var failure: MemberFailure?
        /// The words at the places of 1.1 and 1.2.
        var magics: [UInt32] = []
        /// The word at the place of 0.90.
        var magic0: UInt32?
    }

    private let kernel: K
    private var readings: [String: Reading] = [:]

    init(kernel: K) { self.kernel = kernel }

    /// Reads those of `paths` that were not read yet.
    mutating func read(_ paths: [String]) {
        var missing: [String] = []
        for path in paths where readings[path] == nil {
            readings[path] = Reading()
            missing.append(path)
        }
        let kernel = kernel
        let results = kernel.concurrently(missing) { Self.reading(of: $0, kernel: kernel) }
        for (path, reading) in zip(missing, results) { readings[path] = reading }
    }

    /// Forgets everything: devices have changed.
    mutating func forget() { readings = [:] }

    mutating func forget(where matches: (String) -> Bool) {
        readings = readings.filter { !matches($0.key) }
    }

    /// What was found, in the order of `paths`. Those that may be chosen are also tried for whether
    /// somebody holds them.
    mutating func findings(_ paths: [String], rules: AssemblySelection.Rules) -> [AssemblyFinding] {
        read(paths.filter { !rules.identity.shutsOut(path: $0) })
        let readings = readings
        var findings = paths.map { path in
            let reading = readings[path] ?? Reading()
            return AssemblyFinding(
                path: path, device: reading.device, superblocks: reading.superblocks,
                isReadable: reading.failure == nil)
        }
        let candidates = findings.indices.filter { place in
            guard let superblock = findings[place].superblock(at: rules.identity.version) else {
                return false
            }
            return rules.identity.mismatch(of: superblock, homeHost: rules.homeHost) == nil
        }
        let kernel = kernel
        let paths = candidates.map { findings[$0].path }
        let busy = kernel.concurrently(paths) { Self.isHeld($0, kernel: kernel) }
        for (place, isBusy) in zip(candidates, busy) { findings[place].isBusy = isBusy }
        return findings
    }

    /// The members of an array that was begun earlier.
    mutating func included(in directory: ArrayDirectory<K>) -> [AssemblyFinding] {
        let paths = directory.memberNames().map { "/dev/" + $0.split(separator: "!").joined(separator: "/") }
        read(paths)
        return paths.compactMap { path in
            guard let reading = readings[path], !reading.superblocks.isEmpty else { return nil }
            return AssemblyFinding(
                path: path, device: reading.device, superblocks: reading.superblocks, isIncluded: true)
        }
    }

    /// Why a device could not be read.
    func failure(of path: String) -> MemberFailure? { readings[path]?.failure }

    /// What stands where the magic of a version was looked for; nil where that was not read or is not kept.
    func magic(of path: String, at version: MemberSuperblock.Choice) -> UInt32? {
        if case .version0(let order) = version {
            let word = readings[path]?.magic0
            return order == .foreign ? word?.byteSwapped : word
        }
        guard let magics = readings[path]?.magics, magics.count == 2 else { return nil }
        switch version {
        case .version1(.atStart?): return magics[0]
        case .version1(.fourKiBIn?): return magics[1]
        default: return nil
        }
    }

    private static func reading(of path: String, kernel: K) -> Reading {
        var reading = Reading()
        do throws(MemberFailure) {
            let member = try MemberReader.read(path, lookingForVersion0: true, kernel: kernel)
            reading.device = member.device
            reading.superblocks = member.allSuperblocks
            reading.magic0 = member.version0Block.map { SuperblockV0.magic(of: $0, order: .host) }
            if member.front.count >= 4100 {
                reading.magics = [member.front[Field<UInt32>(at: 0)], member.front[Field<UInt32>(at: 4096)]]
            }
            if member.device == .none { reading.failure = .notBlockDevice(path) }
        } catch { reading.failure = error }
        return reading
    }

    /// Whether an exclusive open fails. It is only a probe: the driver claims the device itself.
    private static func isHeld(_ path: String, kernel: K) -> Bool {
        do throws(SystemCallError) {
            _ = try kernel.open(path, [.exclusive, .direct])
            return false
        } catch { return true }
    }
}
