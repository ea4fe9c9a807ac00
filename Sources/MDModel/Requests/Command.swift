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
