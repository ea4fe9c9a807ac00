/// A span of time in milliseconds.
package struct Milliseconds: RawRepresentable, Hashable, Comparable, Sendable {
    package var rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }
    package init(_ count: Int) { rawValue = count }

    package static func seconds(_ count: Int) -> Milliseconds { Milliseconds(count * 1000) }

    package static func < (left: Milliseconds, right: Milliseconds) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// A moment on the clock that never jumps, in milliseconds since an arbitrary start.
package struct Instant: Hashable, Comparable, Sendable {
    package var milliseconds: Int

    package init(milliseconds: Int) { self.milliseconds = milliseconds }

    package static func < (left: Instant, right: Instant) -> Bool {
        left.milliseconds < right.milliseconds
    }

    package static func + (start: Instant, span: Milliseconds) -> Instant {
        Instant(milliseconds: start.milliseconds + span.rawValue)
    }

    /// The time from `earlier` to this; negative where it lies in the future.
    package func since(_ earlier: Instant) -> Milliseconds {
        Milliseconds(milliseconds - earlier.milliseconds)
    }
}

/// A wall-clock time broken down in the local time zone.
package struct LocalTime: Hashable, Sendable {
    package var year: Int
    /// 1...12
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    /// 0 is Sunday.
    package var weekday: Int

    package init(
        year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, weekday: Int
    ) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.weekday = weekday
    }
}

/// The clocks.
package protocol Clock: Sendable {
    /// Seconds since the epoch (UTC) and microseconds.
    func wallTime() -> (seconds: Int64, microseconds: Int32)

    /// CLOCK_MONOTONIC
    func now() -> Instant

    /// `seconds` since the epoch in the local time zone.
    func localTime(_ seconds: Int64) -> LocalTime

    /// Lets at least `span` pass. For the kernel's "try again in a moment" answers only.
    func pause(_ span: Milliseconds)
}
