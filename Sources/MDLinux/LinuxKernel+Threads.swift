internal import CLinux
internal import Glibc
internal import MDKernel
internal import Synchronization

extension LinuxKernel {
    package func concurrently<Item: Sendable, Result: Sendable>(
        _ items: [Item], atMost limit: Int, _ body: @Sendable @escaping (Item) -> Result
    ) -> [Result] {
        guard items.count > 1 else { return items.map(body) }
        let work = SharedWork(items, body)
        // The calling thread is one of the pool, so that the work gets done even where none can be made.
        let helpers = WorkerThread.start(min(items.count, limit) - 1) { work.takeAll() }
        work.takeAll()
        for helper in helpers { helper.join() }
        return work.inOrder()
    }
}

/// Items that several threads take one by one.
private final class SharedWork<Item: Sendable, Result: Sendable>: Sendable {
    private let items: [Item]
    private let body: @Sendable (Item) -> Result
    private let next = Atomic<Int>(0)
    private let results: Mutex<[Result?]>

    init(_ items: [Item], _ body: @Sendable @escaping (Item) -> Result) {
        self.items = items
        self.body = body
        results = Mutex(Array(repeating: nil, count: items.count))
    }

    func takeAll() {
        while true {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < items.count else { return }
            let result = body(items[index])
            results.withLock { $0[index] = result }
        }
    }

    func inOrder() -> [Result] {
        let found = results.withLock { $0.compactMap { $0 } }
        precondition(found.count == items.count, "a thread left before its work was done")
        return found
    }
}

/// A thread with a small stack that no signal is delivered to.
struct WorkerThread {
    private let identity: pthread_t

    /// Starts up to `count` threads that run `body`; fewer where the system has no room.
    static func start(_ count: Int, _ body: @Sendable @escaping () -> Void) -> [WorkerThread] {
        // One heap for all: they allocate little, and a heap of its own costs a thread more than its work (mallopt(3)).
        _ = mallopt(M_ARENA_MAX, 1)
        var attributes = pthread_attr_t()
        var everySignal = sigset_t()
        var signalsBefore = sigset_t()
        // SAFETY: attributes and sets are initialised before use and lent for the calls only.
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, 512 << 10)
        unsafe sigfillset(&everySignal)
        // Signals are the main thread's: a worker must not run its handlers.
        unsafe pthread_sigmask(SIG_SETMASK, &everySignal, &signalsBefore)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &signalsBefore, nil) }
        var started: [WorkerThread] = []
        for _ in 0..<count {
            guard let thread = WorkerThread(&attributes, body) else { break }
            started.append(thread)
        }
        return started
    }

    private final class Entry: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @Sendable @escaping () -> Void) { self.body = body }
    }

    private init?(_ attributes: inout pthread_attr_t, _ body: @Sendable @escaping () -> Void) {
        // SAFETY: the thread takes over this one reference; where it does not start we take it back.
        let entry = unsafe Unmanaged.passRetained(Entry(body))
        var made = pthread_t()
        let code = unsafe pthread_create(
            &made, &attributes,
            { context in
                // SAFETY: `context` is the retained Entry passed below.
                if let context = unsafe context {
                    unsafe Unmanaged<Entry>.fromOpaque(context).takeRetainedValue().body()
                }
                return nil
            }, entry.toOpaque())
        guard code == 0 else {
            unsafe entry.release()
            return nil
        }
        identity = made
    }

    /// Starts a thread that nobody waits for; false where the system has no room.
    static func detach(_ body: @Sendable @escaping () -> Void) -> Bool {
        guard let thread = start(1, body).first else { return false }
        thread.abandon()
        return true
    }

    /// Waits for the thread's end.
    func join() {
        // Joined once, by the one who started it.
        _ = pthread_join(identity, nil)
    }

    /// Lets the thread go its way: nobody will wait for its end.
    func abandon() {
        // Detached once, by the one who started it.
        _ = pthread_detach(identity)
    }
}
