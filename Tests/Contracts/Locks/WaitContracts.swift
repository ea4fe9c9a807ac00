internal import MDLocks

/// The order in which those who wait are served, and how waiting ends.
extension LockContract {
    static var waiting: [LockContract] { orders + endings }

    private static var orders: [LockContract] {
        [
            LockContract("who asks first is served first") { bench in
                let peers = [try bench.peer(1), try bench.peer(2), try bench.peer(3), try bench.peer(1)]
                let name = try bench.name("fifo")
                try peers[0].take(.one, name, .exclusive)
                for peer in peers[1...] {
                    try peer.manager.request(.one, on: name, .exclusive)
                    try peer.expectNothing()
                }
                for index in 0..<3 {
                    if index == 0 { try peers[0].expect(.blocking(.one, wanted: .exclusive)) }
                    try peers[index].manager.unlock(.one)
                    try peers[index].expect(.unlocked(.one))
                    try peers[index + 1].grant(.one, .exclusive)
                    if index < 2 { try peers[index + 1].expect(.blocking(.one, wanted: .exclusive)) }
                    for later in peers.dropFirst(index + 2) { try later.expectNothing() }
                }
            },
            LockContract("a new request waits behind those that wait, even if it agrees") { bench in
                let (holder, writer, reader) = (try bench.peer(1), try bench.peer(2), try bench.peer(3))
                let name = try bench.name("behind")
                try holder.take(.one, name, .concurrentRead)
                try writer.manager.request(.one, on: name, .exclusive)
                try holder.expect(.blocking(.one, wanted: .exclusive))
                try reader.manager.request(.one, on: name, .concurrentRead)
                try reader.manager.request(.two, on: name, .null)
                try reader.expectNothing()
                try reader.take(.three, name, .null, .expedite)
                try holder.drop(.one)
                try writer.grant(.one, .exclusive)
                try writer.expect(.blocking(.one, wanted: .concurrentRead))
                try writer.drop(.one)
                try reader.grant(.one, .concurrentRead)
                try reader.grant(.two, .null)
            },
            LockContract("a conversion is granted past new requests that wait") { bench in
                let (first, second, third) = (try bench.peer(1), try bench.peer(2), try bench.peer(3))
                let name = try bench.name("past")
                try first.take(.one, name, .concurrentRead)
                try second.take(.one, name, .concurrentRead)
                try third.manager.request(.one, on: name, .exclusive)
                try first.expect(.blocking(.one, wanted: .exclusive))
                try second.expect(.blocking(.one, wanted: .exclusive))
                try first.change(.one, .protectedWrite)
                try third.expectNothing()
            },
            LockContract("conversions that wait go before new requests that waited longer") { bench in
                let (holder, asker, converter) = (try bench.peer(1), try bench.peer(2), try bench.peer(3))
                let name = try bench.name("before")
                try converter.take(.one, name, .null)
                try holder.take(.one, name, .exclusive)
                try asker.manager.request(.one, on: name, .exclusive)
                try holder.expect(.blocking(.one, wanted: .exclusive))
                try asker.expectNothing()
                try converter.manager.convert(.one, to: .exclusive)
                try converter.expectNothing()
                try holder.drop(.one)
                try converter.grant(.one, .exclusive)
                try converter.expect(.blocking(.one, wanted: .exclusive))
                try asker.expectNothing()
                try converter.change(.one, .null)
                try asker.grant(.one, .exclusive)
            },
            LockContract("conversions that wait are served in their order") { bench in
                let (holder, early, late) = (try bench.peer(1), try bench.peer(2), try bench.peer(3))
                let name = try bench.name("order")
                try holder.take(.one, name, .exclusive)
                for peer in [early, late] { try peer.take(.one, name, .null, .expedite) }
                try early.manager.convert(.one, to: .protectedWrite)
                try early.expectNothing()
                try late.manager.convert(.one, to: .protectedRead)
                try late.expectNothing()
                try holder.drop(.one)
                try early.grant(.one, .protectedWrite)
                try early.expect(.blocking(.one, wanted: .protectedRead))
                try late.expectNothing()
                try early.drop(.one)
                try late.grant(.one, .protectedRead)
            },
            LockContract("a conversion that need not wait does so only when it is told to") { bench in
                let (holder, waiter, third) = (try bench.peer(1), try bench.peer(2), try bench.peer(3))
                let name = try bench.name("quecvt")
                try holder.take(.one, name, .concurrentRead)
                try waiter.take(.one, name, .null)
                try third.take(.one, name, .null)
                try third.take(.two, name, .null)
                try waiter.manager.convert(.one, to: .exclusive)
                try holder.expect(.blocking(.one, wanted: .exclusive))
                try third.manager.convert(.two, to: .concurrentRead, .behindConversions)
                try third.expectNothing()
                // At once, and then it is in the way itself.
                try third.change(.one, .concurrentRead)
                try third.expect(.blocking(.one, wanted: .exclusive))
                try third.change(.one, .null)
                try holder.drop(.one)
                try waiter.grant(.one, .exclusive)
                try waiter.drop(.one)
                try third.grant(.two, .concurrentRead)
            },
        ]
    }

