package import MDBytes

/// `--misc` and the verbs that select it: actions, each with the operand it applies to, in the order
/// of the line. With `--scan` an action may stand without operand.
package struct MiscRequest: Hashable, Sendable {
    package var common: CommonOptions
    package var items: [Item] = []
    /// The action that was in force at the end of the line, for `--scan` without operands.
    package var lastAction: Action?

    package init(common: CommonOptions) { self.common = common }

    /// The actions of the line, in its order.
    package var actions: [Action] { items.isEmpty ? [lastAction ?? .probe] : items.map(\.action) }

    /// An action and its operand.
    package struct Item: Hashable, Sendable {
        package var action: Action
        package var operand: String

        package init(action: Action, operand: String) {
            self.action = action
            self.operand = operand
        }
    }

    /// What is to be done with an operand.
    package enum Action: Hashable, Sendable {
        case query, detail, examine, explain, examineBitmap, examineBadBlocks, zeroSuperblock
        case run, stop, readOnly, readWrite, wait, waitClean
        /// `--action=`: a word for sync_action.
        case sync(String)
        /// `--dump=` and `--restore=`: where the copies are.
        case dump(String)
        case restore(String)
        /// `--udev-rules`, and the file they go to.
        case udevRules(String?)
        /// `--misc DEV` with no action: is it an array at all?
        case probe

        /// Whether it only reports.
        package var isReading: Bool {
            [.query, .detail, .examine, .explain, .examineBitmap, .examineBadBlocks].contains(self)
        }
    }
}

/// The verbs that mdadm does not have.
package enum ClusterRequest: Hashable, Sendable {
    case candidate(CandidateRequest)
    case nack(common: CommonOptions, array: String)
    case join(JoinRequest)
    case leave(common: CommonOptions, array: String)
    /// Answers for this node until it is told to end.
    case agent(common: CommonOptions)
    /// Reports on the arrays with these paths, or on all shared ones.
    case status(common: CommonOptions, arrays: [String])

    /// The options of every verb.
    package var common: CommonOptions {
        switch self {
        case .candidate(let request): request.common
        case .join(let request): request.common
        case .nack(let common, _), .leave(let common, _), .agent(let common),
            .status(let common, _): common
        }
    }
}

/// `--candidate MD [--slot N --uuid U] [--timeout SECS]`; absent values come from the uevent's environment.
package struct CandidateRequest: Hashable, Sendable {
    package var common: CommonOptions
    package var array: String
    /// The device number that the initiator announced (uevent RAID_DISK).
    package var slot: Int?
    /// The device uuid that the initiator announced (uevent DEVICE_UUID).
    package var uuid: UUID?
    /// Seconds to look for the disk; nil for four fifths of the kernel's own window.
    package var timeout: Int?
    /// Whether to wait for what becomes of a confirmed disk, and to let go of one that another node refused.
    package var seesItThrough = false

    package init(common: CommonOptions, array: String) {
        self.common = common
        self.array = array
    }
}

/// `--join MD [DEV…] [--nodes=N] [--wait=SECS]`
package struct JoinRequest: Hashable, Sendable {
    package var common: CommonOptions
    package var array: String
    package var devices: [DeviceOperand] = []
    package var uuid: UUID?
    package var name: String?
    package var nodes: Int?
    /// Seconds to wait for the cluster; nil for the default.
    package var wait: Int?

    package init(common: CommonOptions, array: String) {
        self.common = common
        self.array = array
    }
}
