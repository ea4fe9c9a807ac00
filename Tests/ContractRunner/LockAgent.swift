import Contracts
import Glibc
import MDLocks
import MDLocksDLM

/// Lets a runner on another node have holders here: one for each connection, gone with it.
///
/// A line is an operation and is answered by `begun` or `refused …`; events come as they happen. `die` ends the
/// whole machine at once.
final class LockAgent {
    private let lockspace: String
    private var holders: [(connection: Connection, manager: DLMLockManager)] = []

    init(lockspace: String) { self.lockspace = lockspace }

    func serve(port: UInt16) throws {
        // The node stays in the lockspace while no runner is here.
        let resident = try DLMLockManager(lockspace: lockspace)
        defer { resident.close() }
        let door = try Connection.listen(on: port)
        while true {
            var entries = [pollfd(fd: door, events: Int16(POLLIN), revents: 0)]
            for holder in holders {
                entries.append(pollfd(fd: holder.connection.descriptor, events: Int16(POLLIN), revents: 0))
                entries.append(pollfd(fd: holder.manager.descriptor ?? -1, events: Int16(POLLIN), revents: 0))
            }
            guard unsafe poll(&entries, nfds_t(entries.count), -1) >= 0 else { continue }
            for index in holders.indices.reversed() where entries[1 + 2 * index].revents != 0 || entries[2 + 2 * index].revents != 0 {
                do { try serve(index) } catch {
                    holders[index].manager.close()
                    holders.remove(at: index)
                }
            }
            if entries[0].revents != 0 { try admit(door) }
        }
    }

    private func admit(_ door: Int32) throws {
        let descriptor = accept(door, nil, nil)
        guard descriptor >= 0 else { return }
        let connection = Connection(descriptor)
        let manager = try DLMLockManager(lockspace: lockspace)
        try connection.send("node \(manager.node.rawValue)")
        try connection.send(LockWire.text(.membership(manager.members)))
        holders.append((connection, manager))
    }

    private func serve(_ index: Int) throws {
        let (connection, manager) = holders[index]
        while let event = try manager.nextEvent(until: nil) { try connection.send(LockWire.text(event)) }
        while let line = try connection.line(within: 0) {
            if line == "die" { Self.die() }
            guard let operation = LockWire.operation(line) else { throw Trouble("no operation: \(line)") }
            do throws(LockFailure) { try manager.begin(operation) } catch {
                try connection.send("refused " + LockWire.text(error))
                continue
            }
            try connection.send("begun")
        }
    }

    /// As a power cut: nothing is flushed, nobody is told.
    private static func die() {
        let trigger = unsafe open("/proc/sysrq-trigger", O_WRONLY)
        var word = UInt8(ascii: "b")
        _ = unsafe write(trigger, &word, 1)
    }
}
