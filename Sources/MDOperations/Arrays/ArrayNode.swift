package import MDBytes
package import MDKernel
package import MDModel

/// A new array in the kernel: its marker, its exclusively opened device, its names under /dev.
///
/// Order of use: `make` under a held `MapLock`, then the verb's own steps on `path`, then `announce`,
/// `settle` and `removeMarker`. Until `Executor.keep`, `Executor.undo` takes all of it back.
package struct ArrayNode<K: Kernel> {
    package let choice: ArrayChoice
    /// 9:N; major 0 in a dry run of an array that is called by name.
    package let device: DeviceNumber
    /// The array, open for writing and exclusively; nil in a dry run and once it was released.
    package private(set) var handle: DeviceHandle?
    private let context: Context<K>

    /// The block major of md.
    package static var major: UInt32 { 9 }

    /// Whether udev is to look away until `announcement`.
    package enum Visibility: Hashable, Sendable { case hiddenUntilAnnounced, visible }

    /// Why there is no node.
    package enum Failure: Error, Hashable, Sendable {
        /// The array exists and is set up already.
        case inUse(String)
        /// The driver made no such array.
        case notMade(name: String, SystemCallError)
        /// The array cannot be opened.
        case notOpened(path: String, SystemCallError)
        case step(StepFailure)
    }

    /// Makes the array in the kernel and opens it; the executor knows the handle by `choice.path`.
    ///
    /// An array that exists but is not set up will do, and an undo leaves it in the kernel. After a
    /// failure it is the caller who undoes.
    package static func make(
        _ choice: ArrayChoice, _ visibility: Visibility = .hiddenUntilAnnounced, executor: inout Executor<K>,
        context: Context<K>
    ) throws(Failure) -> ArrayNode {
        let directory = ArrayDirectory(choice.kernelName, kernel: context.kernel)
        if directory.isSetUp { throw .inUse(choice.path) }
        let existed = directory.isPresent
        if visibility == .hiddenUntilAnnounced {
            do throws(StepFailure) {
                try executor.perform(PlannedStep(.createFile(choice.marker), tolerating: [.exists]))
            } catch { throw .step(error) }
        }
        do throws(StepFailure) { try executor.perform(PlannedStep(newArray(choice))) } catch {
            throw .notMade(name: choice.kernelName, error.error)
        }
        guard !executor.isDryRun else {
            let number = choice.number.map { DeviceNumber(major: major, minor: UInt32($0)) }
            return ArrayNode(choice: choice, device: number ?? .none, handle: nil, context: context)
        }
        let (device, handle) = try open(choice, kernel: context.kernel)
        if (try? context.kernel.arrayInfo(of: handle)) != nil { throw .inUse(choice.path) }
        executor.lend(handle, as: choice.path)
        if !existed { executor.onUndo(.stop(array: choice.path)) }
        return ArrayNode(choice: choice, device: device, handle: handle, context: context)
    }

    /// Opens an array that is set up but does not run; an undo leaves it as it is.
    package static func adopt(
        _ choice: ArrayChoice, executor: inout Executor<K>, context: Context<K>
    ) throws(Failure) -> ArrayNode {
        let (device, handle) = try open(choice, kernel: context.kernel)
        executor.lend(handle, as: choice.path)
        return ArrayNode(choice: choice, device: device, handle: handle, context: context)
    }

    /// Gives up the exclusive hold, so that others may use the array while `settle` waits for its node.
    package mutating func release(_ executor: inout Executor<K>) {
        executor.giveBack(choice.path)
        handle = nil
    }

    private static func newArray(_ choice: ArrayChoice) -> Step {
        if let number = choice.number { return .makeArray(number: number) }
        return .attribute(file: "/sys/module/md_mod/parameters/new_array", value: choice.kernelName)
    }

    /// Opens the array; udev or a sibling may keep it busy for a moment.
    private static func open(_ choice: ArrayChoice, kernel: K) throws(Failure) -> (DeviceNumber, DeviceHandle) {
        var pause = Milliseconds(1)
        while true {
            do throws(SystemCallError) {
                let device = try number(of: choice, kernel: kernel)
                return (device, try kernel.open(device: device, [.write, .exclusive, .direct]))
            } catch {
                guard pause.rawValue <= 1024 else {
                    throw .notOpened(path: choice.path, error)
                }
                kernel.pause(pause)
                pause = Milliseconds(pause.rawValue * 2)
            }
        }
    }

    private static func number(of choice: ArrayChoice, kernel: K) throws(SystemCallError) -> DeviceNumber {
        if let number = choice.number { return DeviceNumber(major: major, minor: UInt32(number)) }
        let file = "/sys/block/\(choice.kernelName)/dev"
        let text = String(decoding: try kernel.read(file: file, limit: 32), as: UTF8.self)
        guard let device = DeviceNumber(text.prefix { $0 != "\n" }) else {
            throw SystemCallError("read", .noEntry, on: file)
        }
        return device
    }

    /// Makes the nodes that udev would make; nothing where udev runs.
    package func makeNodes(executor: inout Executor<K>) throws(StepFailure) {
        guard !context.kernel.isUdevRunning() else { return }
        let node = "/dev/\(choice.kernelName)"
        try executor.perform(PlannedStep(.makeNode(node, device), tolerating: [.exists]))
        if choice.path != node { try makeLink(to: node, executor: &executor) }
    }

    /// Makes the link that udev is about to make, for those who do not want to wait for it. udev puts its own in the
    /// place of this one. Nothing where udev would choose another name, or where something has that name.
    package func anticipateLink(executor: inout Executor<K>) throws(StepFailure) {
        let path = choice.path
        guard path.hasPrefix("/dev/md/"), path.dropFirst(8).utf8.allSatisfy(\.isPlainToUdev),
            context.kernel.isUdevRunning(), (try? context.kernel.status(ofPath: path)) == nil
        else { return }
        try makeLink(to: "/dev/\(choice.kernelName)", executor: &executor)
    }

    private func makeLink(to node: String, executor: inout Executor<K>) throws(StepFailure) {
        if (try? context.kernel.list(directory: "/dev/md")) == nil {
            // There is no step for a directory; making a file in it makes the directory too.
            try executor.perform(PlannedStep(.createFile(choice.path)))
            try executor.perform(PlannedStep(.removeFile(choice.path)))
        }
        if let old = try? context.kernel.destination(ofLink: choice.path) {
            if old == node { return }
            // Left behind by an array that is gone.
            try executor.perform(PlannedStep(.removeFile(choice.path)))
        }
        // As mdadm makes it, which takes only such a link away again.
        try executor.perform(PlannedStep(.link(choice.path, to: node)))
    }

    /// The steps after which udev looks at the finished array: marker away, change uevent.
    package var announcement: [PlannedStep] {
        [
            // While the marker stays, udev never looks at the array.
            PlannedStep(.removeFile(choice.marker), retrying: [.busy, .inputOutput, .noMemory], attempts: 5),
            PlannedStep(.attribute(file: "/sys/block/\(choice.kernelName)/uevent", value: "change")),
        ]
    }

    /// Waits until `choice.path` stands for the array, at most four seconds or until `deadline`; false where it never
    /// does.
    ///
    /// udev makes no link for names such as `/dev/md_d7` or `/dev/md007`: the kernel's own node will do.
    package func settle(until deadline: Instant? = nil) -> Bool {
        guard !context.options.dryRun else { return true }
        let kernel = context.kernel
        var watch = NodeWatch(kernel: kernel, until: deadline ?? kernel.now() + .seconds(4))
        let awaited = choice.path.hasPrefix("/dev/md/") ? choice.path : "/dev/\(choice.kernelName)"
        while true {
            if let status = try? kernel.status(ofPath: awaited), status.kind == .block, status.device == device {
                return true
            }
            guard watch.lookAgain() else { return false }
        }
    }
}

