package import MDBytes
package import MDKernel
internal import Synchronization

extension SimulatedKernel: Host {
    package func hostName() -> String { look { $0.settings.hostName } }
    package func kernelRelease() -> String { look { $0.settings.kernelRelease } }
    package func isRoot() -> Bool { look { $0.settings.isRoot } }
    package func environment(_ name: String) -> String? { look { $0.settings.environment[name] } }
    package func isUser(_ name: String) -> Bool { name == "root" }
    package func isGroup(_ name: String) -> Bool { ["root", "disk"].contains(name) }
    package func randomBytes(_ count: Int) -> [UInt8] { look { $0.generator.bytes(count) } }
    package func timerFrequency() -> Int? { 250 }

    package func loadModule(_ name: String) throws(SystemCallError) {
        try call("init_module", on: name) { machine throws(Refusal) in
            let known = ["md_mod", "linear", "raid0", "raid1", "raid10", "raid456", "md_cluster", "dlm"]
            let plain = String(name.map { $0 == "-" ? "_" : $0 })
            guard known.contains(plain) else { throw Refusal(.noEntry) }
            if !machine.modules.contains(plain) { machine.modules.append(plain) }
        }
    }

    package func kernelLog(since mark: KernelLogMark) -> [String] {
        look { machine in Array(machine.log.dropFirst(Int(clamping: mark.sequence))) }
    }

    package func kernelLogMark() -> KernelLogMark {
        look { machine in KernelLogMark(sequence: UInt64(machine.log.count)) }
    }

    /// One after the other: a simulation has one thread.
    package func concurrently<Item: Sendable, Result: Sendable>(
        _ items: [Item], atMost limit: Int, _ body: @Sendable @escaping (Item) -> Result
    ) -> [Result] {
        items.map(body)
    }
}

extension SimulatedKernel: ServiceHost {
    package func deferEndSignals() {}

    /// The end comes when the settings say so: a simulated machine has no signals.
    package func isAskedToEnd() -> Bool {
        look { machine in machine.settings.endsAt.map { machine.clock >= $0 } ?? false }
    }

    package func notifyServiceManager(_ lines: String) {
        look { machine in machine.serviceNotes.append(lines) }
    }

    /// Asks the services of this machine to end once the clock has moved on by `span`.
    package func endServices(after span: Milliseconds) {
        look { $0.settings.endsAt = $0.clock + span.rawValue }
    }

    /// Sends an event once more, to those who listen to the kernel now.
    package func post(_ event: DeviceEvent) { look { $0.emit(event.action, event.properties) } }

    /// What was sent to the service manager.
    package var serviceNotes: [String] { look { $0.serviceNotes } }

    /// At once: a simulation has one thread.
    package func inBackground(atMost limit: Int, _ body: @Sendable @escaping () -> Void) { body() }

    /// Never: a simulation has one thread.
    package func startThread(_ body: @Sendable @escaping () -> Void) -> Bool { false }

    package func makeBell() -> any Bell { SimulatedBell(kernel: self) }

    /// Nobody rings while the one thread waits: time passes.
    private final class SimulatedBell: Bell {
        private let kernel: SimulatedKernel
        private let isRung = Atomic(false)

        init(kernel: SimulatedKernel) { self.kernel = kernel }

        func ring() { isRung.store(true, ordering: .releasing) }

        func wait(until deadline: Instant) {
            guard !isRung.exchange(false, ordering: .acquiringAndReleasing) else { return }
            kernel.advance(to: max(deadline, kernel.now()))
        }
    }
}

extension SimulatedKernel: LocalRequests {
    package func answerRequests(
        at path: String, atMost limit: Int, _ body: @Sendable @escaping ([UInt8]) -> [UInt8]
    ) throws(SystemCallError) -> any RequestListener {
        look { $0.listeners[path] = body }
        return Listener(kernel: self, path: path)
    }

    package func ask(
        _ path: String, _ request: [UInt8], within span: Milliseconds
    ) throws(SystemCallError) -> [UInt8] {
        guard let listener = look({ $0.listeners[path] }) else { throw SystemCallError("connect", .noEntry, on: path) }
        return listener(request)
    }

    private final class Listener: RequestListener {
        private let kernel: SimulatedKernel
        private let path: String

        init(kernel: SimulatedKernel, path: String) {
            self.kernel = kernel
            self.path = path
        }

        func close() { kernel.look { $0.listeners[path] = nil } }
    }
}

extension SimulatedKernel: Clock {
    package func wallTime() -> (seconds: Int64, microseconds: Int32) {
        look { machine in (Int64(machine.wallSeconds), Int32(machine.clock % 1000 * 1000)) }
    }

    package func now() -> Instant { look { Instant(milliseconds: $0.clock) } }

    /// The simulated machine lives in UTC.
    package func localTime(_ seconds: Int64) -> LocalTime {
        let (days, rest) = (seconds / 86400, Int(seconds % 86400))
        // Civil date from a day number: years begin in March, eras have 400 of them.
        let shifted = Int(days) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return LocalTime(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, hour: rest / 3600,
            minute: rest % 3600 / 60, second: rest % 60, weekday: Int((days + 4) % 7))
    }

    package func pause(_ span: Milliseconds) { advance(to: now() + span) }
}

extension SimulatedKernel: DeviceEvents {
    package func events(from source: DeviceEvent.Source) throws(SystemCallError)
        -> any DeviceEventStream
    {
        let identity = look { machine in
            let identity = machine.nextStream
            machine.nextStream += 1
            machine.streams.append(EventQueue(identity: identity, source: source))
            return identity
        }
        return Stream(kernel: self, identity: identity)
    }

    package func isUdevRunning() -> Bool {
        look { $0.settings.hasUdev && $0.settings.environment["MDADM_NO_UDEV"] != "1" }
    }

    package func waitForArrayChange(until deadline: Instant) -> Bool {
        while true {
            let hasChanged = look { machine in
                defer { machine.seenArrayEvents = machine.arrayEvents }
                return machine.arrayEvents != machine.seenArrayEvents
            }
            if hasChanged { return true }
            guard now() < deadline else { return false }
            advance(to: min(deadline, nextOccurrence() ?? deadline))
        }
    }

    private final class Stream: DeviceEventStream {
        let kernel: SimulatedKernel
        let identity: Int

        init(kernel: SimulatedKernel, identity: Int) {
            self.kernel = kernel
            self.identity = identity
        }

        deinit {
            let identity = identity
            kernel.look { machine in machine.streams.removeAll { $0.identity == identity } }
        }

        func next(until deadline: Instant) throws(SystemCallError) -> DeviceEvent? {
            while true {
                if let event = take() { return event }
                guard kernel.now() < deadline else { return nil }
                kernel.advance(to: min(deadline, kernel.nextOccurrence() ?? deadline))
            }
        }

        private func take() -> DeviceEvent? {
            let identity = identity
            return kernel.look { machine in
                guard let place = machine.streams.firstIndex(where: { $0.identity == identity }),
                    !machine.streams[place].events.isEmpty
                else { return nil }
                return machine.streams[place].events.removeFirst()
            }
        }
    }
}
