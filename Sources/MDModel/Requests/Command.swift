/// What a command line asks for, once every word of it was understood.
package enum Command: Hashable, Sendable {
    case create(CreateRequest)
    case build(BuildRequest)
    case assemble(AssembleRequest)
    case manage(ManageRequest)
    case misc(MiscRequest)
    case cluster(ClusterRequest)
    case resync(ResyncRequest)
    case undo(UndoRequest)
}

extension Command {
    /// The options that it has in common with all others.
    package var common: CommonOptions {
        switch self {
        case .create(let request): request.common
        case .assemble(let request): request.common
        case .manage(let request): request.common
        case .misc(let request): request.common
        case .cluster(let request): request.common
        case .resync(let request): request.common
        case .undo(let request): request.common
        case .build(let request): request.common
        }
    }

    /// Whether it only looks.
    package var isReading: Bool {
        switch self {
        case .misc(let request): request.actions.allSatisfy(\.isReading)
        case .cluster(.status): true
        case .resync(let request): request.verb == nil
        case .undo(let request): request.entry == nil
        default: false
        }
    }
}
