internal import Glibc
package import MDBytes
internal import MDKernel
internal import Synchronization

extension LinuxKernel {
    package func firstResult<Item: Sendable, Result: Sendable>(
        _ items: [Item], until deadline: Instant, _ body: @Sendable @escaping (Item) -> Result?
    ) -> Result? {
        guard !items.isEmpty, let search = Search(items, body) else { return nil }
        // The calling thread is not one of the pool: no device can keep it from its deadline.
        let threads = WorkerThread.start(min(items.count, 64)) { search.takeAll() }
        guard !threads.isEmpty else { return nil }
        search.expect(threads.count)
        for thread in threads { thread.abandon() }
        while search.isOpen, now() < deadline {
            search.wait(deadline.pollTimeout(from: now()))
        }
        return search.result
    }
}

/// Items that several threads try until one has a result.
private final class Search<Item: Sendable, Result: Sendable>: Sendable {
    private struct State {
        var next = 0
        var finished = 0
        var threads: Int?
        var result: Result?
    }

    private let items: [Item]
    private let body: @Sendable (Item) -> Result?
    private let state = Mutex(State())
    private let bell: (reader: Int32, writer: Int32)

    init?(_ items: [Item], _ body: @Sendable @escaping (Item) -> Result?) {
        self.items = items
        self.body = body
        var ends: [Int32] = [-1, -1]
        // SAFETY: pipe fills exactly the two integers lent to it.
        guard unsafe pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        bell = (ends[0], ends[1])
    }

    deinit {
        _ = close(bell.reader)
        _ = close(bell.writer)
    }

    /// How many threads have to finish before there is nothing to be hoped for.
    func expect(_ threads: Int) { state.withLock { $0.threads = threads } }

    /// Whether there is no result yet and somebody still looks.
    var isOpen: Bool { state.withLock { $0.result == nil && $0.finished != $0.threads } }

    var result: Result? { state.withLock { $0.result } }

    func takeAll() {
        while let index = takeNext() {
            guard let found = body(items[index]) else { continue }
            state.withLock { if $0.result == nil { $0.result = found } }
            break
        }
        state.withLock { $0.finished += 1 }
        ring()
    }

    private func takeNext() -> Int? {
        state.withLock { state in
            guard state.result == nil, state.next < items.count else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    private func ring() {
        var byte: UInt8 = 0
        // SAFETY: one byte is lent for the call. A full pipe has rung already.
        _ = unsafe write(bell.writer, &byte, 1)
    }

    /// Waits at most `milliseconds` for a thread to finish.
    func wait(_ milliseconds: Int32) {
        var watch = pollfd(fd: bell.reader, events: Int16(POLLIN), revents: 0)
        // SAFETY: one pollfd and one byte are lent for the calls.
        guard unsafe poll(&watch, 1, milliseconds) > 0 else { return }
        var byte: UInt8 = 0
        _ = unsafe read(bell.reader, &byte, 1)
    }
}
