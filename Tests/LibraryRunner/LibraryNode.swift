import ClusterOps
import ClusterOpsDLM
import MDBytes
import MDLocks

/// The program above the library: keeps books instead of disks, and does what it is told.
final class LibraryNode: ClusterApplication {
    let array: [UInt8]
    let nodes: Int
    private let disk: SharedDisk
    private let lines: LineReader
    private(set) var session: ClusterSession?
    private var locks: PhasedLocks?
    private var bench: ConversionBench?
    /// What it says to a new disk; nil leaves it to a later `ack`.
    private var answer: DeviceAnswer? = .accepted
    private var candidate: NewDevice?
    private var view = SharedDisk.Content()
    private var lastNumber = 0
    private var isResyncing = false

    init(array: [UInt8], disk: SharedDisk, nodes: Int, lines: LineReader) {
        self.array = array
        self.disk = disk
        self.nodes = nodes
        self.lines = lines
    }

    // MARK: Commands

    /// `TAG COMMAND ARGUMENT…`; answers `TAG ok …` or `TAG error …`.
    func run(_ line: String) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count >= 2 else { return say("? \(line)") }
        let arguments = Array(words.dropFirst(2))
        do {
            say("\(words[0]) ok \(try carryOut(words[1], arguments))")
        } catch let error as ClusterOperationError {
            let refusal = error.refusal.map { " slot=\($0.slot ?? -1) node=\($0.node) reason=\($0.reason)" } ?? ""
            say("\(words[0]) error errno=\(error.errno) \(error.code)\(refusal) silent=\(error.silentSlots)")
        } catch {
            say("\(words[0]) error \(error)")
        }
    }

    private func carryOut(_ command: String, _ arguments: [String]) throws -> String {
        let numbers = arguments.map { Int($0) ?? 0 }
        switch (command, arguments.count) {
        case ("join", 0): return try join()
        case ("leave", 0): try joined.leave()
        case ("release", 0): try DLMCluster.leaveLockspace(array: array)
        case ("format", 0): return disk.write(SharedDisk.Content()) ? "" : "not written"
        case ("add", 2): try add(numbers[0], arguments[1])
        case ("remove", 1): try remove(numbers[0])
        case ("answer", 1): answer = Self.answers[arguments[0]]
        case ("ack", 1): try joined.newDiskAck(arguments[0] == "yes")
        case ("resync", 2):
            try joined.resyncStart(SectorRange(UInt64(numbers[0]), UInt64(numbers[1])))
            isResyncing = true
        case ("move", 2): try joined.resyncInfoUpdate(SectorRange(UInt64(numbers[0]), UInt64(numbers[1])))
        case ("finish", 0):
            try joined.resyncFinish()
            isResyncing = false
        case ("state", 0): return state
        case ("trace", 0): locks?.trace()
        case ("die", 2): locks?.die(before: numbers[0], by: PhasedLocks.Death(rawValue: arguments[1]) ?? .kill)
        case ("looks", 1): return try Stopwatch.measure(numbers[0]) { _ = try look() }
        case ("updates", 1):
            return try Stopwatch.measure(numbers[0]) {
                try joined.metadataUpdateStart()
                try joined.metadataUpdateFinish()
            }
        case ("conversions", 1):
            if bench == nil { bench = try ConversionBench(array: array) }
            return try bench?.measure(numbers[0]) ?? ""
        default: throw Unknown(command: command)
        }
        return ""
    }

    private struct Unknown: Error { let command: String }

    /// What is not here leaves the answer open.
    private static let answers: [String: DeviceAnswer] = [
        "accepted": .accepted, "notFound": .notFound, "tooSmall": .tooSmall(sectors: 8), "busy": .busy,
        "declined": .declined, "mismatch": .mismatch,
    ]

    private var joined: ClusterSession {
        get throws {
            guard let session else { throw Unknown(command: "before join") }
            return session
        }
    }

    private func join() throws -> String {
        var phased: PhasedLocks?
        let session = try DLMCluster.session(array: array, application: self) { locks in
            let wrapped = PhasedLocks(locks)
            phased = wrapped
            return wrapped
        }
        self.session = session
        locks = phased
        lines.attend(session.waker)
        try session.join(nodes: nodes)
        return "slot \(try session.slotNumber())"
    }

    private func add(_ number: Int, _ uuid: String) throws {
        let device = NewDevice(uuid: UUID(parsing: uuid)?.bytes ?? [], number: number)
        try joined.addNewDiskStart(device)
        write(number) { $0.members[number] = UUID(bytes: device.uuid) }
        try joined.addNewDiskFinish()
    }

    private func remove(_ number: Int) throws {
        try joined.metadataUpdateStart()
        write(number) { $0.members[number] = nil }
        try joined.metadataUpdateFinish()
    }

    private func write(_ number: Int, _ change: (inout SharedDisk.Content) -> Void) {
        guard var content = disk.read() else { return say("* the disk cannot be read") }
        change(&content)
        content.events += 1
        lastNumber = number
        guard disk.write(content) else { return say("* the disk cannot be written") }
        view = content
    }

    private func look() throws -> Int {
        try joined.look(for: [UInt8](repeating: 0, count: 16), mebibytes: 0).filter { $0.verdict == .accepted }.count
    }

    private var state: String {
        let members = view.members.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.dashedText)" }
        let isHeldBack = session?.areaResyncing(SectorRange(0, .max)) ?? false
        return "events=\(view.events) members=\(members.joined(separator: ",")) candidate=\(candidate?.number ?? -1) "
            + "heldback=\(isHeldBack) member=\(session?.isMember ?? false)"
    }

    // MARK: What the cluster asks

    func newDisk(_ device: NewDevice) -> DeviceAnswer? {
        say("* newDisk \(device.number)")
        if answer == nil || answer == .accepted { candidate = device }
        return answer
    }

    func dropNewDisk(_ device: NewDevice) {
        say("* dropNewDisk \(device.number)")
        if candidate == device { candidate = nil }
    }

    func look(for identity: [UInt8], mebibytes: Int) -> DeviceAnswer { .accepted }

    func readMetadata(isRepair: Bool) -> UInt64? {
        guard let content = disk.read() else { return nil }
        if isRepair, !disk.write(content) { return nil }
        view = content
        candidate = nil
        return content.events
    }

    var metadataWritten: (events: UInt64, device: Int) { (view.events, lastNumber) }
    func rangeChanged(slot: Int, _ range: SectorRange) { say("* range of slot \(slot): \(range.low) \(range.high)") }

    func takeOver(slot: Int, hint: SectorRange) -> Bool {
        say("* takes over slot \(slot): \(hint.low) \(hint.high)")
        return true
    }

    var isDirty: Bool { isResyncing }
    func follow(_ change: PeerChange) -> DeviceAnswer { .accepted }
    func note(_ text: String) { say("* note \(text)") }
}