/// The map file under its lock; the lock is held as long as this value lives.
package struct MapLock<K: Kernel>: ~Copyable {
    private let kernel: K
    private let lock: DeviceHandle?
    /// Why there can be neither lock nor map, as in a rescue shell whose /run cannot be written to: nobody else has one
    /// then, and arrays are worth more than their entries.
    package let obstacle: SystemCallError?

    /// Takes the lock, or throws where others do not give it up within ten seconds. A dry run takes none.
    package init(kernel: K, dryRun: Bool) throws(SystemCallError) {
        self.kernel = kernel
        guard !dryRun else {
            (lock, obstacle) = (nil, nil)
            return
        }
        do throws(SystemCallError) {
            lock = try kernel.lock(file: ArrayMap.lockPath, timeout: .seconds(10))
            obstacle = nil
        } catch {
            guard error.errno != .timedOut else { throw error }
            (lock, obstacle) = (nil, error)
        }
    }

    /// The map as it is now; empty where there is none.
    package func read() -> ArrayMap { ArrayMap.load(kernel: kernel) }

    /// The step that enters an array. Entries of arrays that are gone are dropped on the way.
    package func adding(_ entry: ArrayMap.Entry) -> PlannedStep { adding([entry]) }

    /// The same for several, as if one after the other.
    package func adding(_ entries: [ArrayMap.Entry]) -> PlannedStep {
        var step = replace(entries.reduce(live) { map, entry in map.adding(entry) })
        // An array is worth more than its entry.
        step.tolerated += [.noSpace, .readOnly, .isDirectory]
        return step
    }

    /// The step that takes an array out.
    package func removing(_ name: String) -> PlannedStep { replace(live.removing(name)) }

    // Whoever waits for the lock looks whether the file still has its name.
    deinit {
        guard lock != nil else { return }
        _ = try? kernel.remove(file: ArrayMap.lockPath)
    }

    private var live: ArrayMap {
        var map = read()
        map.entries.removeAll { !ArrayDirectory($0.name, kernel: kernel).isPresent }
        return map
    }

    private func replace(_ map: ArrayMap) -> PlannedStep {
        PlannedStep(
            .replaceFile(ArrayMap.path, Array(map.text.utf8)), tolerating: obstacle.map { [$0.errno] } ?? [])
    }
}

extension ArrayMap {
    /// The map file as it is now; empty where there is none.
    package static func load<K: Kernel>(kernel: K) -> ArrayMap { (try? read(kernel: kernel)) ?? ArrayMap(reading: "") }

    /// The same, for those to whom it matters why there is none.
    static func read<K: Kernel>(kernel: K) throws(SystemCallError) -> ArrayMap {
        ArrayMap(reading: String(decoding: try kernel.read(file: path, limit: 1 << 20), as: UTF8.self))
    }
}
