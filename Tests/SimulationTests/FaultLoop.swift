import MDBytes
import MDFormats
import MDKernel
import MDOperations
import MDSimulator

/// A world and the one command that is to survive every failure in it.
struct FaultScene: Sendable {
    var command: String
    /// Commands that build the world; none may fail.
    var before: [String] = []
    var disks = 3
    var hasUdev = true
    var input = ""
    /// Commands whose effect is as good as nothing where the scene's own fails: the operations of a list
    /// that come before the one that failed stay done.
    var milestones: [String] = []
    /// Calls without which the command may do less, if it says so.
    var tolerates: [String] = []
    /// Calls that are worth failing; all by default.
    var chooses: @Sendable (String) -> Bool = { _ in true }
    /// More to build, after the commands.
    var prepare: @Sendable (SimulatedKernel) throws -> Void = { _ in }

    /// A fresh world.
    func build() throws -> SimulatedKernel {
        var settings = SimulatedKernel.Settings()
        settings.hasUdev = hasUdev
        // No sync ends while a command runs.
        settings.syncSpeed = 1
        let kernel = SimulatedKernel.withDisks(disks, size: ByteCount(64 << 20), settings: settings)
        for line in before {
            let result = run(line, on: kernel)
            guard result.status == 0 else { throw SceneFailure("\(line): \(result.error)") }
        }
        try prepare(kernel)
        return kernel
    }
}

struct SceneFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Everything that a failed command must leave alone.
struct WorldState: Hashable, Sendable {
    var disks: [DiskSnapshot]
    var arrays: [String]
    var files: [String]
    var map: String
    var mdstat: String
    var handles: [String]

    init(_ kernel: SimulatedKernel, disks count: Int) {
        disks = (0..<count).compactMap { index in
            kernel.disk("sd" + String(UnicodeScalar(UInt8(ascii: "a") + UInt8(index))))?.snapshot()
        }
        arrays = kernel.arrayNames.sorted()
        files = kernel.storedPaths.filter { !Self.incidental.contains($0) && !$0.hasPrefix("/var") }
        map = Self.text("/run/mdadm/map", kernel)
        mdstat = Self.text("/proc/mdstat", kernel).split(separator: "\n").dropFirst().joined(separator: "\n")
        handles = kernel.openHandles.sorted()
    }

    /// Directories and the lock file, which may stay; so may copies of what was overwritten (ArchiveTests).
    private static let incidental = ["/run/mdadm", "/run/mdadm/map.lock", "/run/mdadm/map", "/dev/md"]

    private static func text(_ path: String, _ kernel: SimulatedKernel) -> String {
        do { return String(decoding: try kernel.read(file: path, limit: 1 << 20), as: UTF8.self) } catch {
            return ""
        }
    }

    /// What differs, in words.
    func differences(from other: WorldState) -> [String] {
        var found: [String] = []
        for (index, pair) in zip(disks, other.disks).enumerated() where pair.0 != pair.1 {
            found.append("disk \(index) changed")
        }
        if arrays != other.arrays { found.append("arrays \(other.arrays) -> \(arrays)") }
        let made = Set(files).subtracting(other.files).sorted()
        let gone = Set(other.files).subtracting(files).sorted()
        if !made.isEmpty { found.append("files left \(made)") }
        if !gone.isEmpty { found.append("files gone \(gone)") }
        if map != other.map { found.append("map \(other.map.debugDescription) -> \(map.debugDescription)") }
        if mdstat != other.mdstat { found.append("mdstat \(mdstat.debugDescription)") }
        if handles != other.handles { found.append("handles \(handles)") }
        return found
    }
}

/// One run of a scene under one fault.
struct FaultRun: Sendable {
    enum Verdict: Hashable, Sendable {
        /// All that the command does without faults.
        case complete
        /// Nothing, or a milestone.
        case untouched
        case halfMade(String)
    }

    var command: String
    var call: String
    var fault: String
    var result: CommandResult
    var handles: [String]
    var verdict: Verdict
    /// Whether more was said than without the fault.
    var isTold: Bool

    /// What is wrong with it.
    var complaints: [String] {
        var complaints: [String] = []
        if !handles.isEmpty { complaints.append("leaves handles \(handles)") }
        switch verdict {
        case .complete: break
        case .untouched where result.status == 0: complaints.append("says success and did nothing")
        case .untouched: break
        case .halfMade(let what):
            complaints.append((result.status == 0 ? "says success but: " : "half made: ") + what)
        }
        if result.status != 0, !isTold { complaints.append("fails without a word") }
        return complaints.map(worded)
    }

    func worded(_ complaint: String) -> String {
        "\(command): \(fault) at \(call): \(complaint) [\(result.status) \(result.error.debugDescription)]"
    }
}

extension FaultScene {
    /// What the world looks like, apart from things that a different moment or device number changes.
    static func outline(_ state: WorldState) -> [String] {
        var words: [String] = []
        for word in state.mdstat.split(separator: " ") where !isProgress(word) {
            guard word.hasPrefix("sd"), let bracket = word.firstIndex(of: "[") else {
                words.append(String(word))
                continue
            }
            words.append(word[..<bracket] + (word.contains("(") ? String(word.suffix(3)) : ""))
        }
        let name = state.map.split(separator: " ").first.map(String.init) ?? ""
        return [words.joined(separator: " "), name] + state.arrays + state.files
    }

    /// How far a sync has come is a matter of time.
    private static func isProgress(_ word: Substring) -> Bool {
        word.hasPrefix("[>") || word.hasPrefix("[=") || word.hasSuffix("%") || word.hasPrefix("finish=")
            || word.hasPrefix("(") || word.hasPrefix("speed=")
    }

    /// Fails call 1, 2, 3, … of a run that takes as many.
    func loop(_ errno: Errno, _ duration: Fault.Duration, judge: (FaultRun) -> Void) throws {
        let start = try build()
        let calm = start.duplicate()
        let counted = FaultingKernel(calm)
        let success = run(command, on: counted, input: input)
        guard success.status == 0 else { throw SceneFailure("\(command): \(success.error)") }
        let before = WorldState(start, disks: disks)
        let goal = Self.outline(WorldState(calm, disks: disks))
        let milestones = milestones.map { line in
            let world = start.duplicate()
            _ = run(line, on: world)
            return Self.outline(WorldState(world, disks: disks))
        }
        for (index, call) in counted.calls.enumerated() where chooses(call) {
            let world = start.duplicate()
            let kernel = FaultingKernel(
                world, fault: Fault(call: index + 1, errno: errno, duration: duration))
            let result = run(command, on: kernel, input: input)
            let after = WorldState(world, disks: disks)
            let differences = after.differences(from: before)
            let outline = Self.outline(after)
            var verdict = FaultRun.Verdict.halfMade(differences.joined(separator: "; "))
            if outline == goal { verdict = .complete }
            if differences.isEmpty || milestones.contains(outline) { verdict = .untouched }
            if outline == goal, result.status == 0 { verdict = .complete }
            let isTold = !result.error.isEmpty && result.error != success.error
            if isTold, result.status == 0, tolerates.contains(where: { call.hasPrefix($0) }) { verdict = .complete }
            judge(
                FaultRun(
                    command: command, call: "\(index + 1) \(call)", fault: "errno \(errno.rawValue) \(duration)",
                    result: result, handles: after.handles, verdict: verdict,
                    isTold: isTold))
        }
    }
}
