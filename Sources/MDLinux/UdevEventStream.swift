internal import CUdev
internal import Glibc
internal import MDBytes
internal import MDKernel
internal import Synchronization

/// The udev daemon's events, through libudev, which also checks that the sender is root.
final class UdevEventStream: DeviceEventStream {
    /// libudev's objects; they must not be used by two threads at once.
    @safe private struct Monitor {
        let library: cudev
        let context: OpaquePointer
        let monitor: OpaquePointer
    }

    private let kernel: LinuxKernel
    private let descriptor: Int32
    private let monitor: Mutex<Monitor>

    init(_ kernel: LinuxKernel) throws(SystemCallError) {
        self.kernel = kernel
        // SAFETY: what cudev_open returns is complete and never freed.
        guard let library = unsafe cudev_open()?.pointee else {
            throw SystemCallError("dlopen", .noEntry, on: "libudev.so.1")
        }
        // SAFETY: both objects are owned by this stream and released once, on failure here or in deinit.
        guard let context = unsafe library.new() else {
            throw LinuxKernel.failure("udev_new", on: "udev")
        }
        guard let made = unsafe library.monitor_new_from_netlink(context, "udev") else {
            let error = LinuxKernel.failure("udev_monitor_new_from_netlink", on: "udev")
            _ = unsafe library.unref(context)
            throw error
        }
        let status = unsafe library.monitor_filter_add_match_subsystem_devtype(made, "block", nil)
        let answer = unsafe status < 0 ? status : library.monitor_enable_receiving(made)
        guard answer >= 0 else {
            _ = unsafe library.monitor_unref(made)
            _ = unsafe library.unref(context)
            throw SystemCallError(
                "udev_monitor_enable_receiving", Errno(rawValue: -answer), on: "udev")
        }
        descriptor = unsafe library.monitor_get_fd(made)
        monitor = unsafe Mutex(Monitor(library: library, context: context, monitor: made))
    }

    deinit {
        monitor.withLock {
            // SAFETY: the last use of both objects.
            _ = unsafe $0.library.monitor_unref($0.monitor)
            _ = unsafe $0.library.unref($0.context)
        }
    }

    func next(until deadline: Instant) throws(SystemCallError) -> DeviceEvent? {
        while try kernel.poll(descriptor, for: POLLIN, until: deadline) {
            // The descriptor does not block, and libudev drops what its filter or its checks refuse.
            if let event = monitor.withLock({ Self.receive($0) }) { return event }
        }
        return nil
    }

    private static func receive(_ monitor: Monitor) -> DeviceEvent? {
        let library = monitor.library
        // SAFETY: the device is released below, and every string is copied before.
        guard let device = unsafe library.monitor_receive_device(monitor.monitor) else { return nil }
        defer { _ = unsafe library.device_unref(device) }
        var properties: [String: String] = [:]
        var entry = unsafe library.device_get_properties_list_entry(device)
        while let current = unsafe entry {
            if let name = unsafe library.list_entry_get_name(current),
                let value = unsafe library.list_entry_get_value(current)
            {
                unsafe properties[String(cString: name)] = unsafe String(cString: value)
            }
            unsafe entry = library.list_entry_get_next(current)
        }
        let action = unsafe library.device_get_action(device)
        return DeviceEvent(
            action: unsafe action.map { unsafe String(cString: $0) } ?? "", properties: properties)
    }
}
