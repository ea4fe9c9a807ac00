internal import MDBytes
internal import MDLocks

extension ClusterNode {
    // Under the token, all of it: survey `alive` → elect a slot by its `bitmap` → `alive` EX → watch → `reply` PW →
    // recover what the slot's last owner left → own record → `ack` and `no-new-dev` CR → superblocks → HELLO →
    // the others' ranges.

    /// Looks who is there: `alive` refuses PR where somebody is.
    mutating func survey() {
        sender.cursor = -1
        sender.free = SlotSet()
        live = SlotSet()
        surveyNext()
    }

    mutating func surveyNext() {
        sender.cursor += 1
        guard sender.cursor < settings.nodes else { return beginElection() }
        sender.step = .surveying
        convert(.alive(sender.cursor), .protectedRead, isRefusable: true)
    }

    private mutating func beginElection() {
        sender.cursor = -1
        electNext()
    }

    /// Tries the next free slot; without one, later again: a survivor may be recovering it.
    mutating func electNext() {
        for candidate in sender.free where candidate > sender.cursor {
            sender.cursor = candidate
            sender.step = .electing
            return convert(.bitmap(candidate), .protectedWrite, isRefusable: true)
        }
        sender.rounds += 1
        let limit = settings.tokenLimit.rawValue / max(1, settings.electionPause.rawValue)
        guard !sender.free.isEmpty, sender.rounds < limit else { return failJoin(.noFreeSlot, holdsToken: true) }
        sender.step = .pausing
        convert(.token, .null, value: tokenFarewell())
    }

    mutating func electionExpired() {
        if phase == .joining, sender.step == .pausing, !isBusy(.token) { takeToken() }
    }

    mutating func joinGranted(_ lock: ClusterLock, _ mode: LockMode, _ value: LockValue?) {
        switch sender.step {
        case .surveying:
            sender.free[sender.cursor] = true
            sender.step = .surveyingOn
            convert(lock, .null)
        case .surveyingOn: surveyNext()
        case .pausing: out.append(.arm(.election, settings.electionPause))
        case .electing: elected(value)
        case .registering:
            sender.cancelling = nil
            out.append(.disarm(.request))
            for peer in live { watch(peer) }
            sender.step = .enablingReplies
            convert(.reply(slot), .protectedWrite)
        case .enablingReplies:
            guard sender.ownIsDirty else { return openRecord() }
            sender.step = .recoveringOwn
            out.append(.recover(slot: slot, hint: ranges[slot]))
        case .openingRecord: break
        case .listening:
            sender.step = .enteringVote
            convert(.noNewDevices, .concurrentRead)
        case .enteringVote:
            sender.step = .loading
            // After a crash of all, nobody is left to say that superblocks may differ.
            out.append(.readMetadata(isRepair: live.isEmpty || sender.isDirty))
        case .readingRange:
            learnRange(value)
            sender.step = .closingRange
            convert(lock, .null)
        case .closingRange: readNextRange()
        case .closingRecord, .sayingFarewell, .lettingTokenGo: leavingGranted()
        default: confusion = lock
        }
    }

    private mutating func elected(_ value: LockValue?) {
        slot = sender.cursor
        sender.ownIsDirty = true
        if let value {
            do throws(BlockDefect) {
                let record = try SlotRecord(reading: value.block, seal)
                sender.ownIsDirty = !value.isValid || !record.isClean || record.slot != slot
                ranges[slot] = record.range
            } catch {
                ranges[slot] = .none
            }
        }
        sender.step = .registering
        out.append(.arm(.request, settings.tokenLimit))
        convert(.alive(slot), .exclusive)
    }

    mutating func ownSlotRecovered(_ isGood: Bool) {
        guard sender.step == .recoveringOwn else { return }
        guard isGood else {
            out.append(.notice(.recoveryFailed(slot: slot)))
            return failJoin(.metadataUnreadable, holdsToken: true)
        }
        openRecord()
    }

