internal import MDBytes
internal import MDLocks

/// What happens when holders go, and the protocols that are built on all this.
extension LockContract {
    static var lives: [LockContract] {
        [
            LockContract("a holder that goes lets others have its locks") { bench in
                let (holder, waiter, third) = (try bench.peer(2), try bench.peer(1), try bench.peer(3))
                let name = try bench.name("gone")
                try holder.take(.one, name, .exclusive)
                try waiter.manager.request(.one, on: name, .exclusive)
                try holder.expect(.blocking(.one, wanted: .exclusive))
                try third.manager.request(.one, on: name, .exclusive)
                try third.expectNothing()
                holder.manager.close()
                try waiter.grant(.one, .exclusive)
                try waiter.expect(.blocking(.one, wanted: .exclusive))
                waiter.manager.close()
                try third.grant(.one, .exclusive)
            },
            LockContract("a holder that goes while it waits does not hold up others") { bench in
                let (holder, waiter, third) = (try bench.peer(1), try bench.peer(2), try bench.peer(3))
                let name = try bench.name("gone")
                try holder.take(.one, name, .concurrentRead)
                try waiter.manager.request(.one, on: name, .exclusive)
                try holder.expect(.blocking(.one, wanted: .exclusive))
                try third.manager.request(.one, on: name, .concurrentRead)
                try third.expectNothing()
                waiter.manager.close()
                try third.grant(.one, .concurrentRead)
            },
            LockContract("holders on one node are strangers to each other") { bench in
                let (one, other) = (try bench.peer(1), try bench.peer(1))
                let name = try bench.name("strangers")
                try one.take(.one, name, .exclusive)
                try other.refused(.unknownLock(.one)) { manager throws(LockFailure) in try manager.unlock(.one) }
                try other.manager.request(.one, on: name, .exclusive)
                try one.expect(.blocking(.one, wanted: .exclusive))
                one.manager.close()
                try other.grant(.one, .exclusive)
            },
            LockContract("waking ends the wait for an event, and loses none") { bench in
                let peer = try bench.peer(1)
                let name = try bench.name("woken")
                let deadline = bench.deadline(.seconds(60))
                peer.manager.wake()
                while let event = try peer.manager.nextEvent(until: deadline) {
                    guard case .membership = event else { throw ContractFailure("\(event) out of nothing") }
                }
                guard !bench.isPast(deadline) else { throw ContractFailure("the wait went on") }
                try peer.manager.request(.one, on: name, .exclusive)
                peer.manager.wake()
                try peer.grant(.one, .exclusive)
            },
            LockContract("nothing begins after closing") { bench in
                let peer = try bench.peer(1)
                let name = try bench.name("closed")
                try peer.take(.one, name, .exclusive)
                peer.manager.close()
                peer.manager.close()
                try peer.refused(.closed) { manager throws(LockFailure) in try manager.unlock(.one) }
                try peer.refused(.closed) { manager throws(LockFailure) in
                    try manager.request(.two, on: name, .null)
                }
                do throws(LockFailure) { _ = try peer.manager.nextEvent(until: nil) } catch {
                    try bench.equal(error, .closed, "nextEvent")
                    return
                }
                throw ContractFailure("events after closing")
            },
            LockContract("every holder knows the three nodes") { bench in
                for node in 1...3 {
                    let peer = try bench.peer(node)
                    try bench.equal(peer.manager.members.nodes.contains(peer.manager.node), true, "itself a member")
                    try bench.equal(peer.manager.members.nodes.count, 3, "members")
                    try bench.equal(peer.manager.members.nodes, peer.manager.members.nodes.sorted(), "their order")
                }
            },
        ]
    }

