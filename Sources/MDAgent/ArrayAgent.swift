internal import ClusterOps
internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDLocks
internal import MDModel
internal import MDOperations
internal import Synchronization

/// The agent's part in one shared array: a member among the agents of all nodes that have it, in a lockspace of their
/// own. Lives on a thread of its own, since a lockspace without quorum keeps whoever uses it waiting.
final class ArrayAgent<K: Kernel>: Sendable {
    /// The kernel's name of the array.
    let name: String
    let uuid: UUID
    private let context: Context<K>
    private let cluster: @Sendable () -> any ClusterServices
    /// Rung when the thread is over.
    private let ended: any Bell
    private let desk = Mutex(Desk())

    /// What others put on the desk for the thread.
    private struct Desk: Sendable {
        var questions: [AgentQuestion] = []
        var position = NodeAnswer.SyncSpan()
        var isMember = false
        var isEnding = false
        var hasEnded = false
        var wake: (@Sendable () -> Void)?
    }

    init(
        name: String, uuid: UUID, _ context: Context<K>,
        cluster: @Sendable @escaping () -> any ClusterServices, ended: any Bell
    ) {
        self.name = name
        self.uuid = uuid
        self.context = context
        self.cluster = cluster
        self.ended = ended
    }

    /// How long a lost lockspace rests before it is tried again.
    private static var retryPause: Milliseconds { .seconds(5) }
    /// The longest sleep of the thread where nobody wakes it.
    private static var longestRest: Milliseconds { .seconds(60) }

    // MARK: From other threads

    /// Asks all agents; waits for at most `span`.
    func ask(disk: UUID, mebibytes: UInt32, within span: Milliseconds) -> AgentAnswer {
        let end = context.kernel.now() + span
        guard let bell = try? context.kernel.makeBell() else { return .unable(.timedOut) }
        let question = AgentQuestion(disk: disk, mebibytes: mebibytes, bell)
        let isTaken = desk.withLock { desk in
            guard desk.isMember, !desk.isEnding else { return false }
            desk.questions.append(question)
            return true
        }
        guard isTaken else { return .unable(.outside) }
        wake()
        while context.kernel.now() < end {
            if let answer = question.answer { return answer }
            bell.wait(until: end)
        }
        desk.withLock { desk in desk.questions.removeAll { $0 === question } }
        return question.answer ?? .unable(.timedOut)
    }

    /// Where this node's own resync is; nothing is said twice.
    func publish(_ position: NodeAnswer.SyncSpan) {
        let isNews = desk.withLock { desk in
            defer { desk.position = position }
            return desk.position != position
        }
        if isNews { wake() }
    }

    /// Asks the thread to leave.
    func end() {
        desk.withLock { $0.isEnding = true }
        wake()
    }

    var hasEnded: Bool { desk.withLock { $0.hasEnded } }

    private func wake() { desk.withLock { $0.wake }?() }

    private var lockspace: String { LockspaceName.library(of: uuid) }

    private var isEnding: Bool { desk.withLock { $0.isEnding } }

    // MARK: The thread

    /// Until `end`.
    func run() {
        var lastFault: ArrayAgentFault?
        while !isEnding {
            do throws(ArrayAgentFault) {
                try attend()
            } catch {
                // The same reason again and again would fill the log.
                if error != lastFault { tell(.lost(array: name, error)) }
                lastFault = error
                rest(Self.retryPause)
            }
        }
        desk.withLock { $0.hasEnded = true }
        ended.ring()
    }

    private func tell(_ notice: AgentNotice) { context.listener.tell(.cluster(.agent(notice))) }

    private func rest(_ span: Milliseconds) {
        let end = context.kernel.now() + span
        guard let bell = try? context.kernel.makeBell() else { return context.kernel.pause(span) }
        desk.withLock { $0.wake = { bell.ring() } }
        while !isEnding, context.kernel.now() < end { bell.wait(until: end) }
        desk.withLock { $0.wake = nil }
    }

    /// Joins, serves, and leaves when it is asked to end.
    private func attend() throws(ArrayAgentFault) {
        guard let nodes = slotCount() else { throw .noBitmap }
        let locks: any LockManager
        do throws(LockFailure) { locks = try cluster().openLockspace(lockspace) } catch {
            throw .lockspace(error)
        }
        let application = AgentApplication(kernel: context.kernel, array: name) { [self] text, isTrouble in
            tell(.note(array: name, text, isTrouble: isTrouble))
        }
        let kernel = context.kernel
        let session = ClusterSession(
            array: uuid, locks: locks, clock: SessionClock(now: { kernel.now() }),
            nonce: kernel.randomBytes(4).reduce(0) { $0 << 8 | UInt32($1) }, application: application)
        defer {
            dismissQuestions()
            withExtendedLifetime(application) {}
        }
        do throws(ClusterOperationError) {
            try session.join(nodes: nodes)
            let waker = session.waker
            desk.withLock { desk in
                desk.isMember = true
                desk.wake = { waker.wake() }
            }
            tell(.attends(array: name, slot: try session.slotNumber()))
            try serve(session, locks.node)
        } catch {
            locks.close()
            throw ArrayAgentFault(error)
        }
    }

