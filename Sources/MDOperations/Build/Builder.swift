internal import MDBytes
package import MDKernel
package import MDModel

/// `--build`: an array whose members hold nothing but data. Nothing is written to them.
package struct Builder<K: Kernel> {
    private let context: Context<K>
    private let request: BuildRequest
    private let configuration: Configuration
    private var founding: ArrayFounding<K> { ArrayFounding(context: context, configuration: configuration) }

    package init(_ context: Context<K>, _ request: BuildRequest) {
        self.context = context
        self.request = request
        configuration = context.configuration
    }

    /// Builds and starts the array; false where nothing came of it.
    package func run() -> Bool {
        var executor = Executor(context)
        var entered: String?
        do throws(CreateEnded) {
            let shape = try shape()
            let members = try members(shape)
            let operand = try founding.operand(request.array)
            let node = try assemble(shape, members, operand, &executor, entered: &entered)
            executor.keep()
            tell(.started(path: node.choice.path))
            return true
        } catch {
            executor.undo()
            if let entered { founding.forget(entered, &executor) }
            return false
        }
    }

    private func tell(_ notice: BuildNotice) { context.listener.tell(.build(notice)) }

    private func shape() throws(CreateEnded) -> BuildShape {
        do throws(BuildRefusal) {
            return try BuildShape(judging: request)
        } catch {
            tell(.refused(error))
            throw .failed
        }
    }

    /// A device and the slot it is for.
    private struct Member {
        let path: String
        let disk: DiskInfo
    }

    private func members(_ shape: BuildShape) throws(CreateEnded) -> [Member] {
        var members: [Member] = []
        for (slot, operand) in shape.operands.enumerated() where !BuildShape.isMissing(operand) {
            let status: FileStatus
            do throws(SystemCallError) { status = try context.kernel.status(ofPath: operand.path) } catch {
                tell(.noSuchDevice(operand.path, error.errno))
                throw .failed
            }
            guard status.kind == .block else {
                tell(.notBlockDevice(operand.path))
                throw .failed
            }
            var state: DiskInfo.State = [.active, .sync]
            if operand.isWriteMostly == true { state.insert(.writeMostly) }
            let number = Int32(clamping: slot)
            members.append(
                Member(
                    path: operand.path,
                    disk: DiskInfo(number: number, device: status.device, raidDisk: number, state: state)))
        }
        do throws(BuildRefusal) { try shape.checkCount() } catch {
            tell(.refused(error))
            throw .failed
        }
        if shape.isLayoutDefault { tell(.layoutDefault(shape.level, shape.layout)) }
        return members
    }

    private func assemble(
        _ shape: BuildShape, _ members: [Member], _ operand: ArrayOperand, _ executor: inout Executor<K>,
        entered: inout String?
    ) throws(CreateEnded) -> ArrayNode<K> {
        let lock = try founding.mapLock(executor)
        let choice = try founding.choose(operand, name: nil, lock)
        let node = try founding.make(choice, .visible, &executor)
        do throws(StepFailure) {
            try node.makeNodes(executor: &executor)
            try executor.perform(
                lock.adding(
                    ArrayMap.Entry(name: choice.kernelName, metadata: "none", uuid: .zero, path: choice.path)))
            entered = choice.kernelName
            try executor.perform(PlannedStep(.setArrayInfo(array: choice.path, info(shape, choice))))
        } catch {
            tell(.stepFailed(error))
            throw .failed
        }
        for member in members { try add(member, to: choice.path, &executor) }
        do throws(StepFailure) { try executor.perform(PlannedStep(.run(array: choice.path))) } catch {
            tell(.notStarted(error.error.errno, isChunkOdd: shape.chunk.rawValue.nonzeroBitCount > 1))
            throw .failed
        }
        return node
    }

    /// Adds a device that nobody holds: the driver itself would take one that is mounted.
    private func add(_ member: Member, to array: String, _ executor: inout Executor<K>) throws(CreateEnded) {
        do throws(SystemCallError) { _ = try context.kernel.open(member.path, [.exclusive]) } catch {
            tell(.cannotOpen(member.path, error.errno))
            throw .failed
        }
        do throws(StepFailure) {
            try executor.perform(
                PlannedStep(
                    .addDisk(array: array, device: member.path, member.disk), retrying: [.busy], attempts: 20,
                    pause: Milliseconds(50)))
        } catch {
            tell(.stepFailed(error))
            throw .failed
        }
    }

    private func info(_ shape: BuildShape, _ choice: ArrayChoice) -> ArrayInfo {
        var info = ArrayInfo()
        info.level = shape.level.rawValue
        info.size = Int32(clamping: shape.size)
        info.diskCount = Int32(clamping: shape.raidDisks)
        info.raidDisks = Int32(clamping: shape.raidDisks)
        info.minor = Int32(clamping: choice.number ?? 0)
        info.notPersistent = 1
        if shape.isClean { info.state = .clean }
        info.activeDisks = Int32(clamping: shape.raidDisks)
        info.workingDisks = Int32(clamping: shape.raidDisks)
        info.layout = shape.layout
        info.chunkSize = Int32(clamping: shape.chunk.bytes.rawValue)
        return info
    }
}
