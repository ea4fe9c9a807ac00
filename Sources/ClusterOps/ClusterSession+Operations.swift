internal import MDBytes
internal import MDCluster
internal import MDLocks

extension ClusterSession: ClusterOperations {
    public func join(nodes: Int) throws(ClusterOperationError) {
        guard node == nil else { throw ClusterOperationError(because: .alreadyJoined) }
        guard (1...64).contains(nodes) else { throw ClusterOperationError(because: .invalid) }
        try openLocks(nodes: nodes)
        node = ClusterNode(ClusterSettings(array: array, nodes: nodes, node: locks.node.rawValue))
        try perform(.join(nonce: nonce))
    }

    public func leave() throws(ClusterOperationError) { try perform(.leave(isDirty: application.isDirty)) }

    public func slotNumber() throws(ClusterOperationError) -> Int {
        guard let node, node.phase == .member else { throw ClusterOperationError(because: .notJoined) }
        return node.slot
    }

    public func resyncInfoUpdate(_ range: SectorRange) throws(ClusterOperationError) {
        try perform(.resyncMove(range.span))
    }

    public func resyncStart(_ range: SectorRange) throws(ClusterOperationError) {
        try perform(.resyncStart(range.span))
    }

    public func resyncFinish() throws(ClusterOperationError) { try perform(.resyncFinish) }

    public func metadataUpdateStart() throws(ClusterOperationError) { try perform(.metadataStart) }

    public func metadataUpdateFinish() throws(ClusterOperationError) {
        let written = application.metadataWritten
        try perform(.metadataFinish(events: written.events, device: UInt32(truncatingIfNeeded: written.device)))
    }

    public func metadataUpdateCancel() throws(ClusterOperationError) { try perform(.metadataCancel) }

    public func areaResyncing(_ range: SectorRange) -> Bool { node?.isResyncing(range.span) ?? false }

    public func addNewDiskStart(_ device: NewDevice) throws(ClusterOperationError) {
        guard device.number >= 0, device.number <= 0xffff else { throw ClusterOperationError(because: .invalid) }
        try perform(.addStart(uuid: UUID(bytes: device.uuid), number: UInt32(device.number)))
    }

    public func addNewDiskFinish() throws(ClusterOperationError) { try metadataUpdateFinish() }

    public func newDiskAck(_ isAccepted: Bool) throws(ClusterOperationError) {
        guard let asked else {
            guard isAccepted else { return application.note(ClusterNotice.unaskedNo) }
            throw ClusterOperationError(because: .spurious)
        }
        self.asked = nil
        answer(asked.id, asked.device, isAccepted ? .accepted : .declined)
    }

    /// Asks every other node whether it sees the disk `identity`, a uuid of 16 bytes, with at least that many MiB,
    /// before anything is done; all zero asks only how the array is there. Changes nothing. Returns the answers in the
    /// order of the slots: a no, and a node that stayed silent, are answers, too.
    public func look(for identity: [UInt8], mebibytes: Int) throws(ClusterOperationError) -> [MemberAnswer] {
        let outcome = try perform(.look(identity: UUID(bytes: identity), mebibytes: UInt32(clamping: mebibytes)))
        guard case .answers(let replies) = outcome else { return [] }
        return replies.map(MemberAnswer.init)
    }

    /// md_cluster_operations.remove_disk: a device goes.
    public func removeDisk(number: Int) throws(ClusterOperationError) {
        try perform(.remove(number: UInt32(truncatingIfNeeded: number)))
    }

    /// md_cluster_operations.gather_bitmaps' message RE_ADD: a device works again.
    public func reAddDisk(number: Int) throws(ClusterOperationError) {
        try perform(.reAdd(number: UInt32(truncatingIfNeeded: number)))
    }

    /// md_cluster_operations.update_size: the array has that many sectors. Refused where one node cannot.
    public func updateSize(sectors: UInt64) throws(ClusterOperationError) {
        try perform(.changeCapacity(sectors: sectors))
    }

    /// md_cluster_operations.resize_bitmaps: bitmaps cover that many sectors.
    public func resizeBitmaps(sectors: UInt64) throws(ClusterOperationError) {
        try perform(.bitmapResize(sectors: sectors))
    }
}

extension ClusterSession {
    /// Does what a peer's message says.
    func apply(_ message: ClusterMessage) {
        let number = Int(message.argument)
        switch message.kind {
        case .newDisk:
            let device = NewDevice(uuid: message.uuid.bytes, number: number)
            guard let verdict = application.newDisk(device) else { return asked = (message.id, device) }
            answer(message.id, device, verdict)
        case .look: done(message.id, application.look(for: message.uuid.bytes, mebibytes: number))
        case .metadataUpdated: reread(message.id)
        case .abort:
            guard let accepted else { return done(message.id, .accepted) }
            guard UInt64(accepted.id.rawValue) == message.low else { return reread(message.id) }
            self.accepted = nil
            application.dropNewDisk(accepted.device)
            done(message.id, .accepted)
        case .resyncing, .resyncingStart:
            application.rangeChanged(slot: message.sender, SectorRange(message.low, message.high))
            done(message.id, .accepted)
        case .remove: done(message.id, application.follow(.removes(number: number)))
        case .reAdd: done(message.id, application.follow(.readds(number: number)))
        case .changeCapacity: done(message.id, application.follow(.capacity(sectors: message.low)))
        case .bitmapResize: done(message.id, application.follow(.bitmap(sectors: message.high)))
        default: done(message.id, .accepted)
        }
    }

    private func reread(_ id: MessageID) {
        let events = application.readMetadata(isRepair: false)
        accepted = nil
        done(id, events == nil ? .failed(code: 5) : .accepted)
    }

    func answer(_ id: MessageID, _ device: NewDevice, _ verdict: DeviceAnswer) {
        if verdict == .accepted { accepted = (id, device) }
        done(id, verdict)
    }

    private func done(_ id: MessageID, _ verdict: DeviceAnswer) { pending.append(.applied(id, verdict.answer)) }

    /// Nobody waits for the answer to this NEWDISK any more.
    func abandon(_ id: MessageID) {
        if let asked, asked.id == id {
            self.asked = nil
            application.dropNewDisk(asked.device)
        }
        if let accepted, accepted.id == id {
            self.accepted = nil
            application.dropNewDisk(accepted.device)
        }
    }
}
