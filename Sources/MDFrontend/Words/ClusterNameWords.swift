internal import MDBytes

/// The name of a cluster in a report's column.
package enum ClusterWords {
    /// The name in a field of 64, filled with blanks behind.
    package static func field(_ name: [UInt8]) -> String {
        let text = name.escapedText
        return text + String(repeating: " ", count: max(0, 64 - name.count))
    }
}
