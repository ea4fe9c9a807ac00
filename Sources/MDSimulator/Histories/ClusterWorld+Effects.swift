internal import MDBytes
internal import MDCluster
internal import MDLocks

extension ClusterWorld {
    /// Carries out one effect.
    mutating func run(_ effect: ClusterEffect, _ host: Int) {
        switch effect {
        case .convert(let lock, let mode, let isRefusable, let value):
            convert(lock, mode, isRefusable, value, host)
        case .cancel(let lock): begin(.cancel(lock.identifier), host)
        case .arm(let timer, let span):
            hosts[host].timers[timer.rawValue] += 1
            queue.push(
                .timer(timer, generation: hosts[host].timers[timer.rawValue]), at: now + span.rawValue * 1000,
                host: host, process: hosts[host].process)
        case .disarm(let timer): hosts[host].timers[timer.rawValue] += 1
        case .apply(let message): apply(message, host, after: delay())
        case .abandon(let id):
            if hosts[host].candidate?.id == id { hosts[host].candidate = nil }
        case .readMetadata(let isRepair):
            // The count is looked up when the chore is done.
            after(delay(), .metadataRead(events: disks.newest.events), .settle(isRepair: isRepair), host)
        case .recover(let slot, _):
            let isGood = Int.random(in: 0..<100, using: &random) >= plan.badRecoveries
            after(delay(), .recovered(slot: slot, isGood: isGood), isGood ? .recover(slot: slot) : .none, host)
        case .rangeChanged(let slot, let span): hosts[host].quiesced[slot] = span
        case .close: close(host)
        case .finished(let ticket, let outcome): finished(ticket, outcome, host)
        case .notice(.brokeDown(let fault)): checker.note(.brokeDown(host: host, fault))
        case .notice: break
        }
    }

    private mutating func convert(
        _ lock: ClusterLock, _ mode: LockMode, _ isRefusable: Bool, _ value: ValueBlock?, _ host: Int
    ) {
        var value = value
        if lock == .token, mode == .null, let last = publications.last, last.message.kind == .look,
            last.message.sender == hosts[host].node.slot
        {
            publications[publications.count - 1].after = standing
        }
        if lock == .message, mode == .concurrentWrite, let block = value { value = publish(block, host) }
        begin(lock.conversion(to: mode, isRefusable: isRefusable, value: value), host)
    }

    /// Notes what goes out, and lets a peer of a later version send what we do not know.
    private mutating func publish(_ block: ValueBlock, _ host: Int) -> ValueBlock {
        guard var message = readable(block) else { return block }
        checker.publishes(host, in: self)
        if plan.hasFutureKinds, message.kind == .remove { message.kind = MessageKind(rawValue: 0x55) }
        hosts[host].published += 1
        if message.flags.contains(.again), publications.last?.message.id == message.id { return message.block(seal) }
        publications.append(Publication(
            message: message, audience: hosts(where: \.isMember), processes: hosts.map(\.process)))
        publications[publications.count - 1].audience[host] = false
        if message.kind == .look { publications[publications.count - 1].before = standing }
        return message.block(seal)
    }

    /// What no look may change.
    var standing: Standing {
        Standing(
            views: hosts.map(\.view), candidates: hosts.map(\.candidate),
            votes: hosts.map { $0.node.mode(of: .noNewDevices) })
    }

    /// A value block as a holder gets it: some lose their validity, and then they may be older ones.
    mutating func spoiled(_ value: LockValue?, _ lock: ClusterLock, _ mode: LockMode, _ host: Int) -> LockValue? {
        guard var value else { return nil }
        if lock == .message, mode == .concurrentRead {
            defer { hosts[host].lastMessageRead = value.isValid ? value.block : hosts[host].lastMessageRead }
            hosts[host].readUnknown = value.isValid && readable(value.block)?.kind.isKnown == false
        }
        guard plan.invalidShare > 0, Int.random(in: 0..<1000, using: &random) < plan.invalidShare else { return value }
        switch lock.family {
        case .message where mode == .concurrentRead:
            let older = publications.count > 1 ? publications[publications.count - 2].message.block(seal) : value.block
            value = LockValue(older, isValid: false)
        case .token where mode == .exclusive && hosts[host].node.mode(of: .token) == .null,
            .reply where mode == .concurrentRead:
            value.isValid = false
        default: break
        }
        return value
    }