    static var protocols: [LockContract] {
        [
            LockContract("a message goes from one to all by token, message and ack") { bench in
                let peers = [try bench.peer(1), try bench.peer(2), try bench.peer(3)]
                let (token, message, ack) = (LockIdentifier.one, LockIdentifier.two, LockIdentifier.three)
                for peer in peers {
                    try peer.take(token, try bench.name("token"), .null)
                    try peer.take(message, try bench.name("message"), .null, .valueBlock)
                    try peer.take(ack, try bench.name("ack"), .concurrentRead)
                }
                for (number, sender) in (peers + peers).enumerated() {
                    let text = ValueBlock([UInt8(number + 1), 0xc1])
                    try sender.change(token, .exclusive)
                    try sender.change(message, .exclusive)
                    try sender.change(message, .concurrentWrite, value: text)
                    try sender.manager.convert(ack, to: .exclusive)
                    let receivers = peers.filter { $0 !== sender }
                    for receiver in receivers {
                        try receiver.expect(.blocking(ack, wanted: .exclusive))
                        try bench.equal(
                            try receiver.change(message, .concurrentRead), LockValue(text), "message \(number)")
                        try receiver.change(ack, .null)
                        try receiver.manager.convert(message, to: .protectedRead)
                    }
                    try sender.grant(ack, .exclusive)
                    try sender.change(ack, .concurrentRead)
                    // The turnstile: CW keeps PR out until the sender lets them pass.
                    try sender.expect(.blocking(message, wanted: .protectedRead))
                    try sender.change(message, .null)
                    for receiver in receivers {
                        try receiver.grant(message, .protectedRead)
                        try receiver.change(ack, .concurrentRead)
                        try receiver.change(message, .null)
                    }
                    try sender.change(token, .null)
                }
            },
            LockContract("EX on what others released tells that all of them did") { bench in
                let peers = [try bench.peer(1), try bench.peer(2), try bench.peer(3)]
                let name = try bench.name("no-new-dev")
                for peer in peers { try peer.take(.one, name, .concurrentRead) }
                try peers[1].change(.one, .null)
                try peers[0].manager.convert(.one, to: .exclusive, .noQueue)
                try peers[0].expect(.failed(.one, .wouldWait), "one still has it")
                try peers[2].change(.one, .null)
                try peers[0].manager.convert(.one, to: .exclusive, .noQueue)
                try peers[0].grant(.one, .exclusive)
                try peers[0].change(.one, .concurrentRead)
            },
        ]
    }

    static var deaths: [LockContract] {
        [
            LockContract("a node that dies with EX leaves an invalid block and lets others pass", needsDeath: true) { bench in
                let (keeper, waiter, victim) = (try bench.peer(1), try bench.peer(2), try bench.peer(3))
                let name = try bench.name("death")
                let text = ValueBlock([7, 7, 7])
                try keeper.take(.one, name, .exclusive, .valueBlock)
                try keeper.change(.one, .null, value: text)
                try victim.take(.one, name, .exclusive, .valueBlock)
                try waiter.manager.request(.one, on: name, .exclusive, .valueBlock)
                try victim.expect(.blocking(.one, wanted: .exclusive))
                try bench.killNode(3)
                try bench.equal(
                    try waiter.grant(.one, .exclusive), LockValue(text, isValid: false), "what the waiter finds")
                try waiter.expectNothing()
                try bench.equal(waiter.manager.members.nodes.contains(victim.manager.node), false, "a dead member")
            },
            LockContract("a master that dies takes the latest block along", needsDeath: true) { bench in
                let (one, other, victim) = (try bench.peer(1), try bench.peer(2), try bench.peer(3))
                let name = try bench.name("master")
                try victim.take(.one, name, .exclusive, .valueBlock)
                try victim.change(.one, .null, value: ValueBlock([1]))
                try one.take(.one, name, .concurrentRead, .valueBlock)
                try one.change(.one, .null)
                try victim.change(.one, .exclusive)
                try victim.change(.one, .null, value: ValueBlock([2]))
                // Who gets what the victim had knows that it is gone.
                let witness = try bench.name("witness")
                try victim.take(.two, witness, .exclusive)
                try other.manager.request(.two, on: witness, .exclusive)
                try victim.expect(.blocking(.two, wanted: .exclusive))
                try bench.killNode(3)
                try other.grant(.two, .exclusive)
                try bench.equal(
                    try one.change(.one, .concurrentRead), LockValue(ValueBlock([1]), isValid: false), "an old block")
            },
        ]
    }
}
