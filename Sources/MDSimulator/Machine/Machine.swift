internal import MDBytes
internal import MDKernel

/// Everything one simulated machine consists of. A value: `SimulatedKernel` guards the one copy.
struct Machine: Sendable {
    var settings: SimulatedKernel.Settings
    /// Milliseconds since boot.
    var clock = 0
    var generator: SeededGenerator
    var drives: [Drive] = []
    var arrays: [MDArray] = []
    var files = FileTree()
    var handles: [OpenFile] = []
    var nextToken: Int32 = 3
    var modules: [String] = []
    var streams: [EventQueue] = []
    var nextStream = 1
    var log: [String] = []
    /// What services of the machine sent to their manager.
    var serviceNotes: [String] = []
    /// Who listens at sockets of the file system.
    var listeners: [String: @Sendable ([UInt8]) -> [UInt8]] = [:]
    /// Bumped whenever /proc/mdstat changes in a way that wakes pollers.
    var arrayEvents = 0
    var seenArrayEvents = 0
    /// What peers have yet to hear from this node, drained by `SimulatedKernel` outside the lock.
    var clusterNews: [ClusterNews] = []
    var cluster: SimulatedCluster?
    var responder: (@Sendable (SimulatedKernel, DeviceEvent) -> Void)?

    init(settings: SimulatedKernel.Settings) {
        self.settings = settings
        generator = SeededGenerator(seed: settings.seed)
        if settings.hasMDModule { modules = ["md_mod"] }
    }

    /// Seconds since the epoch.
    var wallSeconds: UInt64 { UInt64(settings.bootTime) + UInt64(clock / 1000) }

    mutating func note(_ line: String) { log.append(line) }

    /// Sends a uevent to every subscriber.
    mutating func emit(_ action: String, _ properties: [String: String]) {
        let event = DeviceEvent(action: action, properties: properties)
        for index in streams.indices where streams[index].source == .kernel || settings.hasUdev {
            streams[index].events.append(event)
        }
    }

    mutating func arraysChanged() { arrayEvents += 1 }
}

/// What a call is refused with.
struct Refusal: Error, Hashable {
    let errno: Errno

    init(_ errno: Errno) { self.errno = errno }
}

/// An open file description.
struct OpenFile: Sendable {
    enum Target: Hashable, Sendable {
        case device(DeviceNumber)
        case file(String)
        case lock(String)
    }

    var token: Int32
    var target: Target
    var options: OpenOptions
}

/// A subscription to uevents.
struct EventQueue: Sendable {
    var identity: Int
    var source: DeviceEvent.Source
    var events: [DeviceEvent] = []
}

/// Who holds a device exclusively.
enum Holder: Hashable, Sendable {
    case handle(Int32)
    case array(UInt32)
}