    mutating func delay() -> Int { Int.random(in: 100...20_000, using: &random) }

    mutating func after(_ delay: Int, _ event: ClusterEvent, _ chore: Timeline.Chore, _ host: Int) {
        queue.push(.done(event, chore), at: now + delay, host: host, process: hosts[host].process)
    }

    private mutating func close(_ host: Int) {
        guard let holder = hosts[host].holder else { return }
        hosts[host].isUp = false
        hosts[host].touching = .none
        forgetWitness(host)
        locks.close(holder)
    }

    // MARK: The application

    /// Does what a peer's message says.
    mutating func apply(_ message: ClusterMessage, _ host: Int, after delay: Int) {
        noteApplied(message, host)
        let event = ClusterEvent.applied(message.id, .ok)
        switch message.kind {
        case .newDisk: search(for: message, host, after: delay)
        case .look: look(for: message, host, after: delay)
        case .metadataUpdated: after(delay, event, .settle(isRepair: false), host)
        case .abort: after(delay, event, .abort(UInt32(truncatingIfNeeded: message.low)), host)
        case .resyncing, .resyncingStart:
            after(delay, event, .quiesce(slot: message.sender, SectorSpan(message.low, message.high)), host)
        case .changeCapacity where message.low > 2000 && Int(message.low) % 3 == host % 3:
            after(delay, .applied(message.id, Answer(.nack, .tooSmall, detail: 2000)), .none, host)
        case .changeCapacity: after(delay, event, .capacity(message.low), host)
        default: after(delay, event, .none, host)
        }
    }

    private mutating func noteApplied(_ message: ClusterMessage, _ host: Int) {
        guard let place = publications.lastIndex(where: {
            $0.message.id == message.id && $0.message.sender == message.sender
        }) else { return }
        var publication = publications[place]
        checker.applied(message, at: host, &publication)
        publications[place] = publication
    }

    private mutating func look(for message: ClusterMessage, _ host: Int, after delay: Int) {
        let disk = newDisks.first { $0.tag == UInt8(truncatingIfNeeded: message.low) }
        let answer = (disk?.sights[host] ?? .good).answer
        let place = publications.lastIndex { $0.message.id == message.id && $0.message.sender == message.sender }
        if let place { publications[place].said[host] = answer ?? .nack(.timeout) }
        if let answer { after(delay, .applied(message.id, answer), .none, host) }
    }

    private mutating func search(for message: ClusterMessage, _ host: Int, after delay: Int) {
        let number = Int(message.argument)
        let tag = UInt8(truncatingIfNeeded: message.low)
        guard let disk = newDisks.first(where: { $0.tag == tag }) else { return }
        let bind = Timeline.Chore.bind(Candidate(id: message.id, tag: tag, number: number))
        if hosts[host].view.disks[number] != 0 {
            return after(delay, .applied(message.id, .nack(.alreadyMember, code: 16)), .none, host)
        }
        let sight = disk.sights[host]
        if let answer = sight.answer {
            after(delay, .applied(message.id, answer), answer == .ok ? bind : .none, host)
        } else if sight == .late {
            after(delay + 5_500_000, .applied(message.id, .ok), bind, host)
        }
    }

    /// What takes effect together with the event that tells of it.
    mutating func perform(_ chore: Timeline.Chore, _ host: Int) {
        switch chore {
        case .none: break
        case .bind(let candidate):
            if hosts[host].candidate == nil { hosts[host].candidate = candidate }
        case .settle(let isRepair): settle(isRepair, host)
        case .abort(let id):
            if hosts[host].candidate?.id.rawValue == id {
                hosts[host].candidate = nil
            } else if hosts[host].candidate != nil {
                settle(false, host)
            }
        case .quiesce(let slot, let span): hosts[host].quiesced[slot] = span
        case .capacity(let sectors): hosts[host].view.capacity = sectors
        case .recover(let slot):
            dirty[slot] = false
            orphans.removeAll { $0.slot == slot }
        }
    }

    /// Reads the superblocks, and settles the candidate by them.
    private mutating func settle(_ isRepair: Bool, _ host: Int) {
        let truth = disks.newest
        if isRepair { disks.copies = [truth, truth] }
        hosts[host].view = truth
        hosts[host].candidate = nil
    }
}
