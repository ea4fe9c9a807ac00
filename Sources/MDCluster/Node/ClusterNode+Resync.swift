internal import MDLocks

/// Our turn to resync: one node has `resync` EX at a time.
struct ResyncTask: Hashable, Sendable {
    /// The request that waits for our turn, and one that ends the wait.
    var waiting: Job?
    var ending: Job?
    var isHeld = false
    /// What our record says, and what everybody was told.
    var announced = SectorSpan.none
    var told = SectorSpan.none
}

/// Writes our slot's record. Both parts of the node may want that; one write serves whoever waits when it begins.
struct RecordWriter: Hashable, Sendable {
    var senderWaits = false
    var receiverWaits = false
    var servesSender = false
    var servesReceiver = false
    var isWriting: Bool { servesSender || servesReceiver }
}

extension ClusterNode {
    mutating func askResync(_ job: Job) {
        switch job.request {
        case .resyncStart(let span):
            guard !span.isEmpty else { return finish(job, .failure(.emptyRange)) }
            guard !resync.isHeld, resync.waiting == nil, !isBusy(.resync) else {
                return finish(job, .failure(.resyncBusy))
            }
            resync.waiting = job
            convert(.resync, .exclusive)
        case .resyncMove(let span):
            guard resync.isHeld else { return finish(job, .failure(.notResyncing)) }
            guard !span.isEmpty || span == .none else { return finish(job, .failure(.emptyRange)) }
            // Told before, and nothing is on its way that says otherwise.
            if span == .none, resync.told == .none, resync.announced == .none { return finish(job, .success) }
            sender.queue.append(job)
        default:
            if resync.waiting != nil {
                resync.ending = job
                endResyncWait()
            } else if resync.isHeld {
                sender.queue.append(job)
            } else {
                // The end was told before, or there was nothing: not told twice.
                finish(job, .success)
            }
        }
    }

    /// Calls off the wait for our turn, if there is one.
    mutating func endResyncWait() {
        if resync.waiting != nil { callOff(.resync) }
    }

    mutating func resyncGranted(_ mode: LockMode) {
        if mode == .null {
            if sender.step == .endingResync { resyncEnded() } else { resyncCancelled() }
            return
        }
        guard let job = resync.waiting else { return }
        guard resync.ending == nil else {
            // The grant was faster than the cancel.
            return convert(.resync, .null)
        }
        resync.waiting = nil
        resync.isHeld = true
        sender.queue.append(job)
    }

    mutating func resyncCancelled() {
        if let job = resync.waiting { finish(job, .failure(.cancelled)) }
        if let job = resync.ending { finish(job, .success) }
        resync.waiting = nil
        resync.ending = nil
    }

    /// `resync` is free again.
    mutating func resyncEnded() {
        resync.isHeld = false
        sender.step = .idle
        guard let job = sender.job else { return }
        sender.job = nil
        finish(job, sender.outcome)
    }

    // MARK: Our record

    mutating func pumpRecord() {
        guard record.senderWaits || record.receiverWaits, !record.isWriting, slot >= 0,
            !isBusy(.bitmap(slot))
        else { return }
        record.servesSender = record.senderWaits
        record.servesReceiver = record.receiverWaits
        record.senderWaits = false
        record.receiverWaits = false
        let current = SlotRecord(
            slot: slot, isClean: false, incarnation: UInt32(incarnation), range: resync.announced)
        convert(.bitmap(slot), .protectedWrite, value: current.block(seal))
    }

    mutating func recordWritten() {
        let served = record
        record.servesSender = false
        record.servesReceiver = false
        if served.servesSender {
            if sender.step == .openingRecord { recordOpened() } else { senderRecorded() }
        }
        if served.servesReceiver { receiverPublished() }
    }
}
