package import MDBytes

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