    /// From now on nobody can be asked: who waits for an answer is told so.
    private func dismissQuestions() {
        let left = desk.withLock { desk in
            desk.isMember = false
            desk.wake = nil
            defer { desk.questions = [] }
            return desk.questions
        }
        for question in left { question.end(with: .unable(.outside)) }
    }

    /// How many nodes the array's bitmap is for; nil where no member can be read.
    private func slotCount() -> Int? {
        let kernel = context.kernel
        let directory = ArrayDirectory(name, kernel: kernel)
        for member in directory.memberNames() {
            guard let device = directory.device(ofMember: member),
                let handle = try? kernel.open(device: device, [.direct]),
                let read = try? MemberReader.read(
                    handle, path: "/dev/\(member)", device: device, also: .bitmap, kernel: kernel),
                let block = read.superblock, block.arrayUUID == uuid,
                let header = try? read.bitmapHeader(of: block, kernel: kernel), header.hasMagic
            else { continue }
            let nodes = Int(header.nodes)
            return (1...NodeAnswer.limit).contains(nodes) ? nodes : nil
        }
        return nil
    }

    private func serve(_ session: ClusterSession, _ node: NodeIdentifier) throws(ClusterOperationError) {
        var published = NodeAnswer.SyncSpan()
        while !isEnding, session.isMember {
            let (questions, position) = desk.withLock { desk in
                defer { desk.questions = [] }
                return (desk.questions, desk.position)
            }
            for question in questions {
                question.end(with: answer(question, session, node))
            }
            if position != published, publish(position, after: published, session) { published = position }
            session.serve(milliseconds: Self.longestRest.rawValue)
        }
        // Throws where it has left by itself, because a lock call failed.
        try session.leave()
        leaveLockspace()
    }

    /// The lock manager closes a moment after it was asked to. What stays joined, because others on this node are in
    /// the lockspace or the node is leaving the cluster, does no harm.
    private func leaveLockspace() {
        for _ in 0..<30 {
            do throws(ClusterFailure) { return try cluster().leaveLockspace(lockspace) } catch {
                context.kernel.pause(Milliseconds(100))
            }
        }
    }

    private func answer(_ question: AgentQuestion, _ session: ClusterSession, _ node: NodeIdentifier) -> AgentAnswer {
        var own = DiskLook(kernel: context.kernel)
            .finding(array: name, disk: question.disk, mebibytes: question.mebibytes)
        own.node = node.rawValue
        do throws(ClusterOperationError) {
            let others = try session.look(for: question.disk.bytes, mebibytes: Int(question.mebibytes))
            let ranges = session.ranges
            own.sync = NodeAnswer.SyncSpan(ranges[try session.slotNumber()])
            return .nodes([own] + others.map { other in
                var answer = NodeAnswer(other)
                answer.sync = NodeAnswer.SyncSpan(ranges[other.slot])
                return answer
            })
        } catch {
            return .unable(.timedOut)
        }
    }

    /// Whether the others know; if not, the next position is another chance.
    private func publish(
        _ position: NodeAnswer.SyncSpan, after before: NodeAnswer.SyncSpan, _ session: ClusterSession
    ) -> Bool {
        let range = SectorRange(position.low, position.high)
        do throws(ClusterOperationError) {
            if position.isEmpty {
                try session.resyncFinish()
            } else if before.isEmpty {
                try session.resyncStart(range)
            } else {
                try session.resyncInfoUpdate(range)
            }
            return true
        } catch {
            return false
        }
    }
}

/// What a verb wants to know, until it has its answer or gives up.
private final class AgentQuestion: Sendable {
    let disk: UUID
    let mebibytes: UInt32
    private let bell: any Bell
    private let state = Mutex<AgentAnswer?>(nil)

    /// The bell is rung when there is an answer.
    init(disk: UUID, mebibytes: UInt32, _ bell: any Bell) {
        self.disk = disk
        self.mebibytes = mebibytes
        self.bell = bell
    }

    var answer: AgentAnswer? { state.withLock { $0 } }

    func end(with answer: AgentAnswer) {
        state.withLock { $0 = answer }
        bell.ring()
    }
}

extension NodeAnswer.SyncSpan {
    init(_ range: SectorRange?) { self.init(low: range?.low ?? 0, high: range?.high ?? 0) }
}

extension ArrayAgentFault {
    init(_ error: ClusterOperationError) {
        self =
            switch error.code {
            case .noFreeSlot: .full
            case .timedOut, .silent, .refused, .busy: .unanswered
            default: .lockManager(code: error.errno)
            }
    }
}
