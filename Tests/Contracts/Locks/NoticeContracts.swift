internal import MDLocks

/// What holders are told about who wants what they have.
extension LockContract {
    static var notices: [LockContract] {
        [
            LockContract("a holder is told once of each stronger mode that is wanted") { bench in
                let (holder, other, third) = (try bench.peer(1), try bench.peer(2), try bench.peer(3))
                let name = try bench.name("notice")
                try holder.take(.one, name, .exclusive)
                try other.manager.request(.one, on: name, .concurrentRead)
                try holder.expect(.blocking(.one, wanted: .concurrentRead))
                try other.manager.request(.two, on: name, .concurrentRead)
                try third.manager.request(.one, on: name, .null)
                try holder.expectNothing()
                try third.manager.request(.two, on: name, .protectedWrite)
                try holder.expect(.blocking(.one, wanted: .protectedWrite))
                try third.manager.request(.three, on: name, .protectedRead)
                try holder.expectNothing()
            },
            LockContract("a holder is told again after its mode has changed") { bench in
                let (holder, other) = (try bench.peer(1), try bench.peer(2))
                let name = try bench.name("again")
                try holder.take(.one, name, .exclusive)
                try other.manager.request(.one, on: name, .exclusive)
                try holder.expect(.blocking(.one, wanted: .exclusive))
                try holder.change(.one, .protectedRead)
                try holder.expect(.blocking(.one, wanted: .exclusive))
                try holder.change(.one, .null)
                try other.grant(.one, .exclusive)
                try holder.expectNothing()
            },
            LockContract("holders who are not in the way are not told") { bench in
                let (reader, idle, other) = (try bench.peer(1), try bench.peer(2), try bench.peer(3))
                let name = try bench.name("way")
                try reader.take(.one, name, .protectedRead)
                try idle.take(.one, name, .concurrentRead)
                try idle.take(.two, name, .null)
                try other.manager.request(.one, on: name, .concurrentWrite)
                try reader.expect(.blocking(.one, wanted: .concurrentWrite))
                try idle.expectNothing()
            },
            LockContract("refused requests are silent unless told to notify") { bench in
                let (holder, other) = (try bench.peer(1), try bench.peer(2))
                let name = try bench.name("silent")
                try holder.take(.one, name, .protectedWrite)
                try other.manager.request(.one, on: name, .protectedRead, .noQueue)
                try other.expect(.failed(.one, .wouldWait))
                try holder.expectNothing()
                try other.manager.request(.one, on: name, .protectedRead, [.noQueue, .notifyHolders])
                try other.expect(.failed(.one, .wouldWait))
                try holder.expect(.blocking(.one, wanted: .protectedRead))
            },
            LockContract("PR and CW tell of each other") { bench in
                let (reader, writer) = (try bench.peer(1), try bench.peer(2))
                let name = try bench.name("middle")
                try reader.take(.one, name, .protectedRead)
                try writer.manager.request(.one, on: name, .concurrentWrite)
                try reader.expect(.blocking(.one, wanted: .concurrentWrite))
                try reader.drop(.one)
                try writer.grant(.one, .concurrentWrite)
                try reader.manager.request(.one, on: name, .protectedRead)
                try writer.expect(.blocking(.one, wanted: .protectedRead))
                try writer.drop(.one)
                try reader.grant(.one, .protectedRead)
            },
        ]
    }
}
