package import MDBytes
package import MDModel

/// How long `--wait` rests before it looks again, and when it has waited enough.
package struct SyncPatience {
    /// Whether a sync was seen, or an array that somebody froze for one.
    package private(set) var hasWaited = false
    private let isWatched: Bool
    private var frozenRounds = 0
    private var dueSince: Instant?

    /// `isWatched`: somebody looks at a bar, which moves every second.
    package init(isWatched: Bool) { self.isWatched = isWatched }

    /// Nil where there is nothing to wait for: neither a sync, nor, for a while, an array that is frozen or a rebuild
    /// that is due. Both may stay so for ever, and are often over in a moment: `--add` freezes, thaws, and ends
    /// before the driver has begun.
    package mutating func rest(_ entry: Mdstat.Entry?, isFrozen: Bool, now: Instant) -> Milliseconds? {
        let round: Milliseconds = isWatched ? .seconds(1) : .seconds(5)
        if entry?.action != nil {
            (frozenRounds, dueSince, hasWaited) = (0, nil, true)
            return round
        }
        if isFrozen {
            guard frozenRounds < (isWatched ? 15 : 3) else { return nil }
            (frozenRounds, hasWaited) = (frozenRounds + 1, true)
            return round
        }
        let since = dueSince ?? now
        guard entry?.awaitsRecovery ?? false, now.since(since) < .seconds(1) else { return nil }
        dueSince = since
        return Milliseconds(50)
    }
}
