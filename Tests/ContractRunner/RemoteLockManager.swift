import Contracts
import MDBytes
import MDLinux
import MDLocks
import Synchronization

/// A holder on another node, where a `LockAgent` runs.
final class RemoteLockManager: LockManager {
    private struct State: ~Copyable {
        let connection: Connection
        var events: [LockEvent] = []
        var members: LockspaceMembers
        var isClosed = false
        var isGone = false
        var isWoken = false
    }

    let node: NodeIdentifier
    private let state: Mutex<State>
    private let clock = LinuxKernel()

    /// `address` is an IPv4 address and a port.
    init(_ address: String) throws {
        let connection = try Connection.open(address)
        guard let node = try connection.line(within: 60_000)?.split(separator: " ").last.flatMap({ UInt32($0) }),
            let line = try connection.line(within: 60_000), case .membership(let members) = LockWire.event(line)
        else { throw Trouble("no welcome from \(address)") }
        self.node = NodeIdentifier(rawValue: node)
        state = Mutex(State(connection: connection, members: members))
    }

    var members: LockspaceMembers { state.withLock { $0.members } }
    var descriptor: Int32? { nil }

    func begin(_ operation: LockOperation) throws(LockFailure) {
        let failure: LockFailure? = state.withLock { state in
            guard !state.isClosed, !state.isGone else { return .closed }
            do {
                try state.connection.send(LockWire.text(operation))
                while true {
                    guard let line = try state.connection.line(within: 60_000) else { return .closed }
                    if line == "begun" { return nil }
                    if line.hasPrefix("refused ") { return LockWire.failure(String(line.dropFirst(8))) ?? .closed }
                    if let event = LockWire.event(line) { state.events.append(event) }
                }
            } catch {
                state.isGone = true
                return .closed
            }
        }
        if let failure { throw failure }
    }

    func nextEvent(until deadline: Instant?) throws(LockFailure) -> LockEvent? {
        let left = deadline.map { max(0, $0.since(clock.now()).rawValue) } ?? 0
        let result: Result<LockEvent?, LockFailure> = state.withLock { state in
            guard !state.isClosed else { return .failure(.closed) }
            if state.events.isEmpty, !state.isGone {
                if deadline != nil, state.isWoken {
                    state.isWoken = false
                    return .success(nil)
                }
                do {
                    if let line = try state.connection.line(within: left), let event = LockWire.event(line) {
                        state.events.append(event)
                    }
                } catch { state.isGone = true }
            }
            guard !state.events.isEmpty else { return state.isGone ? .failure(.closed) : .success(nil) }
            let event = state.events.removeFirst()
            if case .membership(let members) = event { state.members = members }
            return .success(event)
        }
        return try result.get()
    }

    /// The next wait only: one that is under way has the state.
    func wake() { state.withLock { $0.isWoken = true } }

    func close() {
        state.withLock {
            guard !$0.isClosed else { return }
            $0.isClosed = true
            $0.connection.end()
        }
    }

    /// Ends the machine that the holder is on.
    func killNode() throws { try state.withLock { try $0.connection.send("die") } }
}
