package import MDBytes

/// Names of lockspaces that belong to an array.
package enum LockspaceName {
    /// The one of the library's members. Never the kernel's: the two have value blocks of different lengths, and
    /// the kernel does not check that (cluster-facts 4.6).
    package static func library(of array: UUID) -> String { "swmd-" + array.bytes.hexText }

    /// The one that the kernel's md-cluster makes (`%pU`).
    package static func kernel(of array: UUID) -> String { array.dashedText }
}

/// The name of something to lock: at most 64 bytes of any kind (DLM_RESNAME_MAXLEN).
package struct ResourceName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package static let longest = 64

    /// 1 to 64 bytes.
    package let bytes: [UInt8]

    /// Nil for no byte and for more than 64.
    package init?(_ bytes: [UInt8]) {
        guard (1...Self.longest).contains(bytes.count) else { return nil }
        self.bytes = bytes
    }

    /// A name that is part of a protocol of ours: 1 to 64 bytes.
    package init(_ name: StaticString) {
        precondition((1...Self.longest).contains(name.utf8CodeUnitCount), "a resource's name has 1 to 64 bytes")
        bytes = Array(name.description.utf8)
    }

    /// One of a family of resources: `prefix` and the number in four digits or more (`bitmap0003`), as
    /// md-cluster writes it. The prefix has at most 44 bytes.
    package init(_ prefix: StaticString, _ number: Int) {
        precondition(number >= 0 && prefix.utf8CodeUnitCount <= 44, "prefix and number must fit into a name")
        let digits = Array(String(number).utf8)
        let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: max(0, 4 - digits.count))
        bytes = Array(prefix.description.utf8) + zeros + digits
    }

    package static func < (left: ResourceName, right: ResourceName) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    package var description: String { String(decoding: bytes, as: UTF8.self) }
}

/// A lock, by the number that its holder gave it: unique among the locks that holder has or is asking for, and
/// free again after the event that says that the lock is gone.
package struct LockIdentifier: RawRepresentable, Hashable, Comparable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package init(_ number: Int) { rawValue = UInt32(number) }

    package static func < (left: LockIdentifier, right: LockIdentifier) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// A node of the cluster, by corosync's node id: greater than zero.
package struct NodeIdentifier: RawRepresentable, Hashable, Comparable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package init(_ number: Int) { rawValue = UInt32(number) }

    package static func < (left: NodeIdentifier, right: NodeIdentifier) -> Bool {
        left.rawValue < right.rawValue
    }
}
