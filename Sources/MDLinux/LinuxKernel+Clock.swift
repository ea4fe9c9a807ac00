internal import CLinux
internal import Glibc
package import MDBytes
package import MDKernel

extension LinuxKernel: Clock {
    package func wallTime() -> (seconds: Int64, microseconds: Int32) {
        let time = Self.time(of: CLOCK_REALTIME)
        return (Int64(time.tv_sec), Int32(time.tv_nsec / 1000))
    }

    package func now() -> Instant {
        let time = Self.time(of: CLOCK_MONOTONIC)
        return Instant(milliseconds: time.tv_sec * 1000 + time.tv_nsec / 1_000_000)
    }

    package func localTime(_ seconds: Int64) -> LocalTime {
        var moment = time_t(seconds)
        // SAFETY: all zero is a value of struct tm, whose zone name is never read.
        var parts = unsafe tm()
        // localtime_r need not read the zone by itself.
        tzset()
        // SAFETY: both are whole structs lent for the call. A year that no int holds leaves `parts` zero.
        _ = unsafe localtime_r(&moment, &parts)
        return unsafe LocalTime(
            year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1,
            day: Int(parts.tm_mday), hour: Int(parts.tm_hour), minute: Int(parts.tm_min),
            second: Int(parts.tm_sec), weekday: Int(parts.tm_wday))
    }

    package func pause(_ span: Milliseconds) {
        let end = now() + span
        while true {
            let left = end.since(now()).rawValue
            guard left > 0 else { return }
            var time = timespec(tv_sec: left / 1000, tv_nsec: left % 1000 * 1_000_000)
            // SAFETY: `time` is lent for the call; what a signal left of it is not asked for.
            _ = unsafe nanosleep(&time, nil)
        }
    }

    private static func time(of clock: clockid_t) -> timespec {
        var time = timespec()
        // SAFETY: `time` is lent for the call. Both clocks always exist.
        _ = unsafe clock_gettime(clock, &time)
        return time
    }
}

extension Instant {
    /// The time left until this moment as poll(2) takes it: never negative, never endless.
    func pollTimeout(from now: Instant) -> Int32 {
        // A day at a time: callers look at the clock again.
        let left = milliseconds.subtractingReportingOverflow(now.milliseconds)
        return left.overflow ? 86_400_000 : Int32(min(max(0, left.partialValue), 86_400_000))
    }
}
