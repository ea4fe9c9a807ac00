internal import MDCluster
internal import MDLocks

/// Faults of a protocol that a checker must notice. They are planted between the node and its surroundings, so
/// that the node itself knows nothing of them.
package enum PlantedFault: String, Sendable, CaseIterable {
    /// `message` PR is not waited for.
    case noTurnstile
    /// `applied` comes before the effect.
    case ackBeforeEffect
    /// A receiver that meets an unknown kind keeps `ack`.
    case muteOnUnknownKind
    /// Nobody is told that an add is off.
    case forgottenAbort
    /// Value blocks that are not valid are taken at their word.
    case trustInvalid
    /// A message has the id of the one before.
    case reusedID
    /// `no-new-dev` does not go back to CR after an add.
    case keptVote
    /// Sends without the token.
    case noToken
    /// Nobody notices that a member is gone.
    case deafToDeath
    /// A no counts as a yes.
    case ignoredNack
    /// Bitmaps of dead slots are not looked at.
    case neverRecovers
    /// Who takes the token does not see what its last holder left.
    case blindToIntent
    /// Leaves with a dirty bitmap and says nothing.
    case silentLeaver
    /// Resyncs without telling.
    case unannouncedResync
    /// Resyncs without `resync`.
    case resyncWithoutTurn
    /// Superblocks are written although the add failed.
    case writesAfterRefusal
    /// A message that nobody answered is not sent again.
    case neverAgain
    /// Takes a disk that a peer only looks for.
    case bindingLook
    /// Does not read what was said to a look.
    case deafLook
}

extension ClusterWorld {
    /// What becomes of an effect under the planted fault: nil where it is swallowed, with an event in its place.
    mutating func bend(_ effect: ClusterEffect, of host: Int) -> ClusterEffect? {
        guard let fault = options.fault else { return effect }
        guard case .convert(let lock, let mode, let isRefusable, let value) = effect else {
            return bendOther(effect, fault, host)
        }
        switch (fault, lock, mode) {
        case (.noTurnstile, .message, .protectedRead): return pretend(.granted(lock, mode, nil), host)
        case (.keptVote, .noNewDevices, .concurrentRead)
            where hosts[host].node.phase == .member && !hosts[host].isVoting:
            return pretend(.granted(lock, mode, nil), host)
        case (.muteOnUnknownKind, .ack, .null) where hosts[host].readUnknown: return nil
        case (.noToken, .token, .exclusive) where value == nil && hosts[host].node.phase == .member:
            return pretend(.granted(lock, mode, LockValue(.zero)), host)
        case (.noToken, .token, _) where self.mode(of: .token, at: host) == .null:
            return pretend(.granted(lock, mode, LockValue(value ?? .zero)), host)
        case (.resyncWithoutTurn, .resync, _): return pretend(.granted(lock, mode, nil), host)
        case (.ignoredNack, .noNewDevices, .exclusive):
            hosts[host].isVoting = true
            return pretend(.granted(lock, mode, nil), host)
        case (.ignoredNack, .noNewDevices, .concurrentRead) where hosts[host].isVoting:
            hosts[host].isVoting = false
            return pretend(.granted(lock, mode, nil), host)
        default: break
        }
        guard lock == .message, mode == .concurrentWrite, let value else {
            if fault == .keptVote, lock == .noNewDevices { hosts[host].isVoting = mode == .exclusive }
            return effect
        }
        return .convert(lock, mode, isRefusable: isRefusable, value: bendMessage(value, fault, host))
    }

    private mutating func bendMessage(_ block: ValueBlock, _ fault: PlantedFault, _ host: Int) -> ValueBlock {
        guard var message = readable(block) else { return block }
        switch (fault, message.kind) {
        case (.forgottenAbort, .abort), (.unannouncedResync, .resyncing): message.kind = .reAdd
        case (.reusedID, _):
            let real = message.id
            if hosts[host].borrowedID != .none { message.id = hosts[host].borrowedID }
            hosts[host].realID = real
            if hosts[host].borrowedID == .none { hosts[host].borrowedID = real }
        default: return block
        }
        return message.block(seal)
    }

    private mutating func bendOther(_ effect: ClusterEffect, _ fault: PlantedFault, _ host: Int) -> ClusterEffect? {
        switch (fault, effect) {
        case (.ackBeforeEffect, .apply(let message)) where message.kind != .newDisk:
            return pretend(.applied(message.id, .ok), host, thenApplying: message)
        case (.neverRecovers, .recover(let slot, _)): return pretend(.recovered(slot: slot, isGood: true), host)
        case (.bindingLook, .apply(let message)) where message.kind == .look:
            let bind = Timeline.Chore.bind(Candidate(id: message.id, tag: 99, number: 15))
            queue.push(.done(.applied(message.id, .ok), bind), at: now + 1, host: host, process: hosts[host].process)
            return nil
        default: return effect
        }
    }

    private mutating func pretend(
        _ event: ClusterEvent, _ host: Int, thenApplying message: ClusterMessage? = nil
    ) -> ClusterEffect? {
        queue.push(.done(event, .none), at: now + 1, host: host, process: hosts[host].process)
        // Long after it was said to be done.
        if let message { apply(message, host, after: 400_000) }
        return nil
    }

    /// What becomes of an event; nil where it is not heard.
    mutating func bend(_ event: ClusterEvent, for host: Int) -> ClusterEvent? {
        guard let fault = options.fault else { return event }
        switch (fault, event) {
        case (.trustInvalid, .granted(let lock, let mode, let value?)):
            return .granted(lock, mode, LockValue(value.block))
        case (.blindToIntent, .granted(.token, .exclusive, _)) where hosts[host].node.phase != .outside:
            return .granted(.token, .exclusive, LockValue(closedIntent))
        case (.deafToDeath, .granted(let lock, .protectedRead, _)):
            if case .alive(let slot) = lock.family, hosts[host].node.phase == .member, hosts[host].node.live[slot] {
                return nil
            }
            return event
        case (.ignoredNack, .granted(let lock, let mode, let value?)),
            (.reusedID, .granted(let lock, let mode, let value?)),
            (.neverAgain, .granted(let lock, let mode, let value?)),
            (.deafLook, .granted(let lock, let mode, let value?)):
            return .granted(lock, mode, bendReply(value, lock, mode, fault, host))
        case (.silentLeaver, .request(let ticket, .leave)): return .request(ticket: ticket, .leave(isDirty: false))
        default: return event
        }
    }

    private func bendReply(
        _ value: LockValue, _ lock: ClusterLock, _ mode: LockMode, _ fault: PlantedFault, _ host: Int
    ) -> LockValue {
        guard case .reply(let slot) = lock.family, mode == .concurrentRead else { return value }
        do throws(BlockDefect) {
            var reply = try ClusterReply(reading: value.block, seal)
            switch fault {
            case .ignoredNack: reply.answer = .ok
            case .deafLook: return publications.last?.message.kind == .look ? LockValue(.zero) : value
            case .reusedID: if reply.id == hosts[host].borrowedID { reply.id = hosts[host].realID }
            default:
                reply.id = publications.last?.message.id ?? reply.id
                reply.slot = slot
                reply.answer = .ok
                return LockValue(reply.block(seal))
            }
            return LockValue(reply.block(seal), isValid: value.isValid)
        } catch {
            return value
        }
    }

    private var closedIntent: ValueBlock { IntentRecord.closed(slot: 0).block(seal) }

    /// The message of a block, where it is one.
    func readable(_ block: ValueBlock) -> ClusterMessage? {
        do throws(BlockDefect) { return try ClusterMessage(reading: block, seal) } catch { return nil }
    }
}
