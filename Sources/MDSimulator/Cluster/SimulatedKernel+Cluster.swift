internal import MDBytes
internal import MDFormats
package import MDKernel

/// The conversation that adds a disk to an array which several nodes share.
///
/// One thread plays all nodes. A peer's responder runs inside the initiator's ADD_NEW_DISK; the moment the
/// last peer confirms, the initiator's driver goes on and writes, before that peer's confirm returns.
/// Peers that are still to be asked run when an earlier one waits.
extension SimulatedKernel {
    /// Says what this node's udev rule or agent does when the kernel asks for a disk.
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
        guard let cluster else { return }
        let peers = cluster.peers(of: self).filter { peer in peer.look { $0.sharedIndex(uuid) != nil } }
        cluster.begin(PendingAdd(initiator: self, array: uuid, member: member, peers: peers))
        for peer in peers { cluster.enqueue(peer.question(uuid, about: member)) }
        cluster.askPeers()
        cluster.addIfUnanimous()
        let outcome = cluster.endAdd()
        let isWedged = peers.contains { $0.isWedged(uuid) }
        let answers = peers.map { $0.takeAnswer(uuid) }
        switch outcome {
        case .success?: return
        case .failure(let refusal)?: throw SystemCallError("ADD_NEW_DISK", refusal.errno, on: array.path)
        case nil: break
        }
        if answers.contains(.awaited) { advance(to: now() + Self.window) }
        // A confirm on an auto-read-only array waits for a lock that the initiator holds: both give up late.
        if isWedged { advance(to: now() + .seconds(12)) }
        throw SystemCallError("ADD_NEW_DISK", isWedged ? .busy : .noEntry, on: array.path)
    }

    private func isWedged(_ uuid: UUID) -> Bool {
        look { machine in machine.sharedIndex(uuid).map { machine.arrays[$0].isWedged } ?? false }
    }

    /// The uevent that asks this node, and who answers it.
    private func question(_ uuid: UUID, about member: MDMember) -> ClusterQuestion {
        look { machine in
            let more = [
                "EVENT": "ADD_DEVICE", "DEVICE_UUID": member.superblock?.deviceUUID.dashedText ?? "",
                "RAID_DISK": "\(member.number)",
            ]
            var properties = more
            if let index = machine.sharedIndex(uuid) {
                machine.arrays[index].answer = .awaited
                machine.announce("change", machine.arrays[index].device, more)
                properties["DEVNAME"] = "/dev/" + machine.arrays[index].name
            }
            return ClusterQuestion(
                node: self, event: DeviceEvent(action: "change", properties: properties),
                responder: machine.responder)
        }
    }

    func answer(_ uuid: UUID) -> ClusterAnswer {
        look { machine in machine.sharedIndex(uuid).map { machine.arrays[$0].answer } ?? .confirmed }
    }

    private func takeAnswer(_ uuid: UUID) -> ClusterAnswer {
        look { machine in
            guard let index = machine.sharedIndex(uuid) else { return .confirmed }
            defer {
                machine.arrays[index].answer = .notAsked
                machine.arrays[index].isWedged = false
            }
            return machine.arrays[index].answer
        }
    }

    /// The initiator's driver after everybody confirmed.
    func completeAdd(_ member: MDMember, _ uuid: UUID) -> Result<Bool, Refusal> {
        look { machine in
            guard let index = machine.sharedIndex(uuid) else { return .failure(Refusal(.noSuchDevice)) }
            do throws(Refusal) {
                try machine.hotAdd(member, index)
                return .success(true)
            } catch { return .failure(error) }
        }
    }
}

/// An add that waits for its peers.
struct PendingAdd: Sendable {
    let initiator: SimulatedKernel
    let array: UUID
    let member: MDMember
    let peers: [SimulatedKernel]
    var outcome: Result<Bool, Refusal>?
}

/// A peer that is to be asked.
struct ClusterQuestion: Sendable {
    let node: SimulatedKernel
    let event: DeviceEvent
    let responder: (@Sendable (SimulatedKernel, DeviceEvent) -> Void)?
}
