internal import MDBytes
internal import MDKernel

/// Pauses between two looks at nodes that come or go. Short ones at first: most need no more, and the library that
/// hears udev takes a while to load. Whoever waits longer listens to udev.
struct NodeWatch<K: Kernel> {
    private static var patience: Milliseconds { Milliseconds(1000) }

    private let kernel: K
    private let deadline: Instant
    private let listensFrom: Instant
    private var pause = Milliseconds(1)
    private var events: (any DeviceEventStream)?

    init(kernel: K, until deadline: Instant) {
        self.kernel = kernel
        self.deadline = deadline
        listensFrom = kernel.now() + Self.patience
    }

    /// Returns when it is time to look again; false where there is no time left.
    mutating func lookAgain() -> Bool {
        let now = kernel.now()
        guard now < deadline else { return false }
        if now >= listensFrom, events == nil { events = try? kernel.events(from: .udev) }
        if let events {
            // Something may have happened before there was a stream, so no pause is long.
            _ = try? events.next(until: min(deadline, now + Milliseconds(50)))
        } else {
            kernel.pause(pause)
            pause = min(Milliseconds(pause.rawValue * 2), Milliseconds(10))
        }
        return true
    }
}
