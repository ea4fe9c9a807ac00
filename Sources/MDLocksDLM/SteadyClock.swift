internal import Glibc
package import MDBytes

/// CLOCK_MONOTONIC and waiting by it.
package enum SteadyClock {
    /// The time of this boot.
    package static func now() -> Instant {
        var time = timespec()
        // SAFETY: `time` is lent for the call, which cannot fail for this clock.
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(milliseconds: time.tv_sec * 1000 + time.tv_nsec / 1_000_000)
    }

    static func pause(_ span: Milliseconds) {
        // Polling no descriptor only waits.
        _ = poll(nil, 0, Int32(clamping: max(0, span.rawValue)))
    }

    /// Waits until `descriptor` can be read; false once `deadline` has passed.
    static func waitForInput(_ descriptor: Int32, until deadline: Instant) -> Bool {
        while true {
            let left = deadline.since(now()).rawValue
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // SAFETY: one entry is lent for the call.
            let ready = unsafe poll(&entry, 1, Int32(clamping: max(0, left)))
            if ready > 0 { return true }
            if left <= 0 { return false }
        }
    }
}
