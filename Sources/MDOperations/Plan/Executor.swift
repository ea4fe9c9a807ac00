internal import MDBytes
package import MDKernel
internal import MDModel

/// Runs plans. Remembers how to take finished steps back, until they are kept.
package struct Executor<K: Kernel> {
    private let context: Context<K>
    /// Devices that a verb holds open, by the name the plan uses.
    private var handles: [String: DeviceHandle] = [:]
    private var undoSteps: [Step] = []
    private var archivist: Archivist<K>
    /// Whether something was done that stays whatever comes.
    private var isKept = false
    /// What lies in the places of the writes that are to come.
    private var before: [Place: [UInt8]] = [:]

    /// Where a write goes.
    private struct Place: Hashable {
        let device: String
        let extent: Extent

        init(_ write: DeviceWrite) {
            device = write.device
            extent = Extent(offset: write.offset, count: write.bytes.count)
        }
    }

    package init(_ context: Context<K>) {
        self.context = context
        archivist = Archivist(context)
    }

    /// Whether the plan is only shown.
    package var isDryRun: Bool { context.options.dryRun }

    /// Lends the plan an open device; steps that name it use this handle.
    package mutating func lend(_ handle: DeviceHandle, as name: String) { handles[name] = handle }

    /// Gives a lent device back, which closes it unless somebody else holds it.
    package mutating func giveBack(_ name: String) { handles[name] = nil }

    /// Runs a plan in order; a failure leaves the finished steps to `undo`.
    package mutating func perform(_ plan: [PlannedStep]) throws(StepFailure) {
        try keepOverwritten(plan)
        defer { for write in Self.writes(plan) { before[Place(write)] = nil } }
        for planned in plan { try perform(kept: planned) }
    }

    /// Learns what lies in the places of writes that plans to come make, and leaves a copy of all of it in the archive.
    package mutating func prepare(_ known: [(write: DeviceWrite, before: [UInt8])]) {
        guard !isDryRun else { return }
        var coming: [Archivist<K>.Coming] = []
        for (write, bytes) in known {
            guard let handle = try? handle(write.device) else { continue }
            before[Place(write)] = bytes
            coming.append(Archivist<K>.Coming(write: write, handle: handle, before: bytes))
        }
        if !coming.isEmpty { archivist.keep(coming) }
    }

    /// The writes among the steps of a plan.
    static func writes(_ plan: [PlannedStep]) -> [DeviceWrite] {
        plan.compactMap { if case .write(let write) = $0.step { write } else { nil } }
    }

    /// Runs one step, or only tells of it in a dry run.
    package mutating func perform(_ planned: PlannedStep) throws(StepFailure) {
        try perform([planned])
    }

    /// Reads what the plan's writes overwrite, unless that was done before, and leaves a copy in the archive.
    private mutating func keepOverwritten(_ plan: [PlannedStep]) throws(StepFailure) {
        guard !isDryRun else { return }
        var coming: [Archivist<K>.Coming] = []
        for write in Self.writes(plan) where before[Place(write)] == nil {
            do throws(SystemCallError) {
                let place = Place(write)
                let handle = try handle(write.device)
                let bytes = try context.kernel.read(place.extent, of: handle)
                before[place] = bytes
                coming.append(Archivist<K>.Coming(write: write, handle: handle, before: bytes))
            } catch { throw StepFailure(step: .write(write), error: error) }
        }
        if !coming.isEmpty { archivist.keep(coming) }
    }

    private mutating func perform(kept planned: PlannedStep) throws(StepFailure) {
        guard !isDryRun else { return context.listener.tell(.wouldDo(planned.step)) }
        var attempt = 1
        while true {
            do throws(SystemCallError) {
                try runRememberingInverse(planned.step)
                return
            } catch {
                if planned.tolerated.contains(error.errno) { return }
                guard planned.retried.contains(error.errno), attempt < planned.attempts else {
                    throw StepFailure(step: planned.step, error: error)
                }
                attempt += 1
                context.kernel.pause(planned.pause)
            }
        }
    }

    /// A write that fails may have reached the device all the same, so it is remembered beforehand; other
    /// steps that fail have done nothing.
    private mutating func runRememberingInverse(_ step: Step) throws(SystemCallError) {
        let inverse = try inverse(of: step)
        if case .write = step, let inverse { undoSteps.append(inverse) }
        try run(step)
        if case .write = step { return }
        if let inverse { undoSteps.append(inverse) }
    }

    /// Adds a step to what `undo` does, for effects that a step's own inverse does not cover.
    package mutating func onUndo(_ step: Step) { undoSteps.append(step) }

    /// Forgets how to take back what was done: it is to stay.
    package mutating func keep() {
        undoSteps = []
        isKept = true
    }

    /// Takes back what was done since the last `keep`, newest first. What cannot be taken back is told.
    package mutating func undo() {
        var done: Set<Step> = []
        var isWhole = true
        for step in undoSteps.reversed() where done.insert(step).inserted {
            do throws(SystemCallError) { try run(step) } catch {
                context.listener.tell(.undoFailed(step, error))
                isWhole = false
            }
        }
        undoSteps = []
        // What is as it was needs no copy.
        if isWhole, !isKept { archivist.discard() }
    }

    /// The step that takes `step` back, worked out before it is run; nil where nothing needs to be.
    private func inverse(of step: Step) throws(SystemCallError) -> Step? {
        switch step {
        case .write(var write):
            let place = Place(write)
            if let bytes = before[place] {
                write.bytes = bytes
            } else {
                write.bytes = try context.kernel.read(place.extent, of: try handle(write.device))
            }
            return .write(write)
        case .setArrayInfo(let array, _): return .stop(array: array)
        case .createFile(let path), .link(let path, _), .makeNode(let path, _), .makeFile(let path, _),
            .hardLink(let path, _):
            return .removeFile(path)
        case .makeReadOnly(let array): return .makeReadWrite(array: array)
        default: return nil
        }
    }

    private func handle(_ name: String) throws(SystemCallError) -> DeviceHandle {
        if let handle = handles[name] { return handle }
        return try context.kernel.open(name, [.write])
    }

    private func run(_ step: Step) throws(SystemCallError) {
        let kernel = context.kernel
        switch step {
        case .write(let write):
            let device = try handle(write.device)
            try kernel.write(write.bytes, at: write.offset, of: device)
            try kernel.synchronize(device)
        case .removePartitions(let device): try kernel.removePartitions(of: try handle(device))
        case .makeArray(let number): try makeArray(number)
        case .attribute(let file, let value): try kernel.write(value, toFile: file)
        case .createFile(let path): try kernel.create(file: path, mode: 0o600)
        case .removeFile(let path): try kernel.remove(file: path)
        case .makeFile(let path, let size): try kernel.makeFile(path, size: size, mode: 0o666)
        case .hardLink(let path, let file): try kernel.hardLink(path, to: file)
        case .link(let path, let destination): try kernel.link(path, to: destination)
        case .makeNode(let path, let device): try kernel.makeNode(path, device: device, mode: 0o600)
        case .replaceFile(let path, let bytes): try kernel.replace(file: path, with: bytes, mode: 0o600)
        default: try command(step)
        }
    }

    /// The steps that are one ioctl on an array.
    private func command(_ step: Step) throws(SystemCallError) {
        let kernel = context.kernel
        switch step {
        case .setArrayInfo(let array, let info): try kernel.setArrayInfo(info, of: try handle(array))
        case .addDisk(let array, _, let disk): try kernel.addNewDisk(disk, to: try handle(array))
        case .hotRemove(let array, _, let number):
            try kernel.hotRemove(number, from: try handle(array))
        case .setFaulty(let array, _, let number):
            try kernel.setFaulty(number, of: try handle(array))
        case .run(let array): try kernel.run(try handle(array))
        case .stop(let array): try kernel.stop(try handle(array))
        case .makeReadOnly(let array): try kernel.makeReadOnly(try handle(array))
        case .makeReadWrite(let array): try kernel.makeReadWrite(try handle(array))
        case .nack(let array): try kernel.nack(try handle(array))
        default: return
        }
    }

    private func makeArray(_ number: Int) throws(SystemCallError) {
        let parameter = "/sys/module/md_mod/parameters/new_array"
        do throws(SystemCallError) {
            try context.kernel.write("md\(number)", toFile: parameter)
        } catch {
            if error.errno == .exists { return }
            guard error.errno == .noEntry else { throw error }
            try context.kernel.loadModule("md_mod")
            try context.kernel.write("md\(number)", toFile: parameter)
        }
    }
}

/// A step that the kernel refused.
package struct StepFailure: Error, Hashable, Sendable {
    package let step: Step
    package let error: SystemCallError

    package init(step: Step, error: SystemCallError) {
        self.step = step
        self.error = error
    }
}
