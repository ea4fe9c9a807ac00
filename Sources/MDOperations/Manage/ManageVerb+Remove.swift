internal import MDBytes
internal import MDKernel
internal import MDModel

extension ManageVerb {
    /// SET_DISK_FAULTY, unless the array would stop working.
    mutating func fail(_ target: ManageTarget) throws(ManageFailure) {
        guard array.works(without: target.device) else { throw refusalToBreak(target) }
        guard let device = target.device else { throw .notComponent(target.name, array: array.path) }
        var executor = borrowingExecutor()
        let step = Step.setFaulty(array: array.path, device: target.name, device)
        do throws(StepFailure) { try executor.perform(PlannedStep(step)) } catch {
            throw .setFaulty(target.name, error.error.errno)
        }
        report(.faulted(target.name, array: array.path))
    }

    /// mdadm's own check knows a device only by the path of its kernel name. Of any other it asks the driver, which
    /// answers EBUSY and calls the array broken from then on: we answer the same, and leave the array alone.
    private func refusalToBreak(_ target: ManageTarget) -> ManageFailure {
        let isKnown = target.path.map { path in
            path.hasPrefix("/dev/") && (try? kernel.read(file: "/sys/block/\(path.dropFirst(5))/dev", limit: 32)) != nil
        }
        if array.works(), isKnown != true { return .setFaulty(target.name, .busy) }
        return .wouldBreak(target.name, array: array.path)
    }

    /// HOT_REMOVE_DISK. The driver answers EBUSY for a moment after a member was failed.
    mutating func remove(_ target: ManageTarget) throws(ManageFailure) {
        let member = array.members().first { $0.device == target.device }
        let mayLeave = member.map { $0.isFaulty || $0.slot == nil } ?? false
        let step: Step
        if let device = target.device {
            step = .hotRemove(array: array.path, device: target.name, device)
        } else if let name = target.member {
            step = .attribute(file: array.directory.file("dev-\(name)/state"), value: "remove")
        } else {
            throw .notComponent(target.name, array: array.path)
        }
        var planned = PlannedStep(step)
        if mayLeave {
            planned.retried = [.busy]
            planned.attempts = 40
            planned.pause = Milliseconds(50)
        }
        var executor = borrowingExecutor()
        do throws(StepFailure) { try executor.perform(planned) } catch {
            throw .remove(target.name, error.error.errno)
        }
        report(.removed(target.name, array: array.path))
    }

    // MARK: Replacement

    mutating func replace(_ target: ManageTarget) throws(ManageFailure) {
        guard let member = array.members().first(where: { $0.device == target.device }) else {
            throw .notInArrayToReplace(target.name, array: array.path)
        }
        guard let slot = member.slot else { throw .hasNoSlot(target.name) }
        freeze()
        do throws(StepFailure) { try write("want_replacement", to: "state", of: member) } catch {
            throw .replace(target.name, array: array.path, error.error.errno)
        }
        replacedSlots.append(slot)
        report(.markedForReplacement(target.name, slot: slot, array: array.path))
    }

    mutating func pair(_ target: ManageTarget) throws(ManageFailure) {
        guard let slot = replacedSlots.first else { throw .unpairedReplacement(target.name) }
        guard let member = array.members().first(where: { $0.device == target.device }) else {
            throw .notInArrayAsReplacement(target.name, array: array.path)
        }
        guard !member.isFaulty else { throw .faultyAsReplacement(target.name) }
        guard member.slot == nil else { throw .activeAsReplacement(target.name) }
        replacedSlots.removeFirst()
        do throws(StepFailure) { try write("\(slot)", to: "slot", of: member) } catch {
            throw .pair(target.name, array: array.path, error.error.errno)
        }
        report(.madeReplacement(target.name, slot: slot, array: array.path))
    }

    func write(_ value: String, to attribute: String, of member: SysfsMember) throws(StepFailure) {
        var executor = borrowingExecutor()
        try executor.perform(PlannedStep(.attribute(file: file(attribute, of: member), value: value)))
    }

    func file(_ attribute: String, of member: SysfsMember) -> String {
        array.directory.file("dev-\(member.name)/\(attribute)")
    }
}
