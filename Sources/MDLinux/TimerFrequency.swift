/// Ways to learn CONFIG_HZ, which no system call tells.
enum TimerFrequency {
    /// The kernel's tick counter and the monotonic clock at the same moment.
    struct Sample: Equatable, Sendable {
        var ticks: UInt64
        var milliseconds: Int
    }

    /// The value of `CONFIG_HZ=` in a kernel configuration.
    static func configured(in configuration: [UInt8]) -> Int? {
        let key = Array("CONFIG_HZ=".utf8)
        for line in configuration.split(separator: UInt8(ascii: "\n")) where line.starts(with: key) {
            guard let value = Int(String(decoding: line.dropFirst(key.count), as: UTF8.self)),
                (1...100_000).contains(value)
            else { return nil }
            return value
        }
        return nil
    }

    /// The `timestamp` line of /proc/schedstat: the tick counter.
    static func timestamp(in text: [UInt8]) -> UInt64? {
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n")
        where line.hasPrefix("timestamp ") {
            return UInt64(line.dropFirst("timestamp ".count))
        }
        return nil
    }

    /// From one sample: the counter starts 300 seconds before it passes 32 bits.
    static func sinceBoot(_ sample: Sample) -> Int? {
        let seconds = Double(sample.milliseconds) / 1000 - 300
        guard abs(seconds) > 15 else { return nil }
        let ticks = Double(Int64(bitPattern: sample.ticks)) - 4_294_967_296
        return nearest(to: ticks / seconds, within: 0.02)
    }

    /// From two samples some ticks apart.
    static func between(_ first: Sample, _ second: Sample) -> Int? {
        let milliseconds = second.milliseconds - first.milliseconds
        guard milliseconds > 0, second.ticks >= first.ticks else { return nil }
        let rate = Double(second.ticks - first.ticks) * 1000 / Double(milliseconds)
        return nearest(to: rate, within: 0.08)
    }

    /// The frequency Linux can be built with that `rate` comes close to.
    private static func nearest(to rate: Double, within tolerance: Double) -> Int? {
        [100, 250, 300, 1000].first { abs(rate / Double($0) - 1) <= tolerance }
    }
}
