internal import CLinux
internal import Glibc
package import MDBytes
package import MDKernel
internal import Synchronization

extension LinuxKernel: DeviceEvents {
    package func events(from source: DeviceEvent.Source) throws(SystemCallError)
        -> any DeviceEventStream
    {
        switch source {
        case .kernel: try KernelEventStream(self)
        case .udev: try UdevEventStream(self)
        }
    }

    package func isUdevRunning() -> Bool {
        environment("MDADM_NO_UDEV") != "1" && Self.exists("/run/udev/control")
    }

    package func waitForArrayChange(until deadline: Instant) -> Bool {
        arrayTable.wait(self, until: deadline)
    }

    /// Waits for `events` on a descriptor; false once `deadline` has passed, or the program is asked to end.
    func poll(_ descriptor: Int32, for events: Int32, until deadline: Instant)
        throws(SystemCallError) -> Bool
    {
        while true {
            let timeout = deadline.pollTimeout(from: now())
            // Where no end can be asked for, the second descriptor is -1, and poll passes over it.
            var entries = [
                pollfd(fd: descriptor, events: Int16(events), revents: 0),
                pollfd(fd: EndRequest.reader.load(ordering: .acquiring), events: Int16(POLLIN), revents: 0),
            ]
            // SAFETY: two entries are lent for the call.
            let ready = unsafe Glibc.poll(&entries, 2, timeout)
            if entries[0].revents != 0 { return true }
            if ready < 0, errno != EINTR { throw Self.failure("poll", on: "events") }
            if deadline.since(now()).rawValue <= 0 || isAskedToEnd() { return false }
        }
    }
}

/// The kernel's own uevent group. A reader that lags gets ENOBUFS once and must look at everything again.
final class KernelEventStream: DeviceEventStream {
    private static let subject = "kernel uevents"
    private static let kernelGroup: UInt32 = 1
    /// Four times what the kernel puts into one uevent.
    private static let datagramLimit = 8192

    private let kernel: LinuxKernel
    private let socket: DeviceHandle

    init(_ kernel: LinuxKernel) throws(SystemCallError) {
        self.kernel = kernel
        let type = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = try LinuxKernel.call("socket", on: Self.subject) {
            Glibc.socket(AF_NETLINK, type, NETLINK_KOBJECT_UEVENT)
        }
        socket = kernel.handle(descriptor, Self.subject)
        enlargeBuffer(of: descriptor)
        var address = sockaddr_nl()
        address.nl_family = UInt16(AF_NETLINK)
        address.nl_groups = Self.kernelGroup
        // SAFETY: the address is a whole sockaddr_nl, lent for the call with its size.
        _ = try unsafe withUnsafeBytes(of: &address) { bytes throws(SystemCallError) in
            try LinuxKernel.call("bind", on: Self.subject) {
                unsafe bind(
                    descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                    socklen_t(bytes.count))
            }
        }
    }

    func next(until deadline: Instant) throws(SystemCallError) -> DeviceEvent? {
        while try kernel.poll(socket.token, for: POLLIN, until: deadline) {
            if let event = try receive(), event.properties["SUBSYSTEM"] == "block" { return event }
            // What is not wanted can come without end.
            if deadline.since(kernel.now()).rawValue <= 0 { return nil }
        }
        return nil
    }

    /// One datagram; nil where it is not a uevent or not from the kernel.
    private func receive() throws(SystemCallError) -> DeviceEvent? {
        var buffer = [UInt8](repeating: 0, count: Self.datagramLimit)
        var sender = sockaddr_nl()
        var length = socklen_t(MemoryLayout<sockaddr_nl>.size)
        let got: Int
        do {
            got = try LinuxKernel.call("recvfrom", on: Self.subject) {
                // SAFETY: buffer and sender are lent for the call with their sizes.
                unsafe withUnsafeMutableBytes(of: &sender) {
                    unsafe recvfrom(
                        socket.token, &buffer, buffer.count, Int32(MSG_DONTWAIT),
                        $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
                }
            }
        } catch {
            guard error.errno == .again else { throw error }
            return nil
        }
        // Port 0 is the kernel; a process cannot bind it.
        guard length == MemoryLayout<sockaddr_nl>.size, sender.nl_pid == 0,
            sender.nl_groups == Self.kernelGroup
        else { return nil }
        return Uevent.parse(buffer[..<got])
    }

    /// A burst of events must not overrun a process that waits for a disk.
    private func enlargeBuffer(of descriptor: Int32) {
        var size: Int32 = 8 << 20
        let length = socklen_t(MemoryLayout<Int32>.size)
        // SAFETY: the option is one int, lent for the call. Without CAP_NET_ADMIN the default has to do.
        if unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, length) != 0 {
            _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, length)
        }
    }
}

/// Waits for /proc/mdstat to change. The file stays open and is read to its end before each answer, so a
/// change between two waits ends the second at once. One before the first wait cannot be told from none:
/// the first answer is therefore "changed", and callers look once more than they must.
final class ArrayTableWatch: Sendable {
    private let path = "/proc/mdstat"
    private let file = Mutex<DeviceHandle?>(nil)

    func wait(_ kernel: LinuxKernel, until deadline: Instant) -> Bool {
        let known = file.withLock { $0 }
        do {
            if let known {
                guard try kernel.poll(known.token, for: POLLPRI, until: deadline) else { return false }
                try rewind(known)
            } else {
                let flags = O_RDONLY | O_CLOEXEC
                let opened = kernel.handle(try LinuxKernel.descriptor(path, flags), path)
                try rewind(opened)
                file.withLock { $0 = opened }
            }
            return true
        } catch {
            // No md driver yet, so nothing to watch.
            file.withLock { $0 = nil }
            kernel.pause(deadline.since(kernel.now()))
            return false
        }
    }

    /// Reading resets what poll compares with.
    private func rewind(_ file: DeviceHandle) throws(SystemCallError) {
        try LinuxKernel.call("lseek", on: path) { lseek(file.token, 0, SEEK_SET) }
        _ = try LinuxKernel.readAll(file, limit: 1 << 20)
    }
}
