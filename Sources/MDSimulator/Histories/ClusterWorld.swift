internal import MDBytes
internal import MDCluster
internal import MDLocks

/// Hosts, their lockspace and their disks, under a clock of its own. One seed, one history.
struct ClusterWorld: Sendable {
    let options: HistoryOptions
    let seal: ClusterSeal
    var random: SeededGenerator
    var plan: HistoryPlan
    var queue = Timeline()
    var locks: SimulatedLockspace
    /// By a holder's place in the lockspace: its host.
    var places: [Int] = []
    var checker = HistoryChecker()
    var hosts: [ClusterHost] = []
    var disks = SharedDisks()
    var newDisks: [NewDisk] = []
    var tickets: [Ticket] = []
    var publications: [Publication] = []
    /// Places in `newDisks` of those whose add failed.
    var refused: [Int] = []
    /// By slot: its on-disk bitmap needs somebody.
    var dirty: [Bool]
    var orphans: [Orphan] = []
    var now = 0
    var steps = 0
    var effectsRun = 0
    var grants = 0
    var failures = 0
    var fingerprint: UInt64 = 0xcbf2_9ce4_8422_2325
    var trace: [String] = []

    static let array = UUID(low: 0x5357_4d44, high: 0x41444d)
    /// What opens all locks that 64 slots need.
    private static let openings = (0..<ClusterLock.count(nodes: 64)).map { ClusterLock(rawValue: $0).opening }
    private static let stepLimit = 60_000

    init(_ options: HistoryOptions) {
        self.options = options
        seal = ClusterSeal(array: Self.array)
        random = SeededGenerator(seed: options.seed)
        if let scenario = options.scenario {
            plan = HistoryPlan(scenario, options.blow)
        } else {
            plan = HistoryPlan(&random)
            var rivals = SeededGenerator(seed: ~options.seed)
            plan.addRivals(&rivals)
            plan.addLooks(&rivals)
        }
        locks = SimulatedLockspace(seed: options.seed &* 0x9e37_79b9_7f4a_7c15, timing: plan.timing)
        dirty = Array(repeating: false, count: plan.slots)
        for index in 0..<plan.hosts {
            hosts.append(ClusterHost(settings: settings(index)))
        }
        newDisks = plan.disks
        for place in plan.work.indices {
            queue.push(.work(place), at: plan.work[place].time, host: plan.work[place].host, process: -1)
        }
        if let loss = plan.quorumLoss { loseQuorum(loss) }
    }

    private mutating func loseQuorum(_ span: Range<Int>) {
        queue.push(.quorum(false), at: span.lowerBound, host: 0, process: -1)
        queue.push(.quorum(true), at: span.upperBound, host: 0, process: -1)
    }

    func settings(_ index: Int) -> ClusterSettings {
        ClusterSettings(array: Self.array, nodes: plan.slots, node: UInt32(index + 1))
    }

    /// Lets everything happen until nothing does any more.
    mutating func run() {
        while checker.violation == nil, goOn() {
            steps += 1
            if steps >= Self.stepLimit { checker.note(.neverEnds) }
        }
        if checker.violation == nil { checker.checkRest(in: self) }
    }

    /// Lets the next thing happen, in the lockspace or on a host.
    private mutating func goOn() -> Bool {
        if let time = locks.nextTime, time <= queue.nextTime ?? .max {
            now = time
            guard let holder = locks.step() else { return true }
            poll(places[holder])
        } else {
            guard let entry = queue.pop() else { return false }
            now = entry.time
            locks.wait(until: now)
            step(entry)
        }
        if !orphans.isEmpty || hosts.indices.contains(where: { !hosts[$0].touching.isEmpty }) {
            checker.checkResync(in: self)
        }
        return true
    }

    private mutating func step(_ entry: Timeline.Entry) {
        let host = entry.host
        guard entry.process < 0 || entry.process == hosts[host].process && hosts[host].isUp else { return }
        mix(UInt64(entry.time) << 8 | UInt64(host))
        switch entry.item {
        case .resume: return resume(host)
        case .quorum(let isThere): return setQuorum(isThere)
        case .start: return start(host)
        case .crash: return crash(host)
        default: break
        }
        guard !hosts[host].isPaused else { return hosts[host].backlog.append(entry) }
        switch entry.item {
        case .poll: poll(host)
        case .timer(let timer, let generation):
            if hosts[host].timers[timer.rawValue] == generation { deliver(.expired(timer), to: host) }
        case .done(let event, let chore):
            perform(chore, host)
            deliver(event, to: host)
        case .script: continueScript(host)
        case .resyncScript: continueResync(host)
        case .work(let place): work(plan.work[place].kind, host)
        case .resume, .quorum, .start, .crash: break
        }
    }

    func hosts(where condition: (ClusterHost) -> Bool) -> SlotSet {
        var set = SlotSet()
        for (index, host) in hosts.enumerated() where condition(host) { set[index] = true }
        return set
    }

    mutating func mix(_ word: UInt64) { fingerprint = (fingerprint ^ word) &* 0x100_0000_01b3 }

    mutating func log(_ host: Int, _ line: @autoclosure () -> String) {
        if options.isTracing { trace.append("\(now) host \(host): \(line())") }
    }

    // MARK: Locks

    /// Gives a host what it was told, unless it stands still.
    private mutating func poll(_ host: Int) {
        guard let holder = hosts[host].holder else { return }
        do throws(LockFailure) {
            while hosts[host].isUp, !hosts[host].isPaused, hosts[host].holder == holder,
                let event = try locks.nextEvent(for: holder)
            {
                hear(event, host)
            }
        } catch {
            checker.note(.lockFailure(host: host, error))
        }
    }

