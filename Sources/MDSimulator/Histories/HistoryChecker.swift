package import MDCluster
package import MDLocks

/// What a history must never show. Each case is a rule that was broken.
package enum Violation: Hashable, Sendable {
    /// Superblocks got a member that this live member had not confirmed.
    case unconfirmedMember(disk: Int, host: Int)
    /// A disk that was refused is in the superblocks.
    case refusedMember(disk: Int)
    /// At rest, a live member's view is not what the superblocks say; or the superblocks differ.
    case staleView(host: Int)
    case tornMetadata
    /// At rest, a candidate, or `no-new-dev` or `ack` not at CR.
    case candidateLeft(host: Int)
    case voteLeft(host: Int)
    case ackLeft(host: Int)
    /// More than one holder of the token, or of a message.
    case twoSenders(Int, Int)
    case sendsWithoutToken(host: Int)
    /// A message that took effect twice at one member, or not at all at one that was there.
    case handledTwice(host: Int, MessageKind)
    case neverHandled(host: Int, MessageKind)
    /// A look changed something; the answer of a member that was there is missing, or is not what it said.
    case lookChanged(host: Int)
    case answerMissing(host: Int)
    case answerForged(host: Int)
    /// A resync touches sectors that this member does not hold writes to.
    case unguardedResync(by: Int, at: Int)
    case twoResyncs(Int, Int)
    /// A dead slot's range was given free before its bitmap was taken over.
    case freedTooEarly(slot: Int, host: Int)
    /// At rest, nobody took a bitmap over.
    case bitmapLost(slot: Int)
    /// At rest, a range is still held though nobody resyncs it.
    case rangeLeft(slot: Int, host: Int)
    /// A request that never ended.
    case endless(ClusterRequest, host: Int)
    /// At rest, a node still waits for something.
    case restless(host: Int)
    /// Two members in one slot, or members who do not know each other.
    case sharedSlot(Int, Int)
    case strangers(host: Int)
    /// More steps than any history should need.
    case neverEnds
    /// The node asked for what a lock manager does not do.
    case lockFailure(host: Int, LockFailure)
    /// A node gave up its membership over something that a healthy lock manager did.
    case brokeDown(host: Int, ClusterFault)
    /// An add failed although everybody had said yes in time.
    case refusedInVain(disk: Int)
}

/// Judges a world from outside: from the lock table, the disks and what applications did.
struct HistoryChecker: Sendable {
    var violation: Violation?

    mutating func note(_ violation: Violation) {
        if self.violation == nil { self.violation = violation }
    }

    /// A host writes a superblock that makes `disk` a member.
    mutating func committed(_ disk: NewDisk, at place: Int, by writer: Int, in world: ClusterWorld) {
        for (index, host) in world.hosts.enumerated() where index != writer && host.isMember {
            if host.candidate?.tag != disk.tag { note(.unconfirmedMember(disk: place, host: index)) }
        }
    }

    /// An add failed: somebody has to have said no, where nothing made anybody late.
    mutating func refused(_ place: Int, _ outcome: ClusterOutcome, by host: Int, in world: ClusterWorld) {
        guard case .failure(.refused(let refusal)) = outcome, refusal.slot == nil, world.plan.isPunctual else { return }
        note(.refusedInVain(disk: place))
    }

    /// A host publishes a message.
    mutating func publishes(_ writer: Int, in world: ClusterWorld) {
        if world.mode(of: .token, at: writer) != .exclusive { note(.sendsWithoutToken(host: writer)) }
        for (index, host) in world.hosts.enumerated() where index != writer && host.isUp {
            let message = world.mode(of: .message, at: index)
            if message == .concurrentWrite || message == .exclusive { note(.twoSenders(writer, index)) }
        }
    }

    /// A message took effect.
    mutating func applied(_ message: ClusterMessage, at host: Int, _ publication: inout Publication) {
        if publication.applied[host] { note(.handledTwice(host: host, message.kind)) }
        publication.applied[host] = true
    }

    /// A request that sends ended well: whoever was a member when it went out and still is has handled it.
    mutating func delivered(_ publication: Publication, in world: ClusterWorld) {
        for (index, host) in world.hosts.enumerated() where publication.audience[index] {
            guard host.isMember, host.process == publication.processes[index] else { continue }
            if !publication.applied[index] { note(.neverHandled(host: index, publication.message.kind)) }
        }
    }

