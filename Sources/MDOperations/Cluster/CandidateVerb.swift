internal import MDBytes
package import MDKernel
package import MDModel

/// `--candidate`: looks for the disk that a peer announced and answers yes or no, within the time that the
/// kernel gives.
package struct CandidateVerb<K: Kernel> {
    private let context: Context<K>
    private let request: CandidateRequest
    private let started: Instant

    package init(_ context: Context<K>, _ request: CandidateRequest) {
        self.context = context
        self.request = request
        started = context.kernel.now()
    }

    /// Whether this node confirmed, or the agent answers. Everything else was told to the listener.
    package func run() -> Bool {
        if isAnsweredElsewhere { return true }
        do throws(ConfirmFailure) { return try answer() } catch {
            tell(.failed(error))
            return false
        }
    }

    private var isCalledByUdev: Bool { context.kernel.environment("EVENT") != nil }

    /// Whether the agent has taken the announcement that the udev rule called us for.
    private var isAnsweredElsewhere: Bool {
        guard isCalledByUdev, request.uuid == nil, let sequence = context.kernel.environment("SEQNUM"),
            let number = UInt64(sequence), let name = request.array.split(separator: "/").last
        else { return false }
        return !AnswerClaim(kernel: context.kernel).take(number, of: String(name))
    }

    private func tell(_ notice: ClusterNotice) { context.listener.tell(.cluster(notice)) }

    private func answer() throws(ConfirmFailure) -> Bool {
        let kernel = context.kernel
        let array = try ManagedArray.opened(request.array, kernel: kernel)
        let confirmation = try Confirmation(context, array: array)
        let event: AddDeviceEvent
        do throws(AddDeviceEvent.Defect) {
            event = try AddDeviceEvent(
                uuid: request.uuid, number: request.slot, environment: kernel.environment)
        } catch { throw .event(error) }
        var finding = search(for: event, confirmation)
        if finding.match == nil, finding.inTime {
            finding = awaitRemoval(for: event, confirmation) ?? finding
        }
        guard let found = finding.match else {
            let twin = twin(of: event, among: finding.looked, confirmation)
            return try refuse(confirmation, twin ?? finding.reason(event))
        }
        if let fault = found.fault {
            return try refuse(confirmation, .unsuitable(found.device.path, fault))
        }
        let path = found.device.path
        try confirmation.confirm(found.device.device, path, number: event.number)
        tell(.confirmed(path, number: event.number, array: request.array))
        // Who answers by hand sees what comes of it.
        guard request.seesItThrough || isCalledByUdev else { return true }
        return follow(
            CandidateWatch(
                context: context, array: array, event: event, device: found.device.device, path: path))
    }

    private func follow(_ watch: CandidateWatch<K>) -> Bool {
        switch watch.verdict() {
        case .joined:
            watch.makeReadWrite()
            return true
        case .refused:
            let isGone = watch.withdraw()
            tell(.withdrawn(watch.path, array: request.array, isGone: isGone))
        case .unknown: tell(.undecided(watch.path, array: request.array))
        }
        return false
    }

    /// A disk that was removed a moment ago may still be a member here: removal reaches the other nodes later
    /// than the next add. Waits until it is free.
    private func awaitRemoval(for event: AddDeviceEvent, _ confirmation: Confirmation<K>) -> Finding? {
        let kernel = context.kernel
        let array = confirmation.array
        guard let check = check(event, array),
            let member = array.members().first(where: { member in
                guard member.slot == nil, let handle = try? kernel.open(device: member.device, [.direct])
                else { return false }
                do throws(SystemCallError) { return try confirmation.fault(of: handle, check) == nil } catch {
                    return false
                }
            })
        else { return nil }
        let end = min(deadline, kernel.now() + Self.removalPatience)
        while kernel.now() < end {
            kernel.pause(Milliseconds(50))
            guard !array.directory.memberNames().contains(member.name) else { continue }
            let device = UnusedDevices.Device(
                path: "/dev/\(member.name)", device: member.device, size: .zero)
            return Finding(match: Match(device: device, fault: nil), looked: [device], inTime: true)
        }
        return nil
    }

    private static var removalPatience: Milliseconds { .seconds(3) }

    private func check(_ event: AddDeviceEvent, _ array: ManagedArray<K>) -> CandidateCheck? {
        array.uuid.map { CandidateCheck(array: $0, event: event, componentSize: array.componentSize) }
    }

    private func refuse(
        _ confirmation: Confirmation<K>, _ reason: RefusalReason
    ) throws(ConfirmFailure) -> Bool {
        // The reason first: the answer may hang in the driver.
        tell(.refused(array: request.array, reason))
        if let state = confirmation.unwritableState { tell(.mayHang(array: request.array, state: state)) }
        try confirmation.nack()
        return false
    }

    /// A device that carries the uuid.
    private struct Match: Sendable {
        let device: UnusedDevices.Device
        let fault: CandidateCheck.Fault?
    }

    private struct Finding {
        let match: Match?
        let looked: [UnusedDevices.Device]
        let inTime: Bool

        func reason(_ event: AddDeviceEvent) -> RefusalReason {
            .notFound(event, looked: looked.count, inTime: inTime)
        }
    }

    private var deadline: Instant {
        let kernel = context.kernel
        if let seconds = request.timeout { return started + .seconds(min(max(0, seconds), 3600)) }
        return started + ConfirmWindow.search(timerFrequency: kernel.timerFrequency())
    }

    /// A disk that could be the announced one under a new uuid. It is named and never confirmed: the announced
    /// disk may not be seen here at all.
    private func twin(
        of event: AddDeviceEvent, among devices: [UnusedDevices.Device], _ confirmation: Confirmation<K>
    ) -> RefusalReason? {
        guard context.kernel.now() < deadline else { return nil }
        let found = search(devices, for: event, confirmation) { fault in
            if case .otherUUID = fault { true } else { false }
        }
        return found.match.flatMap { match in match.fault.map { .unsuitable(match.device.path, $0) } }
    }

    /// The announced disk, fit or not.
    private func search(for event: AddDeviceEvent, _ confirmation: Confirmation<K>) -> Finding {
        let devices = UnusedDevices.list(
            kernel: context.kernel, atLeast: confirmation.array.componentSize, wanted: event.uuid)
        return search(devices, for: event, confirmation) { fault in
            switch fault {
            case .otherDisk, .otherUUID: false
            default: true
            }
        }
    }

    /// The first of the devices whose fault, or having none, is `wanted`.
    private func search(
        _ devices: [UnusedDevices.Device], for event: AddDeviceEvent, _ confirmation: Confirmation<K>,
        _ wanted: @escaping @Sendable (CandidateCheck.Fault?) -> Bool
    ) -> Finding {
        let kernel = context.kernel
        let end = deadline
        guard let check = check(event, confirmation.array) else {
            return Finding(match: nil, looked: [], inTime: true)
        }
        let match = kernel.firstResult(devices, until: end) { device -> Match? in
            guard let handle = try? kernel.open(device.path, [.direct]),
                let number = try? kernel.status(of: handle).device, number == device.device,
                let fault = try? confirmation.fault(of: handle, check) as CandidateCheck.Fault??
            else { return nil }
            return wanted(fault) ? Match(device: device, fault: fault) : nil
        }
        return Finding(match: match, looked: devices, inTime: kernel.now() < end)
    }
}

/// `--nack`
package struct NackVerb<K: Kernel> {
    private let context: Context<K>
    private let array: String

    package init(_ context: Context<K>, array: String) {
        self.context = context
        self.array = array
    }

    package func run() -> Bool {
        do throws(ConfirmFailure) {
            let opened = try ManagedArray.opened(array, kernel: context.kernel)
            try Confirmation(context, array: opened).nack()
            context.listener.tell(.cluster(.nacked(array: array)))
            return true
        } catch {
            context.listener.tell(.cluster(.failed(error)))
            return false
        }
    }
}

extension ManagedArray {
    static func opened(_ path: String, kernel: K) throws(ConfirmFailure) -> ManagedArray {
        do throws(ManageFailure) { return try ManagedArray(path, kernel: kernel) } catch {
            switch error {
            case .openArray(let path, let errno): throw .array(.open(path, errno))
            case .arrayInactive(let path): throw .array(.inactive(path))
            default: throw .array(.notArray(path))
            }
        }
    }
}
