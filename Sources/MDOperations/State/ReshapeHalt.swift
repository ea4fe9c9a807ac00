internal import MDBytes
internal import MDKernel
internal import MDModel

/// Brings a reshape that changes the number of disks to a point where it can be turned round, before its array is
/// stopped: stopped anywhere else, it could only be taken up again.
struct ReshapeHalt<K: Kernel> {
    private let directory: ArrayDirectory<K>
    private let kernel: K
    private let points: TurningPoints

    /// Nil where no such reshape runs.
    init?(_ directory: ArrayDirectory<K>, kernel: K) {
        guard directory.attribute("sync_action") == "reshape",
            let level = directory.attribute("level"), let disks = directory.attribute("raid_disks"),
            let chunk = directory.attribute("chunk_size"),
            let size = directory.number("component_size"),
            let points = TurningPoints(
                level: level, disks: disks, chunk: chunk,
                direction: directory.attribute("reshape_direction") ?? "forwards",
                componentSize: Sectors(size &* 2))
        else { return nil }
        self.directory = directory
        self.kernel = kernel
        self.points = points
    }

    /// Lets it go on to such a point and no further; gives up after three seconds, since the array can be stopped
    /// anywhere. It is frozen meanwhile, for the driver takes no end that lies behind a reshape that runs.
    func halt(_ executor: inout Executor<K>) {
        if !executor.isDryRun { waitForCriticalSection() }
        do throws(StepFailure) {
            try executor.perform(step("sync_action", "frozen"))
            if let position = directory.number("reshape_position"), let end = points.halt(after: position) {
                try executor.perform(step("sync_max", "\(end)"))
            }
            try executor.perform(step("sync_action", "idle"))
        } catch { return release() }
        if !executor.isDryRun { wait() }
    }

    /// Lets it go to its end after all: the array was not stopped.
    func release() {
        for (name, value) in [("sync_max", "max"), ("sync_action", "idle")] {
            try? kernel.write(value, toFile: directory.file(name))
        }
    }

    private func step(_ attribute: String, _ value: String) -> PlannedStep {
        PlannedStep(.attribute(file: directory.file(attribute), value: value))
    }

    /// While whoever began a growing reshape copies what it overwrites first, `sync_max` is a number.
    private func waitForCriticalSection() {
        let deadline = kernel.now() + .seconds(4)
        while points.isGrowing, directory.number("sync_max") != nil, kernel.now() < deadline {
            kernel.pause(Milliseconds(100))
        }
    }

    /// Waits until it stands still.
    private func wait() {
        let deadline = kernel.now() + .seconds(3)
        while kernel.now() < deadline, directory.attribute("sync_action") == "reshape", !isThere() {
            kernel.pause(Milliseconds(20))
        }
    }

    /// Whether it stands where it was let go to. Where it had gone past the point already, the next one is set.
    private func isThere() -> Bool {
        guard let words = directory.attribute("sync_completed")?.split(separator: " "),
            let done = words.first.flatMap({ UInt64($0) }), let end = directory.number("sync_max"), done >= end
        else { return false }
        let position = points.position(done: done)
        if done == end, points.contains(position: position) { return true }
        guard let next = points.halt(after: position) else { return true }
        try? kernel.write("\(next)", toFile: directory.file("sync_max"))
        return false
    }
}
