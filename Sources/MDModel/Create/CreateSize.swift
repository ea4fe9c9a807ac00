package import MDBytes
internal import MDFormats

/// The size of each member's share of the new array.
package enum CreateSize {
    /// What one device has to offer.
    package struct Offer: Hashable, Sendable {
        package var path: String
        package var deviceSize: Sectors
        /// Nil where the metadata alone does not fit.
        package var usable: Sectors?

        package init(path: String, deviceSize: Sectors, usable: Sectors?) {
            self.path = path
            self.deviceSize = deviceSize
            self.usable = usable
        }
    }

    /// What is wrong with a device for an array of this size.
    package enum Misfit: Hashable, Sendable {
        case tooSmallForMetadata(String, deviceSize: Sectors)
        case noFreeSpace(String)
        case smallerThanAsked(String, usable: Sectors, asked: Sectors)
    }

    /// The outcome: the component size, zero where every member uses all of itself.
    package struct Outcome: Hashable, Sendable {
        package var componentSize: Sectors = .zero
        package var misfits: [Misfit] = []
        /// The largest device, where it is more than one per cent too large.
        package var wasteful: String?
        /// What `-v` calls the size that was set, nil where none was worked out.
        package var chosen: Sectors?
    }

    /// The size to be asked for, rounded to chunks; nil for "as much as there is".
    package static func asked(_ choice: SizeChoice?, chunk: Sectors) throws(CreateRefusal) -> Sectors? {
        guard case .sectors(let size) = choice else { return nil }
        let rounded = size.masked(to: chunk.rawValue)
        guard rounded > .zero else { throw .sizeBelowChunk }
        return rounded
    }

    /// Weighs the devices' offers against each other and what was asked.
    package static func weigh(_ offers: [Offer], asked: Sectors?, shape: CreateShape) -> Outcome {
        var outcome = Outcome()
        var least: Sectors?
        var most: (String, Sectors)?
        for offer in offers {
            guard let whole = offer.usable else {
                outcome.misfits.append(.tooSmallForMetadata(offer.path, deviceSize: offer.deviceSize))
                continue
            }
            let usable = whole.masked(to: shape.chunk.rawValue)
            if usable == .zero {
                outcome.misfits.append(.noFreeSpace(offer.path))
            } else if let asked, usable < asked {
                outcome.misfits.append(.smallerThanAsked(offer.path, usable: usable, asked: asked))
            }
            if least.map({ usable < $0 }) ?? true { least = usable }
            if most.map({ usable > $0.1 }) ?? true { most = (offer.path, usable) }
        }
        guard outcome.misfits.isEmpty, let least, let most else { return outcome }
        // Levels that use all of each member still record a size that was asked for.
        if asked == nil, shape.hasNoComponentSize { return outcome }
        var size = asked ?? least
        if asked == nil, shape.level == .raid1 {
            // Whole 64 KiB, so that a later change to raid5 has room for its chunks.
            let rounded = size.roundedDown(to: 128)
            if rounded > .zero { size = rounded }
        }
        outcome.componentSize = size
        if asked == nil { outcome.chosen = size }
        let (excess, overflow) = (most.1.rawValue - min(size, most.1).rawValue).multipliedReportingOverflow(by: 100)
        if shape.level.rawValue > 0, overflow || excess > most.1.rawValue { outcome.wasteful = most.0 }
        return outcome
    }
}
