internal import MDBytes
package import MDKernel
package import MDLocks
internal import MDModel
package import MDOperations
internal import Synchronization

/// `--cluster-agent`: answers the kernel's announcements of new disks, and takes part in the agents' own talk about
/// every shared array of this node, for as long as it runs.
///
/// It hears them on the kernel's own netlink group, before udev has looked at anything. The udev rule stays for the
/// time in which no agent runs; `AnswerClaim` keeps the two apart.
package struct ClusterAgent<K: Kernel> {
    private let context: Context<K>
    private let cluster: @Sendable () -> any ClusterServices

    package init(_ context: Context<K>, cluster: @Sendable @escaping () -> any ClusterServices) {
        self.context = context
        self.cluster = cluster
    }

    /// More than any cluster asks for at once: an array has one announcement at a time.
    private static var answerLimit: Int { 64 }
    /// How often the service manager hears that all is well: far more often than the unit's WatchdogSec.
    private static var interval: Milliseconds { .seconds(10) }

    /// Until SIGTERM or SIGINT; false where it could not begin or lost its source of events.
    package func run() -> Bool {
        let kernel = context.kernel
        kernel.deferEndSignals()
        do throws(SystemCallError) {
            let held = try alone()
            defer { withExtendedLifetime(held) {} }
            let stream = try kernel.events(from: .kernel)
            let roll = try AgentRoll(context, cluster: cluster)
            let door = try kernel.answerRequests(at: AgentFiles.socket, atMost: AgentFiles.askerLimit) {
                roll.answer($0)
            }
            defer { door.close() }
            tell(.started)
            kernel.notifyServiceManager("READY=1\nSTATUS=Listening for disks that other nodes add")
            // Without these threads it still answers the kernel.
            if roll.start() { follow() }
            try listen(to: stream, roll)
            kernel.notifyServiceManager("STOPPING=1")
            let leftBehind = roll.end()
            if !leftBehind.isEmpty { tell(.leftBehind(arrays: leftBehind)) }
            tell(.ended)
            return true
        } catch {
            tell(error.errno == .timedOut ? .alreadyRuns : .failed(error.subject, error.errno))
            return false
        }
    }

    /// Tells what the cluster lacks, and when that is over.
    private func follow() {
        let wasLost = Mutex(false)
        do throws(ClusterFailure) {
            try cluster().followReadiness { [self] failure in
                let isBack = wasLost.withLock { wasLost in
                    defer { wasLost = failure != nil }
                    return wasLost && failure == nil
                }
                if let failure { tell(.clusterLost(failure)) }
                if isBack { tell(.clusterBack) }
            }
        } catch { tell(.clusterLost(error)) }
    }

    /// The lock that only one agent of a host has.
    private func alone() throws(SystemCallError) -> DeviceHandle {
        try context.kernel.lock(file: AgentFiles.lock, timeout: Milliseconds(0))
    }

    private func listen(to stream: any DeviceEventStream, _ roll: AgentRoll<K>) throws(SystemCallError) {
        let kernel = context.kernel
        var nextSign = kernel.now()
        while !kernel.isAskedToEnd() {
            if kernel.now() >= nextSign {
                kernel.notifyServiceManager("WATCHDOG=1")
                nextSign = kernel.now() + Self.interval
            }
            do throws(SystemCallError) {
                if let event = try stream.next(until: nextSign), hear(event) { roll.notice() }
            } catch {
                // The buffer ran over: what was lost the udev rule has seen, too.
                guard error.errno == .noBufferSpace else { throw error }
                tell(.missedEvents)
                roll.notice()
            }
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
