import Glibc

/// A stream of lines to another machine.
final class Connection {
    let descriptor: Int32
    private var received: [UInt8] = []

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { _ = Glibc.close(descriptor) }

    /// Connects to an IPv4 address and port, such as 10.10.0.2:7711.
    static func open(_ address: String) throws -> Connection {
        let parts = address.split(separator: ":").map(String.init)
        guard parts.count == 2, let port = UInt16(parts[1]) else { throw Trouble("not an address: \(address)") }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Trouble("socket: errno \(errno)") }
        var place = socketAddress(port)
        guard unsafe inet_pton(AF_INET, parts[0], &place.sin_addr) == 1 else { throw Trouble("not an address: \(address)") }
        let status = unsafe withUnsafePointer(to: &place) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Trouble("connect to \(address): errno \(errno)") }
        return Connection(descriptor)
    }

    /// A socket on which others may call.
    static func listen(on port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var yes: Int32 = 1
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var place = socketAddress(port)
        let status = unsafe withUnsafePointer(to: &place) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0, Glibc.listen(descriptor, 16) == 0 else { throw Trouble("listen: errno \(errno)") }
        return descriptor
    }

    private static func socketAddress(_ port: UInt16) -> sockaddr_in {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        return place
    }

    /// Says goodbye; what was sent still arrives.
    func end() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

    func send(_ line: String) throws {
        let bytes = Array((line + "\n").utf8)
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Trouble("send: errno \(errno)") }
            sent += count
        }
    }

    /// The next line; nil where there is none within `milliseconds`. Throws once the other side is gone.
    func line(within milliseconds: Int) throws -> String? {
        while true {
            if let end = received.firstIndex(of: 10) {
                defer { received.removeFirst(end + 1) }
                return String(decoding: received[..<end], as: UTF8.self)
            }
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&entry, 1, Int32(clamping: milliseconds)) > 0 else { return nil }
            var chunk = [UInt8](repeating: 0, count: 4096)
            let got = unsafe read(descriptor, &chunk, chunk.count)
            guard got > 0 else { throw Trouble("the other side is gone") }
            received += chunk.prefix(got)
        }
    }
}

/// Something that should not happen, for people.
struct Trouble: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
