import Glibc
import MDBytes
import MDLocks
import MDLocksDLM

/// How long things take.
enum Stopwatch {
    static func microseconds() -> Int {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }

    /// Does it `count` times: median, 99th percentile and slowest, in microseconds.
    static func measure(_ count: Int, _ body: () throws -> Void) rethrows -> String {
        var spans: [Int] = []
        for _ in 0..<max(1, count) {
            let start = microseconds()
            try body()
            spans.append(microseconds() - start)
        }
        spans.sort()
        return "median=\(spans[spans.count / 2]) p99=\(spans[spans.count * 99 / 100]) worst=\(spans[spans.count - 1])"
    }
}

/// A bare lock in the same lockspace, kept at NL between measurements so that its master stays where it is.
final class ConversionBench {
    private let manager: DLMLockManager
    private let lock = LockIdentifier(1)

    init(array: [UInt8]) throws {
        manager = try DLMLockManager(lockspace: LockspaceName.library(of: UUID(bytes: array)))
        try manager.request(lock, on: ResourceName("measured"), .null, [.expedite, .valueBlock])
        try awaitGrant()
    }

    /// NL to EX and back, `count` times.
    func measure(_ count: Int) throws -> String {
        try Stopwatch.measure(count) {
            for mode in [LockMode.exclusive, .null] {
                try manager.convert(lock, to: mode, .valueBlock)
                try awaitGrant()
            }
        }
    }

    private func awaitGrant() throws {
        while true {
            if case .granted? = try manager.nextEvent(until: SteadyClock.now() + Milliseconds.seconds(60)) { return }
        }
    }
}
