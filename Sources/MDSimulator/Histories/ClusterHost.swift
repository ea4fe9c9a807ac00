internal import MDBytes
internal import MDCluster
internal import MDLocks

/// One host: a node of the protocol and the application above it.
struct ClusterHost: Sendable {
    var node: ClusterNode
    /// Its place in the lockspace.
    var holder: Int?
    /// Counts the processes that ran here.
    var process = 0
    var isUp = false
    var isPaused = false
    var timers = Array(repeating: 0, count: ClusterTimer.allCases.count)
    /// What came while it was paused.
    var backlog: [Timeline.Entry] = []

    // The application.
    var view = SharedMetadata.initial
    var candidate: Candidate?
    /// What each slot resyncs and this host has no write under way in.
    var quiesced: [SectorSpan]
    /// What this host's resync works on right now.
    var touching = SectorSpan.none
    var script = Script.idle
    var resyncScript = ResyncScript.idle
    var windowsLeft = 0
    /// How many messages this process has published.
    var published = 0

    // What planted faults and antagonists remember.
    var isVoting = false
    var readUnknown = false
    var borrowedID = MessageID.none
    var realID = MessageID.none
    var lastMessageRead = ValueBlock.zero

    /// What the host's administrator is doing.
    enum Script: Hashable, Sendable {
        case idle
        case joining, leaving(isDirty: Bool)
        /// Adding a disk of the plan: asked; first and second copy to be written; telling.
        case adding(Int), writing(Int, copy: Int), telling(Int)
        /// Updating: waiting for the right; telling a removal; writing; telling all.
        case updating(Update), announcing(Update), rewriting(Update, copy: Int), closing(Update)
        case cancelling
    }

    /// What an update changes.
    enum Update: Hashable, Sendable {
        case touch, remove(number: Int), capacity(UInt64)
    }

    enum ResyncScript: Hashable, Sendable {
        case idle
        case starting(SectorSpan), working(SectorSpan, windows: Int), moving(SectorSpan, windows: Int), ending
        case pausingEnd
    }

    init(settings: ClusterSettings) {
        node = ClusterNode(settings)
        quiesced = Array(repeating: .none, count: settings.nodes)
    }

    var isLeaving: Bool { if case .leaving = script { true } else { false } }

    /// Between the start of a resync that succeeded and the wish to end it.
    var isResyncing: Bool {
        switch resyncScript {
        case .working, .moving: true
        default: false
        }
    }

    var isMember: Bool { isUp && node.phase == .member }
}

/// A request that a history made.
struct Ticket: Sendable {
    var host: Int
    var process: Int
    var request: ClusterRequest
    var isDone = false
    var isResync: Bool
    /// How many messages its host had published before.
    var published: Int
    var disk = -1
}