    private mutating func openRecord() {
        ranges[slot] = .none
        sender.step = .openingRecord
        record.senderWaits = true
    }

    /// Our record says that the slot is in use.
    mutating func recordOpened() {
        guard sender.step == .openingRecord else { return }
        sender.step = .listening
        convert(.ack, .concurrentRead)
    }

    mutating func loaded(_ events: UInt64?) {
        guard events != nil else { return failJoin(.metadataUnreadable, holdsToken: true) }
        send(ClusterMessage(.hello, low: ClusterNode.protocolVersion, high: UInt64(settings.node)), for: .hello)
    }

    /// The version that HELLO tells.
    static let protocolVersion: UInt64 = 1

    mutating func greeted(_ fault: ClusterFault?) {
        if let fault { return failJoin(fault, holdsToken: true) }
        sender.cursor = -1
        readNextRange()
    }

    /// Every member published its range again before it answered HELLO.
    private mutating func readNextRange() {
        for peer in live where peer > sender.cursor && peer != slot {
            sender.cursor = peer
            sender.step = .readingRange
            return convert(.bitmap(peer), .concurrentRead)
        }
        phase = .member
        for other in 0..<settings.nodes where other != slot && !live[other] { recovery.wanted[other] = true }
        if sender.isDirty { enqueueRepair() }
        release(.success)
        startRecoveries()
    }

    private mutating func learnRange(_ value: LockValue?) {
        let peer = sender.cursor
        var span = SectorSpan.none
        if let value {
            do throws(BlockDefect) {
                let record = try SlotRecord(reading: value.block, seal)
                // Not valid: it went meanwhile, and nobody knows how far it was.
                span = value.isValid ? record.range : .whole
            } catch {
                span = error == .empty && value.isValid ? .none : .whole
            }
        }
        guard ranges[peer] != span else { return }
        ranges[peer] = span
        out.append(.rangeChanged(slot: peer, span))
    }

    /// The join is off: the token as it was found, then out.
    mutating func failJoin(_ fault: ClusterFault, holdsToken: Bool) {
        sender.outcome = .failure(fault)
        guard holdsToken else { return leaveAtOnce() }
        sender.step = .lettingTokenGo
        convert(.token, .null, value: tokenFarewell())
    }

    // MARK: Leaving

    /// The token is ours: nobody sends while we go.
    mutating func beginLeaving(_ isDirty: Bool) {
        phase = .leaving
        sender.ownIsDirty = isDirty
        // First the receiving part: it may be publishing our range for a newcomer.
        guard isDirty else { return settle(.farewell) }
        let hint = resync.announced
        send(ClusterMessage(
            .bitmapNeedsSync, low: hint.low, high: hint.high, argument: UInt32(slot)), for: .handOver)
    }

    mutating func sayFarewell() {
        phase = .leaving
        let isDirty = sender.ownIsDirty || resync.isHeld
        sender.step = .closingRecord
        let record = SlotRecord(
            slot: slot, isClean: !isDirty, incarnation: UInt32(incarnation), range: isDirty ? resync.announced : .none)
        convert(.bitmap(slot), .null, value: record.block(seal))
    }

    private mutating func leavingGranted() {
        switch sender.step {
        case .closingRecord:
            sender.step = .sayingFarewell
            let record = FarewellRecord(
                slot: slot, incarnation: UInt32(incarnation), isDirty: sender.ownIsDirty || resync.isHeld)
            convert(.alive(slot), .null, value: record.block(seal))
        case .sayingFarewell:
            sender.step = .lettingTokenGo
            convert(.token, .null, value: tokenFarewell())
        default: leaveAtOnce()
        }
    }

    private mutating func leaveAtOnce() {
        if let job = sender.job { finish(job, sender.outcome) }
        sender.job = nil
        breakDown(.notJoined)
    }
}