    private static var endings: [LockContract] {
        [
            LockContract("two conversions that would wait for each other: the second is refused") { bench in
                let (first, second) = (try bench.peer(1), try bench.peer(2))
                let name = try bench.name("deadlock")
                try first.take(.one, name, .concurrentRead)
                try second.take(.one, name, .concurrentRead)
                try first.manager.convert(.one, to: .exclusive)
                try second.expect(.blocking(.one, wanted: .exclusive))
                try second.manager.convert(.one, to: .exclusive)
                try second.expect(.failed(.one, .deadlock))
                try first.expectNothing()
                // It kept its mode: giving that up serves the first.
                try second.change(.one, .null)
                try first.grant(.one, .exclusive)
            },
            LockContract("a request that waits can be cancelled") { bench in
                let (holder, waiter, third) = (try bench.peer(1), try bench.peer(2), try bench.peer(3))
                let name = try bench.name("cancel")
                try holder.take(.one, name, .protectedRead)
                try waiter.manager.request(.one, on: name, .exclusive)
                try holder.expect(.blocking(.one, wanted: .exclusive))
                try third.manager.request(.one, on: name, .protectedRead)
                try third.expectNothing()
                try waiter.manager.cancel(.one)
                try waiter.expect(.cancelled(.one))
                try third.grant(.one, .protectedRead)
                try waiter.refused(.unknownLock(.one)) { manager throws(LockFailure) in try manager.unlock(.one) }
                try waiter.take(.one, name, .concurrentRead)
            },
            LockContract("a conversion that waits can be cancelled and keeps its mode") { bench in
                let (holder, waiter) = (try bench.peer(1), try bench.peer(2))
                let name = try bench.name("cancel")
                try holder.take(.one, name, .protectedRead)
                try waiter.take(.one, name, .concurrentRead)
                try waiter.manager.convert(.one, to: .exclusive)
                try holder.expect(.blocking(.one, wanted: .exclusive))
                try waiter.manager.cancel(.one)
                try waiter.expect(.cancelled(.one))
                try holder.manager.convert(.one, to: .exclusive, .noQueue)
                try holder.expect(.failed(.one, .wouldWait))
                try waiter.change(.one, .protectedRead)
            },
            LockContract("cancelling what does not wait changes nothing") { bench in
                let peer = try bench.peer(1)
                try peer.take(.one, try bench.name("cancel"), .exclusive)
                try peer.manager.cancel(.one)
                try peer.expectNothing()
                try peer.change(.one, .null)
                try peer.drop(.one)
            },
            LockContract("a request that waits can be unlocked") { bench in
                let (holder, waiter) = (try bench.peer(1), try bench.peer(2))
                let name = try bench.name("unlock")
                try holder.take(.one, name, .exclusive)
                try waiter.manager.request(.one, on: name, .exclusive)
                try holder.expect(.blocking(.one, wanted: .exclusive))
                try waiter.drop(.one)
                try holder.drop(.one)
                try waiter.expectNothing()
                try holder.take(.one, name, .exclusive)
            },
            LockContract("a conversion that waits can be unlocked") { bench in
                let (holder, waiter, third) = (try bench.peer(1), try bench.peer(2), try bench.peer(3))
                let name = try bench.name("unlock")
                try holder.take(.one, name, .concurrentRead)
                try waiter.take(.one, name, .protectedWrite, .valueBlock)
                try waiter.manager.convert(.one, to: .exclusive)
                try holder.expect(.blocking(.one, wanted: .exclusive))
                try third.manager.request(.one, on: name, .protectedRead)
                try third.expectNothing()
                try waiter.drop(.one)
                try third.grant(.one, .protectedRead)
            },
        ]
    }
}
