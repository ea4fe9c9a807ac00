package import MDBytes
package import MDKernel
package import MDModel

/// Asks the agents of all nodes before a disk is added: what they would refuse later is known before a byte of the
/// disk is written.
package struct Preflight<K: Kernel> {
    private let kernel: K

    package init(kernel: K) { self.kernel = kernel }

    /// Longer than the agent gives the others.
    private static var patience: Milliseconds { .seconds(3) }

    /// What the nodes say of the array, and of `device` unless that is nil. Nodes of the array where no agent runs are
    /// `silent`. By ascending node id.
    package func ask(array: UUID, device: DeviceNumber?, atLeast size: Sectors) -> AgentsView {
        let disk = device.flatMap(identity)?.digest ?? .zero
        let request = AgentRequest.look(array: array, disk: disk, mebibytes: UInt32(clamping: size.rawValue >> 11))
        let packet: [UInt8]
        do throws(SystemCallError) {
            packet = try kernel.ask(AgentFiles.socket, request.packet, within: Self.patience)
        } catch {
            return error.errno == .noEntry || error.errno == .refused ? .none : .unable
        }
        guard case .nodes(var answers)? = AgentAnswer(reading: packet) else { return .unable }
        for node in ClusterConfiguration(kernel: kernel).nodes(of: array.dashedText) ?? []
        where !answers.contains(where: { $0.node == node.id }) {
            answers.append(NodeAnswer(node: node.id, .silent))
        }
        return .nodes(answers.sorted { $0.node < $1.node })
    }

    private func identity(of device: DeviceNumber) -> DiskIdentity? {
        BlockDirectory(of: device, kernel: kernel).flatMap { DiskIdentity(of: $0.name, kernel: kernel) }
    }
}

/// What agents say of an array.
package enum AgentsView: Hashable, Sendable {
    /// None runs on this node.
    case none
    /// The one of this node cannot ask the others now.
    case unable
    /// What each node says.
    case nodes([NodeAnswer])

    /// The nodes' answers; none where nobody was asked.
    package var answers: [NodeAnswer] {
        if case .nodes(let answers) = self { answers } else { [] }
    }
}
