/// What a create verb tells while it runs.
package enum CreateNotice: Hashable, Sendable {}

/// What `--create` asks before it goes on.
package enum CreateQuestion: Hashable, Sendable {
    /// Something odd was found on the devices; go on all the same?
    case continueCreating
}
