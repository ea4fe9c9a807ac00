package import MDBytes

/// One uevent: its action and properties.
package struct DeviceEvent: Hashable, Sendable {
    /// Whose events: the kernel's own or the udev daemon's.
    package enum Source: Hashable, Sendable {
        /// The kernel's netlink group: at once, before any rule ran.
        case kernel
        /// The udev daemon's group: after the rules ran and links were made.
        case udev
    }

    /// `add`, `change`, `remove`, …
    package var action: String
    /// KEY=value pairs as sent, unescaped.
    package var properties: [String: String]

    package init(action: String, properties: [String: String]) {
        self.action = action
        self.properties = properties
    }
}

/// A subscription to block-device uevents. Events are kept from the moment it is made.
package protocol DeviceEventStream: Sendable {
    /// The next event, or nil once `deadline` has passed.
    func next(until deadline: Instant) throws(SystemCallError) -> DeviceEvent?
}

/// Watching devices and the array table change.
package protocol DeviceEvents: Sendable {
    /// Subscribes to the events of subsystem `block`.
    func events(from source: DeviceEvent.Source) throws(SystemCallError) -> any DeviceEventStream

    /// Whether a udev daemon runs on this host (/run/udev/control, and MDADM_NO_UDEV is not 1).
    func isUdevRunning() -> Bool

    /// Waits until /proc/mdstat reports a change (poll for POLLPRI) or `deadline` passes; true on a change.
    func waitForArrayChange(until deadline: Instant) -> Bool
}
