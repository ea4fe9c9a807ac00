/// The six modes of a DLM lock, weakest first (DLM_LOCK_NL … DLM_LOCK_EX).
package enum LockMode: Int32, Hashable, Comparable, CaseIterable, Sendable {
    case null, concurrentRead, concurrentWrite, protectedRead, protectedWrite, exclusive

    package static func < (left: LockMode, right: LockMode) -> Bool {
        left.rawValue < right.rawValue
    }

    /// Whether two holders may have these modes on one resource at the same time.
    package func isCompatible(with other: LockMode) -> Bool {
        switch (min(self, other), max(self, other)) {
        case (.null, _): true
        case (.concurrentRead, let stronger): stronger != .exclusive
        case (.concurrentWrite, .concurrentWrite): true
        case (.protectedRead, .protectedRead): true
        default: false
        }
    }
}
