internal import MDBytes
internal import MDCluster

extension ClusterWorld {
    /// Makes a request of the host's node.
    mutating func ask(_ host: Int, _ request: ClusterRequest, disk: Int = -1, isResync: Bool = false) {
        tickets.append(Ticket(
            host: host, process: hosts[host].process, request: request, isResync: isResync,
            published: hosts[host].published, disk: disk))
        deliver(.request(ticket: tickets.count - 1, request), to: host)
    }

    /// What an administrator does at that point of the plan.
    mutating func work(_ kind: HistoryPlan.Kind, _ host: Int) {
        guard hosts[host].isUp else {
            if kind == .join { start(host) }
            return
        }
        guard hosts[host].node.phase == .member else { return }
        if case .resync(let span, let windows) = kind {
            guard hosts[host].resyncScript == .idle, !hosts[host].isLeaving else { return }
            hosts[host].resyncScript = .starting(span)
            hosts[host].windowsLeft = windows
            return ask(host, .resyncStart(span), isResync: true)
        }
        if case .look(let place) = kind {
            return ask(host, .look(identity: place < 0 ? .zero : newDisks[place].uuid, mebibytes: 1))
        }
        guard hosts[host].script == .idle else { return }
        switch kind {
        case .join, .resync, .look: break
        case .leave(let isDirty):
            let dirties = isDirty || hosts[host].resyncScript != .idle
            hosts[host].script = .leaving(isDirty: dirties)
            hosts[host].touching = .none
            if dirties { dirty[hosts[host].node.slot] = true }
            ask(host, .leave(isDirty: dirties))
        case .add(let place):
            guard let number = disks.newest.freeNumber else { return }
            newDisks[place].number = number
            hosts[host].script = .adding(place)
            ask(host, .addStart(uuid: newDisks[place].uuid, number: UInt32(number)), disk: place)
        case .update(let update):
            hosts[host].script = .updating(update)
            ask(host, .metadataStart)
        case .crash: crash(host)
        }
    }

    /// A request ended.
    mutating func finished(_ place: Int, _ outcome: ClusterOutcome, _ host: Int) {
        tickets[place].isDone = true
        if !outcome.isSuccess { failures += 1 }
        let ticket = tickets[place]
        if outcome.isSuccess, hosts[host].published > ticket.published, let last = publications.last,
            last.message.sender == hosts[host].node.slot, last.message.kind.isKnown, ticket.request.delivers
        {
            checker.delivered(last, in: self)
        }
        if case .look = ticket.request { return looked(outcome, host, ticket) }
        if ticket.isResync { resyncFinished(outcome, host) } else { scriptFinished(outcome, host) }
    }

    private mutating func looked(_ outcome: ClusterOutcome, _ host: Int, _ ticket: Ticket) {
        guard case .answers(let replies) = outcome, hosts[host].published > ticket.published,
            let look = publications.last(where: {
                $0.message.kind == .look && $0.message.sender == hosts[host].node.slot
            })
        else { return }
        checker.looked(look, replies, in: self)
    }

    private mutating func scriptFinished(_ outcome: ClusterOutcome, _ host: Int) {
        switch hosts[host].script {
        case .idle, .writing, .rewriting: break
        case .joining: hosts[host].script = .idle
        case .leaving:
            hosts[host].script = .idle
            guard !outcome.isSuccess, hosts[host].node.phase == .member else { return }
            // Still here, then, with everything that was to be handed over.
            dirty[hosts[host].node.slot] = false
            if hosts[host].resyncScript == .idle { endResync(host) }
        case .adding(let place):
            guard outcome.isSuccess || options.fault == .writesAfterRefusal else {
                checker.refused(place, outcome, by: host, in: self)
                refused.append(place)
                hosts[host].script = .idle
                return
            }
            if Int.random(in: 0..<100, using: &random) < plan.cancelShare, outcome.isSuccess {
                refused.append(place)
                hosts[host].script = .cancelling
                return ask(host, .metadataCancel)
            }
            hosts[host].script = .writing(place, copy: 0)
            goOn(host)
        case .updating(let update):
            guard outcome.isSuccess else { return hosts[host].script = .idle }
            switch update {
            case .touch:
                hosts[host].script = .rewriting(update, copy: 0)
                goOn(host)
            case .remove(let number):
                hosts[host].script = .announcing(update)
                ask(host, .remove(number: UInt32(number)))
            case .capacity(let sectors):
                hosts[host].script = .announcing(update)
                ask(host, .changeCapacity(sectors: sectors))
            }
        case .announcing(let update):
            // Who heard of a change that is off must read the superblocks again.
            hosts[host].script = .rewriting(outcome.isSuccess ? update : .touch, copy: 0)
            goOn(host)
        case .telling, .closing, .cancelling: hosts[host].script = .idle
        }
    }