    /// A look is over: nothing is other than before, and every live member's answer is there.
    mutating func looked(_ look: Publication, _ replies: [MemberReply], in world: ClusterWorld) {
        for (index, host) in world.hosts.enumerated() where look.audience[index] {
            guard host.isMember, host.process == look.processes[index] else { continue }
            if let before = look.before, !(look.after ?? world.standing).agrees(with: before, at: index) {
                note(.lookChanged(host: index))
            }
            guard let reply = replies.first(where: { $0.slot == host.node.slot }) else {
                note(.answerMissing(host: index))
                continue
            }
            if reply.answer == nil, world.plan.isPunctual { note(.answerMissing(host: index)) }
            if let answer = reply.answer, answer != look.said[index] || reply.node != host.node.settings.node {
                note(.answerForged(host: index))
            }
        }
    }

    /// After every step: what must hold all the time.
    mutating func checkResync(in world: ClusterWorld) {
        for (index, host) in world.hosts.enumerated() where host.isUp && !host.touching.isEmpty {
            for (other, peer) in world.hosts.enumerated() where other != index && peer.isMember {
                if peer.isResyncing { note(.twoResyncs(index, other)) }
                let held = peer.quiesced[host.node.slot]
                guard held.low <= host.touching.low, held.high >= host.touching.high,
                    peer.node.isResyncing(host.touching)
                else {
                    note(.unguardedResync(by: index, at: other))
                    return
                }
            }
        }
        for orphan in world.orphans {
            for (index, host) in world.hosts.enumerated() where orphan.witnesses[index] && host.isMember {
                if !host.node.isResyncing(orphan.span) { note(.freedTooEarly(slot: orphan.slot, host: index)) }
            }
        }
    }

    /// When nothing happens any more.
    mutating func checkRest(in world: ClusterWorld) {
        for ticket in world.tickets where !ticket.isDone {
            let host = world.hosts[ticket.host]
            if host.isUp, host.process == ticket.process { note(.endless(ticket.request, host: ticket.host)) }
        }
        let members = world.hosts.indices.filter { world.hosts[$0].isMember }
        guard !members.isEmpty else { return }
        let truth = world.disks.newest
        if world.disks.copies[0] != world.disks.copies[1] { note(.tornMetadata) }
        for place in world.refused where truth.disks[world.newDisks[place].number] == world.newDisks[place].tag {
            note(.refusedMember(disk: place))
        }
        var occupied = SlotSet()
        for index in members {
            if occupied[world.hosts[index].node.slot] { note(.sharedSlot(index, world.hosts[index].node.slot)) }
            occupied[world.hosts[index].node.slot] = true
        }
        for index in members { checkRest(of: index, occupied, truth, in: world) }
        for slot in 0..<world.dirty.count where world.dirty[slot] && !occupied[slot] { note(.bitmapLost(slot: slot)) }
    }

    private mutating func checkRest(
        of index: Int, _ occupied: SlotSet, _ truth: SharedMetadata, in world: ClusterWorld
    ) {
        let host = world.hosts[index]
        var others = occupied
        others[host.node.slot] = false
        if host.node.live != others { note(.strangers(host: index)) }
        if host.view != truth { note(.staleView(host: index)) }
        if host.candidate != nil { note(.candidateLeft(host: index)) }
        if world.mode(of: .noNewDevices, at: index) != .concurrentRead { note(.voteLeft(host: index)) }
        if world.mode(of: .ack, at: index) != .concurrentRead { note(.ackLeft(host: index)) }
        if !host.node.isAtRest { note(.restless(host: index)) }
        for slot in 0..<host.quiesced.count where slot != host.node.slot {
            if !host.node.ranges[slot].isEmpty || !host.quiesced[slot].isEmpty {
                note(.rangeLeft(slot: slot, host: index))
            }
        }
    }
}

/// A message that went out.
struct Publication: Sendable {
    var message: ClusterMessage
    /// By host: who was a member, in which process, and who has handled it.
    var audience: SlotSet
    var processes: [Int]
    var applied = SlotSet()
    /// Of a look, by host: what it said; and how things stood when it was asked, and when the token was let go.
    var said: [Int: Answer] = [:]
    var before: Standing?
    var after: Standing?
}

/// What applications know and hold, and what they voted, by host.
struct Standing: Sendable {
    var views: [SharedMetadata]
    var candidates: [Candidate?]
    var votes: [LockMode]

    func agrees(with other: Standing, at host: Int) -> Bool {
        views[host] == other.views[host] && candidates[host] == other.candidates[host]
            && votes[host] == other.votes[host]
    }
}

/// The range of a resync whose node died, and the hosts that must hold it until the bitmap was taken over.
struct Orphan: Sendable {
    var slot: Int
    var span: SectorSpan
    var witnesses: SlotSet
}
