internal import Glibc
package import MDBytes
package import MDKernel
internal import Synchronization

extension LinuxKernel: LocalRequests {
    package func answerRequests(
        at path: String, atMost limit: Int, _ body: @Sendable @escaping ([UInt8]) -> [UInt8]
    ) throws(SystemCallError) -> any RequestListener {
        let socket = try PacketSocket(about: path)
        // A socket that nobody listens at any more would be in the way for good.
        try remove(file: path)
        try socket.bind()
        let listener = PacketListener(socket, path: path, limit: limit, body)
        guard WorkerThread.detach({ listener.run() }) else {
            listener.close()
            throw SystemCallError("pthread_create", .again, on: path)
        }
        return listener
    }

    package func ask(
        _ path: String, _ request: [UInt8], within span: Milliseconds
    ) throws(SystemCallError) -> [UInt8] {
        let end = now() + span
        let socket = try PacketSocket(about: path)
        try socket.connect()
        try socket.send(request)
        try socket.await(for: end.since(now()))
        return try socket.receive(limit: PacketSocket.answerLimit)
    }
}

/// A socket for packets between two programs, closed with its last reference.
private final class PacketSocket: Sendable {
    static let requestLimit = 4 << 10
    static let answerLimit = 64 << 10

    let descriptor: Int32
    private let path: String

    init(about path: String) throws(SystemCallError) {
        self.path = path
        let kind = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw Self.failure("socket", path) }
    }

    /// Takes over a connection.
    init(_ descriptor: Int32, about path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { _ = Glibc.close(descriptor) }

    private static func failure(_ call: String, _ path: String) -> SystemCallError {
        SystemCallError(call, Errno(rawValue: errno), on: path)
    }

    /// Root's alone from the first moment: the mode of the descriptor becomes that of the file.
    func bind() throws(SystemCallError) {
        guard fchmod(descriptor, 0o600) == 0 else { throw Self.failure("fchmod", path) }
        // SAFETY: the address lives as long as the call.
        unsafe try withAddress("bind") { unsafe Glibc.bind(descriptor, $0, $1) }
        guard listen(descriptor, 16) == 0 else { throw Self.failure("listen", path) }
    }

    func connect() throws(SystemCallError) {
        // SAFETY: the address lives as long as the call.
        unsafe try withAddress("connect") { unsafe Glibc.connect(descriptor, $0, $1) }
    }

    // SAFETY: `body` uses the pointer within the call only.
    @unsafe private func withAddress(
        _ call: String, _ body: (UnsafePointer<sockaddr>?, socklen_t) -> Int32
    ) throws(SystemCallError) {
        guard var address = LinuxKernel.socketAddress(path) else { throw SystemCallError(call, .invalid, on: path) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        // SAFETY: the address is lent for the call with its size; it ends in zeros.
        let code = unsafe withUnsafeBytes(of: &address) {
            unsafe body($0.baseAddress?.assumingMemoryBound(to: sockaddr.self), length)
        }
        guard code == 0 else { throw Self.failure(call, path) }
    }

    /// The next connection, which only root can make; nil where the socket was shut down.
    func accept() -> PacketSocket? {
        while true {
            let connection = Glibc.accept(descriptor, nil, nil)
            if connection >= 0 {
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                return PacketSocket(connection, about: path)
            }
            if errno != EINTR, errno != ECONNABORTED { return nil }
        }
    }

    func send(_ packet: [UInt8]) throws(SystemCallError) {
        // SAFETY: the bytes are lent for the call with their count.
        guard unsafe Glibc.send(descriptor, packet, packet.count, Int32(MSG_NOSIGNAL)) >= 0 else {
            throw Self.failure("send", path)
        }
    }

    /// Waits for a packet, or for the other's end.
    func await(for span: Milliseconds) throws(SystemCallError) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // SAFETY: one entry is lent for the call.
        let ready = unsafe poll(&entry, 1, Int32(clamping: max(0, span.rawValue)))
        guard ready >= 0 else { throw Self.failure("poll", path) }
        guard ready > 0 else { throw SystemCallError("poll", .timedOut, on: path) }
    }

    func receive(limit: Int) throws(SystemCallError) -> [UInt8] {
        var packet = [UInt8](repeating: 0, count: limit)
        // SAFETY: the buffer is lent for the call with its size.
        let count = unsafe recv(descriptor, &packet, packet.count, 0)
        guard count >= 0 else { throw Self.failure("recv", path) }
        return Array(packet.prefix(count))
    }

    /// Ends an `accept` that waits.
    func shutDown() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
}

/// Takes connections, one request each.
private final class PacketListener: RequestListener {
    private let socket: PacketSocket
    private let path: String
    private let limit: Int
    private let body: @Sendable ([UInt8]) -> [UInt8]
    private let running = Atomic<Int>(0)
    private let isClosed = Atomic<Bool>(false)

    /// How long a program that connected may take to ask.
    private static let patience = Milliseconds.seconds(2)

    init(
        _ socket: PacketSocket, path: String, limit: Int, _ body: @Sendable @escaping ([UInt8]) -> [UInt8]
    ) {
        self.socket = socket
        self.path = path
        self.limit = limit
        self.body = body
    }

    func run() {
        while let connection = socket.accept() {
            guard running.wrappingAdd(1, ordering: .relaxed).newValue <= limit,
                WorkerThread.detach({ self.answer(connection) })
            else {
                running.wrappingSubtract(1, ordering: .relaxed)
                continue
            }
        }
    }

    private func answer(_ connection: PacketSocket) {
        defer { running.wrappingSubtract(1, ordering: .relaxed) }
        do throws(SystemCallError) {
            try connection.await(for: Self.patience)
            let request = try connection.receive(limit: PacketSocket.requestLimit)
            guard !request.isEmpty else { return }
            try connection.send(body(request))
        } catch {
            // Who asked is gone: there is nobody to tell.
            return
        }
    }

    func close() {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        // SAFETY: a C string for one call.
        _ = unsafe unlink(path)
        socket.shutDown()
    }
}
