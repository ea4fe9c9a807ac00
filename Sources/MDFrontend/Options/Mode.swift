/// What a command line is about. mdadm's nine, and the verbs mdadm does not have.
package enum Mode: UInt32, CaseIterable, Hashable, Sendable {
    /// No option has decided yet.
    case start
    case manage, assemble, build, create, misc, monitor, grow, incremental, autoDetect
    case join, leave, candidate, nack, agent, status, resync, undo

    /// The word for messages.
    package var name: String {
        switch self {
        case .start: "unset"
        case .autoDetect: "auto-detect"
        case .agent: "cluster-agent"
        case .status: "cluster-status"
        default: "\(self)"
        }
    }

    /// Whether the mode does anything yet; the others are understood and then refused.
    package var isSupported: Bool {
        switch self {
        case .start, .monitor, .grow, .incremental, .autoDetect: false
        default: true
        }
    }
}

/// Some modes.
package struct ModeSet: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The set of one.
    package init(_ mode: Mode) { rawValue = 1 << mode.rawValue }

    /// Whether `mode` is one of these.
    package func contains(_ mode: Mode) -> Bool { contains(ModeSet(mode)) }

    package static let start = ModeSet(.start)
    package static let manage = ModeSet(.manage)
    package static let assemble = ModeSet(.assemble)
    package static let build = ModeSet(.build)
    package static let create = ModeSet(.create)
    package static let misc = ModeSet(.misc)
    package static let monitor = ModeSet(.monitor)
    package static let grow = ModeSet(.grow)
    package static let incremental = ModeSet(.incremental)
    package static let join = ModeSet(.join)
    package static let leave = ModeSet(.leave)
    package static let candidate = ModeSet(.candidate)
    package static let nack = ModeSet(.nack)
    package static let agent = ModeSet(.agent)
    package static let status = ModeSet(.status)
    package static let resync = ModeSet(.resync)
    package static let undo = ModeSet(.undo)
    /// Every mode, and no mode at all.
    package static let all = ModeSet(rawValue: .max)
}
