internal import MDLocks

/// The `NAME_locks` file of the DLM in debugfs: one lock to a line.
enum LockDump {
    /// Columns: id nodeid remid pid xid exflags flags sts grmode rqmode time_ms r_nodeid r_len r_name
    private enum Column { static let node = 1, process = 3, granted = 8, name = 13 }

    /// Who holds PW or stronger on `resource`, as far as this node knows: it knows its own locks, and
    /// everybody's where it is the resource's master.
    static func holder(of resource: String, in table: [UInt8]) -> ClusterFailure.Holder? {
        for line in String(decoding: table, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: Column.name)
            guard words.count > Column.name,
                words[Column.name].trimmed() == resource,
                let mode = Int32(words[Column.granted]), mode >= LockMode.protectedWrite.rawValue,
                let node = UInt32(words[Column.node]), let process = Int32(words[Column.process])
            else { continue }
            return node == 0
                ? ClusterFailure.Holder(node: nil, process: process)
                : ClusterFailure.Holder(node: node, process: nil)
        }
        return nil
    }
}

extension Substring {
    /// Without the quotes and blanks around it.
    fileprivate func trimmed() -> Substring {
        var text = self
        while let last = text.last, last == " " || last == "\"" { text.removeLast() }
        while let first = text.first, first == " " || first == "\"" { text.removeFirst() }
        return text
    }
}
