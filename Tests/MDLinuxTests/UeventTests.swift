import Glibc
import MDBytes
import MDKernel
import Testing

@testable import MDLinux

/// What looks like an event of the kernel's.
@Suite struct UeventTests {
    private static let event = Array(
        "change@/devices/virtual/block/md0\0ACTION=change\0SUBSYSTEM=block\0DEVNAME=md0\0EVENT=ADD_DEVICE\0".utf8)

    /// One byte changed, left out or cut off, anywhere: an event or none, and never a trap.
    @Test func damagedDatagramsDoNoHarm() {
        for place in Self.event.indices {
            for value in [0, 10, 61, 64, 0x80, 0xff] as [UInt8] {
                var other = Self.event
                other[place] = value
                let event = Uevent.parse(other[...])
                #expect(event == nil || (event?.properties.count ?? 0) <= 6)
            }
            _ = Uevent.parse(Self.event[..<place])
            _ = Uevent.parse(Self.event[place...])
        }
        #expect(Uevent.parse([UInt8](repeating: 0, count: 8192)[...]) == nil)
    }

    /// A process of this host that writes to the kernel's group is not the kernel.
    @Test func aProcessIsNotTheKernel() throws {
        let kernel = LinuxKernel()
        let stream: any DeviceEventStream
        do { stream = try kernel.events(from: .kernel) } catch { return }
        let descriptor = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue), 15)
        try #require(descriptor >= 0)
        defer { _ = close(descriptor) }
        // struct sockaddr_nl: family, padding, port, groups.
        let group: [UInt8] = [UInt8(AF_NETLINK), 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]
        // SAFETY: message and address are lent for the call with their sizes.
        let sent = unsafe group.withUnsafeBytes { bytes in
            unsafe sendto(
                descriptor, Self.event, Self.event.count, 0,
                bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        // Only root may send; who may not cannot forge, either.
        guard sent == Self.event.count else { return }
        let end = kernel.now() + Milliseconds(300)
        while let event = try stream.next(until: end) {
            #expect(event.properties["EVENT"] == nil, "\(event)")
        }
    }
}
