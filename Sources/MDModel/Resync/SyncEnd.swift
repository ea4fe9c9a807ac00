package import MDBytes

/// How a sync that was followed ended.
package enum SyncEnd: Hashable, Sendable {
    /// `mismatches` are sectors; nil where nothing was compared.
    case done(SyncState.Kind?, mismatches: UInt64?)
    case interrupted(SyncState.Kind?, at: Sectors?, Cause)

    /// What ended it too early.
    package enum Cause: Hashable, Sendable {
        case paused
        case memberFailed
        case readOnly
        case arrayStopped
        /// Somebody wrote `idle`, or the kernel gave up.
        case unknown
    }

    /// From how it was when it last ran, and how it is now; nil for an array that is gone. `log` is what the kernel
    /// said meanwhile.
    package init(_ before: SyncState, now: SyncState?, log: [String] = [], array: String = "") {
        let kind = before.kind
        guard let now, now.facts.isActive else {
            self = .interrupted(kind, at: before.done, .arrayStopped)
            return
        }
        // What another node does by hand leaves no trace here.
        let isLogged = before.standing != .remote && Self.saysInterrupted(log, array)
        guard isLogged || now.isInterrupted(kind, before: before) else {
            self = .done(kind, mismatches: kind?.isByHand == true ? now.facts.mismatches : nil)
            return
        }
        let cause: Cause
        if now.isFrozen {
            cause = .paused
        } else if now.facts.failures > before.facts.failures || now.facts.degraded > before.facts.degraded {
            cause = .memberFailed
        } else {
            cause = now.facts.arrayState == "readonly" ? .readOnly : .unknown
        }
        self = .interrupted(kind, at: now.done ?? before.done, cause)
    }
}

extension SyncEnd {
    /// Whether the kernel's last word on a sync of the array is `md: md0: check interrupted.`
    private static func saysInterrupted(_ log: [String], _ array: String) -> Bool {
        log.last { line in
            line.hasPrefix("md: \(array): ") && (line.hasSuffix("interrupted.") || line.hasSuffix("done."))
        }?.hasSuffix("interrupted.") ?? false
    }
}

extension SyncFacts {
    var failures: Int { members.count { $0.isFaulty } }
}

extension SyncState {
    fileprivate func isInterrupted(_ kind: Kind?, before: SyncState) -> Bool {
        switch kind {
        case .check?, .repair?: self.kind == kind || facts.failures > before.facts.failures
        case .resync?: facts.resyncStart != nil
        case .recover?: facts.members.contains(where: \.isRebuilding) || facts.failures > before.facts.failures
        case .reshape?: facts.isReshaping
        case nil: false
        }
    }
}
