internal import MDCluster

/// What a history has in store, earliest first; of two for the same moment, the one that was put in first.
struct Timeline: Sendable {
    /// What is going to happen.
    enum Item: Sendable {
        /// The host looks for lock events.
        case poll
        /// A timer of the host's node, of that generation.
        case timer(ClusterTimer, generation: Int)
        /// The host's application is done with something.
        case done(ClusterEvent, Chore)
        /// The host's script goes on.
        case script
        case resyncScript
        /// The host's process is running again.
        case resume
        case start
        case crash
        /// What the workload and the antagonists want, by their places in the plan.
        case work(Int)
        case quorum(Bool)
    }

    /// What the application did for the event that follows: it takes effect in the same moment.
    enum Chore: Sendable {
        case none
        case bind(Candidate)
        case settle(isRepair: Bool)
        case abort(UInt32)
        case quiesce(slot: Int, SectorSpan)
        case capacity(UInt64)
        case recover(slot: Int)
    }

    struct Entry: Sendable {
        var time: Int
        var order: Int
        var host: Int
        /// The host's process; an entry for an earlier one is void. Negative for any.
        var process: Int
        var item: Item

        func isBefore(_ other: Entry) -> Bool {
            time != other.time ? time < other.time : order < other.order
        }
    }

    private var entries: [Entry] = []
    private var order = 0

    mutating func push(_ item: Item, at time: Int, host: Int, process: Int) {
        order += 1
        entries.append(Entry(time: time, order: order, host: host, process: process, item: item))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].isBefore(entries[parent]) else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// When the next of it comes.
    var nextTime: Int? { entries.first?.time }

    mutating func pop() -> Entry? {
        guard let first = entries.first, let last = entries.popLast() else { return nil }
        guard !entries.isEmpty else { return first }
        entries[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
                if entries[child].isBefore(entries[least]) { least = child }
            }
            guard least != parent else { return first }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
