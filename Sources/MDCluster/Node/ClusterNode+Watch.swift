internal import MDBytes
internal import MDLocks

/// Slots without an owner whose bitmap somebody must take over.
struct Recovery: Hashable, Sendable {
    /// To begin when the lock is free.
    var wanted = SlotSet()
    /// `bitmap` waits for PW, is PW, or is on its way back.
    var active = SlotSet()
    /// Left by an owner who said that its bitmap is dirty.
    var handedOver = SlotSet()
}

extension ClusterNode {
    /// Watches a member: PR on its `alive` is granted when it is gone.
    mutating func watch(_ peer: Int) {
        let lock = ClusterLock.alive(peer)
        guard live[peer], !isBusy(lock), modes[lock.rawValue] == .null else { return }
        convert(lock, .protectedRead)
    }

    mutating func watchGranted(_ peer: Int, _ mode: LockMode, _ value: LockValue?) {
        guard mode == .protectedRead else {
            // Down again; somebody new may sit there meanwhile.
            watch(peer)
            return
        }
        convert(.alive(peer), .null)
        if live[peer] { lost(peer, value) }
        probed(peer)
    }

    /// The watch was called off, to learn whether the member is there: it is.
    mutating func watchCancelled(_ peer: Int) {
        watch(peer)
        probed(peer)
    }

    private mutating func lost(_ peer: Int, _ value: LockValue?) {
        live[peer] = false
        names[peer] = 0
        let farewell = value.flatMap { $0.isValid ? goodbye($0.block, of: peer) : nil }
        out.append(.notice(farewell == nil ? .died(slot: peer) : .left(slot: peer)))
        giveUpOn(peer)
        // BITMAP_NEEDS_SYNC may not have reached us; the farewell says the same.
        if farewell?.isDirty != false || recovery.handedOver[peer] || !ranges[peer].isEmpty {
            recovery.wanted[peer] = true
        }
        guard phase == .member else { return }
        enqueueRepair()
        startRecoveries()
    }

    private func goodbye(_ block: ValueBlock, of peer: Int) -> FarewellRecord? {
        do throws(BlockDefect) {
            let record = try FarewellRecord(reading: block, seal)
            return record.slot == peer ? record : nil
        } catch {
            return nil
        }
    }

    /// A peer says HELLO: it owns its slot, and has recovered what was there.
    mutating func welcome(_ message: ClusterMessage) {
        let peer = message.sender
        if !live[peer] { out.append(.notice(.joined(slot: peer))) }
        live[peer] = true
        names[peer] = UInt32(truncatingIfNeeded: message.high)
        recovery.wanted[peer] = false
        recovery.handedOver[peer] = false
        // Only the wait: letting the bitmap go is never called off.
        if recovery.active[peer], goals[ClusterLock.bitmap(peer).rawValue] == .protectedWrite {
            callOff(.bitmap(peer))
        }
        dropRange(of: peer)
        watch(peer)
    }

    // MARK: Recovery

    /// Waits for the bitmaps of slots without an owner. One survivor at a time gets each.
    mutating func startRecoveries() {
        guard phase == .member, !recovery.wanted.isEmpty else { return }
        for peer in recovery.wanted where !recovery.active[peer] {
            let lock = ClusterLock.bitmap(peer)
            guard !isBusy(lock), modes[lock.rawValue] == .null else { continue }
            recovery.wanted[peer] = false
            recovery.active[peer] = true
            convert(lock, .protectedWrite)
        }
    }

    mutating func recoveryGranted(_ peer: Int, _ mode: LockMode, _ value: LockValue?) {
        guard mode == .protectedWrite else { return recoveryEnded(peer) }
        var hint = ranges[peer]
        if let value {
            do throws(BlockDefect) {
                let record = try SlotRecord(reading: value.block, seal)
                if value.isValid, record.isClean, record.slot == peer {
                    // Another survivor was faster.
                    return convert(.bitmap(peer), .null, value: value.block)
                }
                if hint.isEmpty { hint = record.range }
            } catch {
                // No record: what its owner announced last is all that is known.
            }
        }
        out.append(.recover(slot: peer, hint: hint))
    }

    mutating func recovered(_ peer: Int, _ isGood: Bool) {
        guard peer != slot else { return ownSlotRecovered(isGood) }
        guard recovery.active[peer] else { return }
        if !isGood {
            out.append(.notice(.recoveryFailed(slot: peer)))
            recovery.wanted[peer] = true
        }
        let record = SlotRecord(
            slot: peer, isClean: isGood, incarnation: UInt32(incarnation), range: isGood ? .none : ranges[peer])
        convert(.bitmap(peer), .null, value: record.block(seal))
    }

    private mutating func recoveryEnded(_ peer: Int) {
        recovery.active[peer] = false
        // Not good: what was announced stays announced until somebody succeeds.
        guard !recovery.wanted[peer] else { return out.append(.arm(.retry, settings.retryPause)) }
        recovery.handedOver[peer] = false
        // A new owner came meanwhile: what is announced is its own.
        if !live[peer] { dropRange(of: peer) }
    }

    private mutating func dropRange(of peer: Int) {
        guard !ranges[peer].isEmpty else { return }
        ranges[peer] = .none
        out.append(.rangeChanged(slot: peer, .none))
    }

    /// A new owner came while we waited: it has recovered its slot itself.
    mutating func recoveryCancelled(_ peer: Int) {
        recoveryEnded(peer)
        // It may have gone again while we were about to look away.
        if !live[peer] { recovery.wanted[peer] = true }
        startRecoveries()
    }
}
