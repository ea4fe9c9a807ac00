package import MDBytes

/// Programs of one host that talk to each other over a socket in the file system: a packet asks, a packet answers.
package protocol LocalRequests: Sendable {
    /// Listens at `path`, where only root may connect, until the listener goes; a socket that is there already is
    /// replaced. Every request of at most 4 KiB gets the answer of `body`, which is called on a thread of the
    /// request's own, at most `limit` at once; more are turned away.
    func answerRequests(
        at path: String, atMost limit: Int, _ body: @Sendable @escaping ([UInt8]) -> [UInt8]
    ) throws(SystemCallError) -> any RequestListener

    /// Sends `request` to the program that listens at `path`, and waits for its answer of at most 64 KiB.
    /// ENOENT or ECONNREFUSED where nobody listens, ETIMEDOUT without an answer in time.
    func ask(_ path: String, _ request: [UInt8], within span: Milliseconds) throws(SystemCallError) -> [UInt8]
}

/// A socket that is listened at.
package protocol RequestListener: AnyObject, Sendable {
    /// Listens no more, and removes the socket; once is enough.
    func close()
}
