/// Where agents and verbs of a node meet.
package enum AgentFiles {
    private static let directory = "/run/swmdadm"

    /// The socket at which the agent answers verbs.
    package static let socket = directory + "/cluster-agent.socket"
    /// So many verbs may ask at the same time; more are turned away.
    package static let askerLimit = 8
    /// Locked by the one agent of a node.
    package static let lock = directory + "/cluster-agent.lock"
    /// Locked by whoever looks whether an announcement is answered.
    static let answersLock = directory + "/answers.lock"

    /// The number of the last announcement of the array that somebody has taken.
    static func answered(_ array: String) -> String { "\(directory)/answered-\(array)" }
}
