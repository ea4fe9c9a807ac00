package import MDBytes

/// What a program that runs for long, under a service manager, needs of its host.
package protocol ServiceHost: Sendable {
    /// From now on SIGTERM and SIGINT do not end the process: they end the wait of an event stream early, and
    /// `isAskedToEnd` answers true.
    func deferEndSignals()

    /// Whether SIGTERM or SIGINT came since `deferEndSignals`.
    func isAskedToEnd() -> Bool

    /// sd_notify(3): lines such as `READY=1` for the socket that NOTIFY_SOCKET names. Nothing happens where no
    /// service manager listens.
    func notifyServiceManager(_ lines: String)

    /// Runs `body` on a thread of its own that nobody waits for, where fewer than `limit` such threads run and
    /// another can be made; otherwise here and now.
    func inBackground(atMost limit: Int, _ body: @Sendable @escaping () -> Void)

    /// Runs `body`, which may take as long as the process, on a thread of its own that nobody waits for; false where
    /// none can be made.
    func startThread(_ body: @Sendable @escaping () -> Void) -> Bool

    /// A bell between threads; throws where the host has no room for another.
    func makeBell() throws(SystemCallError) -> any Bell
}

/// What threads ring to wake the one that waits.
package protocol Bell: AnyObject, Sendable {
    /// Ends the wait under way, or else the next.
    func ring()

    /// Returns once it was rung since the last wait, or at `deadline`; seldom for nothing.
    func wait(until deadline: Instant)
}
