package import MDBytes
internal import MDKernel
internal import Synchronization

extension LinuxKernel {
    package func firstResult<Item: Sendable, Result: Sendable>(
        _ items: [Item], until deadline: Instant, _ body: @Sendable @escaping (Item) -> Result?
    ) -> Result? {
        guard !items.isEmpty, let search = Search(self, items, body) else { return nil }
        let limit = min(items.count, 64)
        var started = 0
        // The calling thread is not one of the pool: no device can keep it from its deadline. Devices answer at
        // once as a rule, and starting a thread takes longer: there are more of them only where some do not.
        while search.isOpen, now() < deadline {
            if started < limit {
                let threads = WorkerThread.start(min(max(2, started), limit - started)) { search.takeAll() }
                guard !threads.isEmpty || started > 0 else { return nil }
                for thread in threads { thread.abandon() }
                started = threads.isEmpty ? limit : started + threads.count
            }
            search.bell.wait(until: started < limit ? min(deadline, now() + searchPause) : deadline)
        }
        return search.result
    }

    /// How long so many threads may try before there are twice as many.
    private var searchPause: Milliseconds { Milliseconds(20) }
}

/// Items that several threads try until one has a result.
private final class Search<Item: Sendable, Result: Sendable>: Sendable {
    private struct State {
        var next = 0
        var finished = 0
        var result: Result?
    }

    private let items: [Item]
    private let body: @Sendable (Item) -> Result?
    private let state = Mutex(State())
    let bell: PipeBell

    /// Nil where there is no room for a bell.
    init?(_ kernel: LinuxKernel, _ items: [Item], _ body: @Sendable @escaping (Item) -> Result?) {
        guard let bell = try? PipeBell(kernel) else { return nil }
        self.bell = bell
        self.items = items
        self.body = body
    }

    /// Whether there is no result yet and an item that may have one.
    var isOpen: Bool { state.withLock { $0.result == nil && $0.finished < items.count } }

    var result: Result? { state.withLock { $0.result } }

    func takeAll() {
        while let index = takeNext() {
            let found = body(items[index])
            state.withLock { state in
                state.finished += 1
                if state.result == nil { state.result = found }
            }
            if !isOpen { bell.ring() }
        }
    }

    private func takeNext() -> Int? {
        state.withLock { state in
            guard state.result == nil, state.next < items.count else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }
}
