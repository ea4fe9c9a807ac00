internal import MDLocks

/// What becomes of value blocks.
extension LockContract {
    private static var first: ValueBlock { ValueBlock((0..<32).map { UInt8(100 + $0) }) }
    private static var second: ValueBlock { ValueBlock((0..<32).map { UInt8(200 - $0) }) }

    static var values: [LockContract] { readsAndWrites + lastWords }

    private static var readsAndWrites: [LockContract] {
        [
            LockContract("what a writer leaves is what the next reader finds") { bench in
                let (writer, reader) = (try bench.peer(1), try bench.peer(2))
                let name = try bench.name("value")
                try writer.take(.one, name, .exclusive, .valueBlock)
                try bench.equal(
                    try writer.change(.one, .null, value: first), LockValue(first), "what was written")
                try bench.equal(
                    try reader.take(.one, name, .concurrentRead, .valueBlock), LockValue(first), "a new lock")
                try reader.change(.one, .null)
                try writer.change(.one, .exclusive)
                try writer.change(.one, .concurrentWrite, value: second)
                try bench.equal(try reader.change(.one, .concurrentRead), LockValue(second), "NL to CR")
            },
            LockContract("a block that nobody wrote is zero for new locks and no news for others") { bench in
                let (one, other) = (try bench.peer(1), try bench.peer(2))
                let name = try bench.name("fresh")
                try bench.equal(try one.take(.one, name, .null, .valueBlock), LockValue(.zero), "the first lock")
                try bench.equal(try other.take(.one, name, .null, .valueBlock), LockValue(.zero), "the second")
                try bench.equal(
                    try other.change(.one, .concurrentRead, value: first), LockValue(first), "a conversion")
                try bench.equal(
                    try one.change(.one, .concurrentRead, value: second), LockValue(second), "the other's")
            },
            LockContract("EX to EX writes, PW to EX reads, PW to PW writes") { bench in
                let (writer, reader) = (try bench.peer(1), try bench.peer(3))
                let name = try bench.name("steps")
                try reader.take(.one, name, .null, .valueBlock)
                try writer.take(.one, name, .exclusive, .valueBlock)
                try writer.change(.one, .exclusive, value: first)
                try writer.change(.one, .protectedWrite, value: second)
                try bench.equal(try reader.change(.one, .concurrentRead), LockValue(second), "EX to PW")
                try writer.change(.one, .protectedWrite, value: first)
                try bench.equal(try reader.change(.one, .concurrentRead), LockValue(first), "PW to PW")
                try reader.change(.one, .null)
                try bench.equal(
                    try writer.change(.one, .exclusive, value: second), LockValue(first), "PW to EX")
            },
            LockContract("weak modes do not write, and giving them up does not read") { bench in
                let (writer, other) = (try bench.peer(1), try bench.peer(2))
                let name = try bench.name("weak")
                try writer.take(.one, name, .exclusive, .valueBlock)
                try writer.change(.one, .null, value: first)
                for mode in [LockMode.concurrentRead, .concurrentWrite, .protectedRead] {
                    try other.take(.one, name, mode, .valueBlock)
                    try bench.equal(try other.change(.one, .null, value: second), nil, "\(mode) to NL")
                    try bench.equal(try writer.change(.one, .null), LockValue(first), "after \(mode)")
                    try other.drop(.one)
                }
            },
            LockContract("locks without a value block neither see nor touch it") { bench in
                let (writer, other) = (try bench.peer(1), try bench.peer(2))
                let name = try bench.name("without")
                try writer.take(.one, name, .exclusive, .valueBlock)
                try writer.change(.one, .null, value: first)
                try bench.equal(try other.take(.one, name, .exclusive), nil, "a value")
                try bench.equal(try other.change(.one, .null), nil, "a value")
                try bench.equal(try writer.change(.one, .concurrentRead), LockValue(first), "untouched")
            },
            LockContract("the block lives as long as any lock, and no longer") { bench in
                let (writer, keeper) = (try bench.peer(1), try bench.peer(2))
                let name = try bench.name("life")
                try writer.take(.one, name, .exclusive, .valueBlock)
                try writer.change(.one, .null, value: first)
                try keeper.take(.one, name, .null)
                try writer.drop(.one)
                try bench.equal(
                    try writer.take(.one, name, .null, .valueBlock), LockValue(first), "kept by another's lock")
                try keeper.drop(.one)
                try writer.drop(.one)
                try bench.equal(
                    try writer.take(.one, name, .null, .valueBlock), LockValue(.zero), "with nobody to keep it")
            },
        ]
    }

    private static var lastWords: [LockContract] {
        [
            LockContract("unlocking from PW or EX writes, and what is written is ours") { bench in
                let (writer, reader) = (try bench.peer(2), try bench.peer(1))
                let name = try bench.name("unlock")
                try reader.take(.one, name, .null, .valueBlock)
                for mode in [LockMode.protectedWrite, .exclusive] {
                    try writer.take(.one, name, mode, .valueBlock)
                    try writer.drop(.one, value: first)
                    try bench.equal(try reader.change(.one, .null), LockValue(first), "a last word from \(mode)")
                    // Without a last word it is what was read.
                    try writer.take(.one, name, mode, .valueBlock)
                    try writer.drop(.one)
                    try bench.equal(try reader.change(.one, .null), LockValue(first), "no word from \(mode)")
                    try writer.take(.one, name, mode, .valueBlock)
                    try writer.change(.one, .null, value: second)
                    try writer.drop(.one, value: first)
                    try bench.equal(try reader.change(.one, .null), LockValue(second), "a word from NL")
                }
            },
            LockContract("unlocking a conversion from PW that waits writes the last word") { bench in
                let (writer, reader) = (try bench.peer(2), try bench.peer(1))
                let name = try bench.name("unlock")
                try reader.take(.one, name, .concurrentRead, .valueBlock)
                try writer.take(.one, name, .protectedWrite, .valueBlock)
                try writer.manager.convert(.one, to: .exclusive)
                try reader.expect(.blocking(.one, wanted: .exclusive))
                try writer.drop(.one, value: second)
                try bench.equal(try reader.change(.one, .concurrentRead), LockValue(second), "the last word")
            },
            LockContract("a holder that goes with PW or EX leaves an invalid block") { bench in
                let reader = try bench.peer(1)
                let name = try bench.name("invalid")
                let keeper = try bench.peer(3)
                try keeper.take(.one, name, .exclusive, .valueBlock)
                try keeper.change(.one, .null, value: first)
                try reader.take(.one, name, .null, .valueBlock)
                for mode in LockMode.allCases {
                    let writer = try bench.peer(2)
                    try writer.take(.one, name, mode, .valueBlock)
                    try keeper.manager.convert(.one, to: .exclusive)
                    if mode != .null { try writer.expect(.blocking(.one, wanted: .exclusive)) }
                    writer.manager.close()
                    let found = try keeper.grant(.one, .exclusive)
                    try bench.equal(found, LockValue(first, isValid: mode < .protectedWrite), "after \(mode)")
                    try bench.equal(
                        try keeper.change(.one, .null, value: first), LockValue(first), "a write after \(mode)")
                    try bench.equal(
                        try reader.change(.one, .concurrentRead), LockValue(first), "read after that write")
                    try reader.change(.one, .null)
                }
            },
        ]
    }
}