    private mutating func goOn(_ host: Int) {
        queue.push(.script, at: now + delay(), host: host, process: hosts[host].process)
    }

    /// One superblock more, or all told.
    mutating func continueScript(_ host: Int) {
        switch hosts[host].script {
        case .writing(let place, let copy):
            if copy == 0 {
                checker.committed(newDisks[place], at: place, by: host, in: self)
                let disk = newDisks[place]
                rewrite(host) { $0.disks[disk.number] = disk.tag }
            }
            write(copy, host)
            hosts[host].script = copy == 0 ? .writing(place, copy: 1) : .telling(place)
            if copy == 0 { goOn(host) } else { tell(host, place) }
        case .rewriting(let update, let copy):
            if copy == 0 { apply(update, host) }
            write(copy, host)
            hosts[host].script = copy == 0 ? .rewriting(update, copy: 1) : .closing(update)
            if copy == 0 { goOn(host) } else { tell(host, -1) }
        default: break
        }
    }

    private mutating func tell(_ host: Int, _ place: Int) {
        let number = place < 0 ? 0 : newDisks[place].number
        ask(host, .metadataFinish(events: hosts[host].view.events, device: UInt32(number)), disk: place)
    }

    private mutating func apply(_ update: ClusterHost.Update, _ host: Int) {
        rewrite(host) {
            switch update {
            case .touch: break
            case .remove(let number): $0.disks[number] = 0
            case .capacity(let sectors): $0.capacity = sectors
            }
        }
    }

    private mutating func rewrite(_ host: Int, _ change: (inout SharedMetadata) -> Void) {
        var metadata = disks.newest
        metadata.events += 1
        change(&metadata)
        hosts[host].view = metadata
    }

    private mutating func write(_ copy: Int, _ host: Int) {
        disks.copies[copy] = hosts[host].view
        let events = hosts[host].view.events
        log(host, "writes superblock \(copy), events \(events)")
    }

    // MARK: Resync

    private mutating func resyncFinished(_ outcome: ClusterOutcome, _ host: Int) {
        switch hosts[host].resyncScript {
        case .idle, .pausingEnd, .working: break
        case .starting(let span), .moving(let span, _):
            switch outcome {
            case .success, .answers:
                hosts[host].resyncScript = .working(span, windows: hosts[host].windowsLeft)
                if !hosts[host].isLeaving { hosts[host].touching = span }
                queue.push(.resyncScript, at: now + delay(), host: host, process: hosts[host].process)
            case .failure(.cancelled), .failure(.resyncBusy), .failure(.notJoined), .failure(.lockFailed):
                hosts[host].resyncScript = .idle
            case .failure: endResync(host)
            }
        case .ending:
            guard !outcome.isSuccess, hosts[host].isUp, hosts[host].node.phase == .member else {
                return hosts[host].resyncScript = .idle
            }
            hosts[host].resyncScript = .pausingEnd
            queue.push(.resyncScript, at: now + 1_000_000, host: host, process: hosts[host].process)
        }
    }

    private mutating func endResync(_ host: Int) {
        hosts[host].resyncScript = .ending
        ask(host, .resyncFinish, isResync: true)
    }

    /// The next window, or the end.
    mutating func continueResync(_ host: Int) {
        hosts[host].touching = .none
        switch hosts[host].resyncScript {
        case .working(let span, let windows) where windows > 0 && !hosts[host].isLeaving:
            hosts[host].windowsLeft = windows - 1
            let next = SectorSpan(span.high, span.high + 100)
            hosts[host].resyncScript = .moving(next, windows: windows - 1)
            ask(host, .resyncMove(next), isResync: true)
        case .working where !hosts[host].isLeaving, .pausingEnd: endResync(host)
        default: hosts[host].resyncScript = .idle
        }
    }
}

extension ClusterRequest {
    /// Whether its success means that a message was handled by all. A farewell goes even where it was not.
    fileprivate var delivers: Bool {
        switch self {
        case .leave, .metadataStart, .metadataCancel, .repair, .look: false
        default: true
        }
    }
}