    private mutating func hear(_ event: LockEvent, _ host: Int) {
        guard var heard = ClusterEvent(event) else { return }
        mix(UInt64(now) << 8 | UInt64(host))
        if case .granted(let lock, let mode, let value) = heard {
            grants += 1
            guard plan.lostGrant != grants else { return lose(lock, host) }
            heard = .granted(lock, mode, spoiled(value, lock, mode, host))
        }
        deliver(heard, to: host)
    }

    /// The host never hears of a grant, and stays as it is until its process is killed.
    private mutating func lose(_ lock: ClusterLock, _ host: Int) {
        log(host, "does not hear of a grant of \(lock)")
        queue.push(.crash, at: now + 75_000_000, host: host, process: hosts[host].process)
    }

    mutating func setQuorum(_ isThere: Bool) {
        locks.isStopped = !isThere
        for index in hosts.indices where hosts[index].isUp { deliver(.quorum(isThere), to: index) }
    }

    // MARK: Nodes

    /// A process starts on the host: opens its locks, then joins.
    mutating func start(_ host: Int) {
        guard !hosts[host].isUp else { return }
        let process = hosts[host].process + 1
        let borrowed = hosts[host].borrowedID
        hosts[host] = ClusterHost(settings: settings(host))
        hosts[host].borrowedID = borrowed
        hosts[host].process = process
        hosts[host].isUp = true
        hosts[host].script = .joining
        let holder = locks.join(NodeIdentifier(host + 1))
        hosts[host].holder = holder
        places.append(host)
        do throws(LockFailure) {
            for opening in Self.openings.prefix(ClusterLock.count(nodes: plan.slots)) {
                try locks.open(opening, for: holder)
            }
        } catch {
            checker.note(.lockFailure(host: host, error))
        }
        if locks.isStopped { deliver(.quorum(false), to: host) }
        ask(host, .join(nonce: UInt32.random(in: 0 ... .max, using: &random)))
    }

    /// The mode that a host has, told or not.
    func mode(of lock: ClusterLock, at host: Int) -> LockMode? {
        hosts[host].holder.flatMap { locks.mode(of: lock.identifier, for: $0) }
    }

    mutating func begin(_ operation: LockOperation, _ host: Int) {
        guard let holder = hosts[host].holder else { return }
        do throws(LockFailure) {
            try locks.begin(operation, for: holder)
        } catch {
            checker.note(.lockFailure(host: host, error))
        }
    }

    /// Gives the node an event and carries out what it wants.
    mutating func deliver(_ event: ClusterEvent, to host: Int) {
        guard let event = bend(event, for: host) else { return }
        log(host, "<- \(event)")
        var effects: [ClusterEffect] = []
        hosts[host].node.handle(event, into: &effects)
        let process = hosts[host].process
        for effect in effects {
            effectsRun += 1
            if plan.crashes.contains(effectsRun) { crash(host) }
            if plan.pauses.contains(effectsRun) { pause(host) }
            if plan.quorumLossEffect == effectsRun { loseQuorum(now..<now + 50_000_000) }
            guard hosts[host].isUp, hosts[host].process == process, checker.violation == nil else { break }
            log(host, "-> \(effect)")
            if let effect = bend(effect, of: host) { run(effect, host) }
        }
    }

    /// The process, or with it the node, is gone.
    mutating func crash(_ host: Int) {
        guard hosts[host].isUp, let holder = hosts[host].holder else { return }
        let isNode = Bool.random(using: &random)
        log(host, isNode ? "NODE CRASHES" : "PROCESS CRASHES")
        let slot = hosts[host].node.slot
        hosts[host].isUp = false
        let phase = hosts[host].node.phase
        // Who takes leave has nothing open any more: in good order from the beginning, else once the bitmap is let go.
        if phase == .member || phase == .leaving, hosts[host].script != .leaving(isDirty: false),
            hosts[host].node.mode(of: .bitmap(slot)) == .protectedWrite
        {
            dirty[slot] = true
            if !hosts[host].touching.isEmpty {
                let witnesses = hosts(where: \.isMember)
                orphans.append(Orphan(slot: slot, span: hosts[host].touching, witnesses: witnesses))
            }
        }
        hosts[host].touching = .none
        forgetWitness(host)
        if isNode { locks.kill(NodeIdentifier(host + 1)) } else { locks.close(holder) }
        guard Int.random(in: 0..<10, using: &random) < 7 else { return }
        let delay = Bool.random(using: &random) ? Int.random(in: 1...50_000, using: &random) : 8_000_000
        queue.push(.start, at: now + delay, host: host, process: -1)
    }

    mutating func forgetWitness(_ host: Int) {
        for index in orphans.indices { orphans[index].witnesses[host] = false }
    }

    private mutating func pause(_ host: Int) {
        guard hosts[host].isUp, !hosts[host].isPaused else { return }
        hosts[host].isPaused = true
        log(host, "STOPS")
        let length = [300_000, 12_000_000, 70_000_000].randomElement(using: &random) ?? 0
        queue.push(.resume, at: now + length, host: host, process: hosts[host].process)
    }

    private mutating func resume(_ host: Int) {
        hosts[host].isPaused = false
        log(host, "goes on")
        let backlog = hosts[host].backlog
        hosts[host].backlog = []
        for entry in backlog { queue.push(entry.item, at: now + 1, host: host, process: entry.process) }
        // What it was told meanwhile it hears before the rest, or after it.
        let delay = Bool.random(using: &random) ? 0 : 2
        queue.push(.poll, at: now + delay, host: host, process: hosts[host].process)
    }
}
