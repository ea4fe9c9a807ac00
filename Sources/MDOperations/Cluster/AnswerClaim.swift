internal import MDBytes
package import MDKernel

/// Who answers an announcement of this host's kernel: the agent or the udev rule, whichever comes first.
///
/// Both hear every announcement. A second answer would do no harm while the first transaction lasts, but a "no" that
/// comes late would hit the next one. So each takes the announcement's number (SEQNUM, which only grows) before it
/// answers, and leaves alone what somebody has taken.
package struct AnswerClaim<K: Kernel> {
    private let kernel: K

    package init(kernel: K) { self.kernel = kernel }

    private static var patience: Milliseconds { .seconds(1) }

    /// Takes announcement `sequence` of the array with this kernel name. True where it is ours to answer; also
    /// where that cannot be found out, since no answer at all is worse than two.
    package func take(_ sequence: UInt64, of array: String) -> Bool {
        let record = AgentFiles.answered(array)
        do throws(SystemCallError) {
            let held = try kernel.lock(file: AgentFiles.answersLock, timeout: Self.patience)
            return try withExtendedLifetime(held) { () throws(SystemCallError) in
                if let last = last(record), last >= sequence { return false }
                try kernel.replace(file: record, with: Array("\(sequence)\n".utf8), mode: 0o600)
                return true
            }
        } catch { return true }
    }

    private func last(_ record: String) -> UInt64? {
        guard let bytes = try? kernel.read(file: record, limit: 32) else { return nil }
        return UInt64(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}
