/// A span of time in milliseconds.
package struct Milliseconds: RawRepresentable, Hashable, Comparable, Sendable {
    package var rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }
    package init(_ count: Int) { rawValue = count }

    /// Whole seconds.
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
