internal import MDBytes
package import MDFormats
package import MDKernel

/// What a report needs to know of the host it is printed on.
package struct Surroundings: Sendable {
    /// The home host; arrays named after it are local.
    package let homeHost: String?
    private let localTime: @Sendable (Int64) -> LocalTime

    package init(homeHost: String?, localTime: @escaping @Sendable (Int64) -> LocalTime) {
        self.homeHost = homeHost
        self.localTime = localTime
    }

    /// Seconds since the epoch as ctime(3) prints them.
    package func date(_ seconds: some BinaryInteger) -> String {
        localTime(Int64(truncatingIfNeeded: seconds)).text
    }

    /// An array's stored name with a remark where it is local: `node1:0  (local to host node1)`.
    package func described(name: [UInt8]) -> String {
        let text = name.escapedText
        guard let host = homeHost, (1...31).contains(host.utf8.count),
            name.starts(with: Array("\(host):".utf8))
        else { return text }
        return "\(text)  (local to host \(host.escapedText))"
    }

    /// The uuid of metadata 0.90 with the same remark: its second half tells the host.
    package func described(uuid superblock: SuperblockV0) -> String {
        let text = superblock.uuidText
        guard let host = homeHost, superblock.arrayUUID.bytes[8...].elementsEqual(SHA1.digest(host.utf8).prefix(8))
        else { return text }
        return "\(text) (local to host \(host.escapedText))"
    }
}
