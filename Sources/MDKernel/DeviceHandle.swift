/// Closes what it handed out.
package protocol HandleOwner: Sendable {
    /// Releases `token`. Called exactly once for each handle.
    func close(token: Int32)
}

/// An open device or file; closed when the last reference goes.
package final class DeviceHandle: Sendable {
    /// What the owner knows the open file by; for the real kernel the descriptor.
    package let token: Int32
    /// The path it was opened by, for messages.
    package let path: String
    private let owner: any HandleOwner

    package init(token: Int32, path: String, owner: any HandleOwner) {
        self.token = token
        self.path = path
        self.owner = owner
    }

    deinit { owner.close(token: token) }
}
