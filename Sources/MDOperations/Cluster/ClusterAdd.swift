internal import MDBytes
internal import MDKernel
internal import MDModel

extension ManageVerb {
    /// ADD_NEW_DISK with MD_DISK_CLUSTER_ADD: the driver asks every node whether it sees the disk.
    func addToCluster(
        _ disk: DiskInfo, _ target: ManageTarget, _ executor: inout Executor<K>
    ) throws(ManageFailure) {
        var disk = disk
        disk.state.insert(.clusterAdd)
        let mark = kernel.kernelLogMark()
        let started = kernel.now()
        do throws(StepFailure) {
            try executor.perform(PlannedStep(.addDisk(array: array.path, device: target.name, disk)))
        } catch {
            let errno = error.error.errno
            guard errno == .noEntry || errno == .busy || errno == .again else {
                throw .add(target.name, number: Int(disk.number), errno)
            }
            throw .addToCluster(
                target.name, number: Int(disk.number), errno,
                ClusterAddDiagnosis(
                    kernelLog: kernel.kernelLog(since: mark),
                    milliseconds: kernel.now().since(started).rawValue,
                    window: ConfirmWindow.length(timerFrequency: kernel.timerFrequency())))
        }
        if !executor.isDryRun { waitForMember(disk.device) }
    }

    /// Before anything is written: asks every node, where agents run, whether it can take the disk.
    func askNodes(about candidate: Candidate) throws(ManageFailure) {
        guard let uuid = array.uuid else { return }
        let view = Preflight(kernel: kernel).ask(array: uuid, device: candidate.device, atLeast: array.componentSize)
        guard case .nodes(let answers) = view else {
            return tell(view == .none ? .noAgent(array: array.path) : .agentUnable(array: array.path))
        }
        let obstacles = answers.filter(\.finding.isObstacle)
        guard obstacles.isEmpty else {
            throw .refusedByNodes(candidate.target.name, array: array.path, obstacles)
        }
        let silent = answers.filter { $0.finding == .silent }.map(\.node)
        if !silent.isEmpty { tell(.nodesNotAsked(array: array.path, nodes: silent)) }
    }

    /// After a refusal, nodes that had said yes let go of the disk (`CandidateWatch`). The next add must not
    /// come in between, so the command lock is kept until one of them was heard, or for a moment.
    func letOthersWithdraw() {
        let mark = kernel.kernelLogMark()
        let end = kernel.now() + Milliseconds(1500)
        while kernel.now() < end {
            kernel.pause(Milliseconds(100))
            if kernel.kernelLog(since: mark).contains(where: { $0.includes("to REMOVE") }) { return }
        }
    }

    /// Until this node lists the disk.
    private func waitForMember(_ device: DeviceNumber) {
        for _ in 0..<40 {
            if array.members().contains(where: { $0.device == device }) { return }
            kernel.pause(Milliseconds(50))
        }
    }
}
