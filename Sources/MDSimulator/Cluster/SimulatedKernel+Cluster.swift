internal import MDBytes
internal import MDFormats
package import MDKernel

/// The conversation that adds a disk to an array which several nodes share.
extension SimulatedKernel {
    /// Says what this node's udev rule or agent does when the kernel asks for a disk. It runs inside the
    /// initiator's ADD_NEW_DISK.
    package func answerDiskQuestions(
        with responder: (@Sendable (SimulatedKernel, DeviceEvent) -> Void)?
    ) {
        look { $0.responder = responder }
    }

    /// 5000 jiffies at 250 Hz.
    private static let window = Milliseconds(20_000)

    /// ADD_NEW_DISK with MD_DISK_CLUSTER_ADD on the initiator.
    func clusterAdd(_ disk: DiskInfo, to array: DeviceHandle) throws(SystemCallError) {
        let (member, uuid) = try command("ADD_NEW_DISK", array) { machine, index throws(Refusal) in
            try machine.claimWritable(index)
            return (try machine.hotAddCandidate(disk, index), machine.arrays[index].uuid)
        }
        var isRefused = false
        var isWedged = false
        for peer in cluster?.peers(of: self) ?? [] {
            switch peer.ask(uuid, for: member) {
            case nil, .confirmed?: continue
            case .awaited?:
                isWedged = isWedged || peer.look { machine in
                    machine.sharedIndex(uuid).map { machineIsReadOnly(machine, $0) } ?? false
                }
                isRefused = true
            case .refused?, .notAsked?: isRefused = true
            }
        }
        if isWedged { advance(to: now() + Self.window + .seconds(12)) }
        try command("ADD_NEW_DISK", array) { machine, index throws(Refusal) in
            if isWedged { throw Refusal(.busy) }
            if isRefused { throw Refusal(.noEntry) }
            try machine.hotAdd(member, index)
        }
    }

    /// Asks this node whether it sees the disk and waits for the answer; nil where it does not run the array.
    private func ask(_ uuid: UUID, for member: MDMember) -> ClusterAnswer? {
        let question = look { machine -> (DeviceEvent, (@Sendable (SimulatedKernel, DeviceEvent) -> Void)?)? in
            guard let index = machine.sharedIndex(uuid) else { return nil }
            machine.arrays[index].answer = .awaited
            let more = [
                "EVENT": "ADD_DEVICE", "DEVICE_UUID": member.superblock?.deviceUUID.dashedText ?? "",
                "RAID_DISK": "\(member.number)",
            ]
            machine.announce("change", machine.arrays[index].device, more)
            var properties = more
            properties["DEVNAME"] = "/dev/" + machine.arrays[index].name
            // A confirm on an auto-read-only array waits for a lock that the initiator holds.
            let responder = machineIsReadOnly(machine, index) ? nil : machine.responder
            return (DeviceEvent(action: "change", properties: properties), responder)
        }
        guard let (event, responder) = question else { return nil }
        responder?(self, event)
        let answer = look { machine -> ClusterAnswer in
            guard let index = machine.sharedIndex(uuid) else { return .confirmed }
            return machine.arrays[index].answer
        }
        if answer == .awaited { advance(to: now() + Self.window) }
        look { machine in
            if let index = machine.sharedIndex(uuid) { machine.arrays[index].answer = .notAsked }
        }
        return answer
    }
}

private func machineIsReadOnly(_ machine: Machine, _ index: Int) -> Bool {
    machine.arrays[index].mode != .readWrite
}
