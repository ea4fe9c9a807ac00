internal import MDBytes
package import MDKernel
package import MDLocks
internal import MDModel
package import MDOperations

/// `--cluster-agent`: answers the kernel's announcements of new disks, and takes part in the agents' own talk about
/// every shared array of this node, for as long as it runs.
///
/// It hears them on the kernel's own netlink group, before udev has looked at anything. The udev rule stays for the
/// time in which no agent runs; `AnswerClaim` keeps the two apart.
package struct ClusterAgent<K: Kernel> {
    private let context: Context<K>
    private let roll: AgentRoll<K>

    package init(_ context: Context<K>, cluster: @Sendable @escaping () -> any ClusterServices) {
        self.context = context
        roll = AgentRoll(context, cluster: cluster)
    }

    /// More than any cluster asks for at once: an array has one announcement at a time.
    private static var answerLimit: Int { 64 }
    /// Verbs that ask at the same time.
    private static var askerLimit: Int { 8 }
    /// How long a wait lasts: far less than the unit's WatchdogSec, and the longest that a signal goes unheard
    /// which comes between the look and the wait.
    private static var interval: Milliseconds { .seconds(2) }

    /// Until SIGTERM or SIGINT; false where it could not begin or lost its source of events.
    package func run() -> Bool {
        let kernel = context.kernel
        kernel.deferEndSignals()
        do throws(SystemCallError) {
            let held = try alone()
            defer { withExtendedLifetime(held) {} }
            let stream = try kernel.events(from: .kernel)
            let roll = roll
            let door = try kernel.answerRequests(at: AgentFiles.socket, atMost: Self.askerLimit) { roll.answer($0) }
            defer { door.close() }
            tell(.started)
            kernel.notifyServiceManager("READY=1\nSTATUS=Listening for disks that other nodes add")
            try listen(to: stream)
            kernel.notifyServiceManager("STOPPING=1")
            roll.end()
            tell(.ended)
            return true
        } catch {
            tell(error.errno == .timedOut ? .alreadyRuns : .failed(error.subject, error.errno))
            return false
        }
    }

    /// The lock that only one agent of a host has.
    private func alone() throws(SystemCallError) -> DeviceHandle {
        try context.kernel.lock(file: AgentFiles.lock, timeout: Milliseconds(0))
    }

    private func listen(to stream: any DeviceEventStream) throws(SystemCallError) {
        let kernel = context.kernel
        var nextLook = kernel.now()
        while !kernel.isAskedToEnd() {
            if kernel.now() >= nextLook {
                roll.look()
                nextLook = kernel.now() + Self.interval
            }
            do throws(SystemCallError) {
                if let event = try stream.next(until: nextLook), hear(event) { nextLook = kernel.now() }
            } catch {
                // The buffer ran over: what was lost the udev rule has seen, too.
                guard error.errno == .noBufferSpace else { throw error }
                tell(.missedEvents)
            }
            kernel.notifyServiceManager("WATCHDOG=1")
        }
    }

    /// Whether the event may mean that an array has come or gone.
    private func hear(_ event: DeviceEvent) -> Bool {
        guard let name = event.properties["DEVNAME"], name.hasPrefix("md"), !name.utf8.contains(UInt8(ascii: "/"))
        else { return false }
        guard event.action == "change", event.properties["EVENT"] == "ADD_DEVICE" else { return true }
        hearAnnouncement(event.properties, of: name)
        return false
    }

    private func hearAnnouncement(_ properties: [String: String], of name: String) {
        let announced: AddDeviceEvent
        do throws(AddDeviceEvent.Defect) {
            announced = try AddDeviceEvent(uuid: nil, number: nil) { properties[$0] }
        } catch { return context.listener.tell(.cluster(.failed(.event(error)))) }
        if let sequence = properties["SEQNUM"].flatMap(UInt64.init),
            !AnswerClaim(kernel: context.kernel).take(sequence, of: name)
        { return }
        answer(announced, array: "/dev/" + name)
    }

    /// On a thread of its own: the driver may keep an answer waiting, and other arrays must not wait with it.
    private func answer(_ event: AddDeviceEvent, array: String) {
        var request = CandidateRequest(common: context.options, array: array)
        request.uuid = event.uuid
        request.slot = event.number
        request.seesItThrough = true
        let verb = CandidateVerb(context, request)
        context.kernel.inBackground(atMost: Self.answerLimit) { _ = verb.run() }
    }

    private func tell(_ notice: AgentNotice) { context.listener.tell(.cluster(.agent(notice))) }
}
