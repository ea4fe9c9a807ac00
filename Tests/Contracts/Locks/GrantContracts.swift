internal import MDLocks

/// Who is granted what, and what is refused.
extension LockContract {
    static var granting: [LockContract] {
        [
            LockContract("new requests agree with the matrix") { bench in
                let (holder, other) = (try bench.peer(1), try bench.peer(2))
                let name = try bench.name("matrix")
                for held in LockMode.allCases {
                    try holder.take(.one, name, held)
                    for wanted in LockMode.allCases {
                        try other.manager.request(.two, on: name, wanted, .noQueue)
                        guard held.isCompatible(with: wanted) else {
                            try other.expect(.failed(.two, .wouldWait), "\(wanted) beside \(held)")
                            continue
                        }
                        try other.grant(.two, wanted)
                        try other.drop(.two)
                    }
                    try holder.drop(.one)
                }
            },
            LockContract("conversions agree with the matrix") { bench in
                let (holder, other) = (try bench.peer(1), try bench.peer(2))
                let name = try bench.name("matrix")
                try holder.take(.one, name, .null)
                try other.take(.two, name, .null)
                for held in LockMode.allCases {
                    try holder.change(.one, held)
                    for wanted in LockMode.allCases {
                        try other.manager.convert(.two, to: wanted, .noQueue)
                        guard held.isCompatible(with: wanted) else {
                            try other.expect(.failed(.two, .wouldWait), "\(wanted) beside \(held)")
                            continue
                        }
                        try other.grant(.two, wanted)
                        try other.change(.two, .null)
                    }
                    try holder.change(.one, .null)
                }
            },
            LockContract("a refused request leaves no lock, a refused conversion leaves the old mode") { bench in
                let (holder, other) = (try bench.peer(1), try bench.peer(2))
                let name = try bench.name("refused")
                try holder.take(.one, name, .exclusive)
                try other.manager.request(.two, on: name, .concurrentRead, .noQueue)
                try other.expect(.failed(.two, .wouldWait))
                try other.refused(.unknownLock(.two)) { manager throws(LockFailure) in try manager.unlock(.two) }
                try holder.change(.one, .concurrentRead)
                try other.take(.two, name, .concurrentRead)
                try other.manager.convert(.two, to: .exclusive, .noQueue)
                try other.expect(.failed(.two, .wouldWait))
                // CR is still there: EX must be refused, PW not.
                try holder.manager.convert(.one, to: .exclusive, .noQueue)
                try holder.expect(.failed(.one, .wouldWait))
                try holder.change(.one, .protectedWrite)
            },
            LockContract("misuse is refused before it begins") { bench in
                let peer = try bench.peer(1)
                let name = try bench.name("misuse")
                try peer.refused(.unknownLock(.one)) { manager throws(LockFailure) in
                    try manager.convert(.one, to: .null)
                }
                try peer.refused(.invalidOptions(.behindConversions)) { manager throws(LockFailure) in
                    try manager.request(.one, on: name, .null, .behindConversions)
                }
                try peer.refused(.invalidOptions(.expedite)) { manager throws(LockFailure) in
                    try manager.request(.one, on: name, .concurrentRead, .expedite)
                }
                try peer.refused(.invalidOptions([.expedite, .noQueue])) { manager throws(LockFailure) in
                    try manager.request(.one, on: name, .null, [.expedite, .noQueue])
                }
                try peer.manager.request(.one, on: name, .exclusive)
                try peer.refused(.duplicateLock(.one)) { manager throws(LockFailure) in
                    try manager.request(.one, on: name, .null)
                }
                try peer.refused(.busy(.one)) { manager throws(LockFailure) in
                    try manager.convert(.one, to: .null)
                }
                try peer.grant(.one, .exclusive)
                try peer.refused(.invalidOptions(.behindConversions)) { manager throws(LockFailure) in
                    try manager.convert(.one, to: .null, .behindConversions)
                }
                try peer.manager.unlock(.one)
                try peer.refused(.busy(.one)) { manager throws(LockFailure) in try manager.unlock(.one) }
                try peer.expect(.unlocked(.one))
            },
            LockContract("names are bytes, all of which count") { bench in
                let (holder, other) = (try bench.peer(1), try bench.peer(3))
                var bytes = try bench.name("").bytes + [0, 0xff, 10, 0x22]
                bytes += (bytes.count..<ResourceName.longest).map { UInt8($0) }
                guard let name = ResourceName(bytes) else { throw ContractFailure("no name") }
                bytes[63] ^= 1
                guard let neighbour = ResourceName(bytes) else { throw ContractFailure("no name") }
                try holder.take(.one, name, .exclusive)
                try other.take(.one, neighbour, .exclusive)
                try other.manager.request(.two, on: name, .exclusive, .noQueue)
                try other.expect(.failed(.two, .wouldWait))
            },
            LockContract("one holder has many locks") { bench in
                let (holder, other) = (try bench.peer(1), try bench.peer(2))
                for number in 0..<100 {
                    try holder.manager.request(LockIdentifier(number), on: try bench.name("many\(number)"), .exclusive)
                }
                for number in 0..<100 { try holder.grant(LockIdentifier(number), .exclusive) }
                try other.manager.request(.one, on: try bench.name("many57"), .protectedRead)
                try holder.expect(.blocking(LockIdentifier(57), wanted: .protectedRead))
                try holder.drop(LockIdentifier(57))
                try other.grant(.one, .protectedRead)
            },
        ]
    }
}
