package import MDBytes
internal import MDFormats

/// What was found on a device that might be a member.
package struct AssemblyFinding: Hashable, Sendable {
    package var path: String
    package var device: DeviceNumber
    /// Superblocks, at most one a place; empty for a device without.
    package var superblocks: [MemberSuperblock]
    /// Whether the device could be opened and read at all.
    package var isReadable: Bool
    /// Whether somebody else holds it.
    package var isBusy: Bool
    /// Whether it sits in the array already.
    package var isIncluded: Bool

    package init(
        path: String, device: DeviceNumber, superblocks: [MemberSuperblock], isReadable: Bool = true,
        isBusy: Bool = false, isIncluded: Bool = false
    ) {
        self.path = path
        self.device = device
        self.superblocks = superblocks
        self.isReadable = isReadable
        self.isBusy = isBusy
        self.isIncluded = isIncluded
    }

    /// The newest superblock by creation time of those that count; the first of several as new. Without a choice
    /// 0.90 in the other byte order does not count.
    package func superblock(at version: MemberSuperblock.Choice?) -> MemberSuperblock? {
        var newest: MemberSuperblock?
        for superblock in superblocks {
            guard version?.admits(superblock) ?? (superblock.choice != .version0(.foreign)) else { continue }
            if newest.map({ superblock.creationStamp > $0.creationStamp }) ?? true { newest = superblock }
        }
        return newest
    }
}

/// Which of the devices that were found are to make up one array.
package struct AssemblySelection: Hashable, Sendable {
    /// By which rules devices are chosen.
    package struct Rules: Hashable, Sendable {
        package var identity: ArrayIdentity
        package var homeHost: HomeHost
        /// Nobody named an array: sets of devices are taken one after the other.
        package var isAutomatic: Bool
        /// The devices were on the command line.
        package var isExplicit: Bool

        package init(identity: ArrayIdentity, homeHost: HomeHost, isAutomatic: Bool, isExplicit: Bool) {
            self.identity = identity
            self.homeHost = homeHost
            self.isAutomatic = isAutomatic
            self.isExplicit = isExplicit
        }
    }

    /// Something about one device that the user may want to know.
    package enum Remark: Hashable, Sendable {
        /// It could not be read; the reason was learnt when that was tried.
        case unreadable
        /// No superblock at any place, or none at the one that counts.
        case noSuperblock(MemberSuperblock.Choice?)
        /// It has one, but not at all places that were to be looked at.
        case otherPlaces
        case mismatch(ArrayIdentity.Mismatch)
        case busy
        /// Another host's array, while one of this host was named too.
        case wrongHomeHost
        /// This host's array, which throws out those picked before.
        case rightHomeHost

        /// Whether it holds for every array: the device is no member of any.
        package var isFinal: Bool {
            switch self {
            case .unreadable, .noSuperblock: true
            case .otherPlaces, .mismatch, .busy, .wrongHomeHost, .rightHomeHost: false
            }
        }
    }

    /// Why nothing may be assembled from these devices.
    package enum Refusal: Hashable, Sendable {
        case noSuperblock(path: String)
        case differs(path: String)
    }

    /// A remark and the device it is about.
    package struct Told: Hashable, Sendable {
        package var path: String
        package var remark: Remark
    }

    package private(set) var chosen: [AssemblyFinding] = []
    /// The place of the superblock on every member.
    package private(set) var version: MemberSuperblock.Choice?
    package private(set) var remarks: [Told] = []
    package private(set) var refusal: Refusal?

    /// Walks the devices in order. The first that fits is what the others are held against.
    package init(of findings: [AssemblyFinding], under rules: Rules) {
        version = rules.identity.version
        for finding in findings {
            guard refusal == nil else { return }
            consider(finding, rules)
        }
    }

    private mutating func tell(_ finding: AssemblyFinding, _ remark: Remark) {
        remarks.append(Told(path: finding.path, remark: remark))
    }

    private mutating func consider(_ finding: AssemblyFinding, _ rules: Rules) {
        if rules.identity.shutsOut(path: finding.path), !finding.isIncluded {
            return tell(finding, .mismatch(.notListed(patterns: rules.identity.patterns)))
        }
        guard let superblock = finding.superblock(at: version) else {
            tell(finding, finding.isReadable ? .noSuperblock(version) : .unreadable)
            if rules.isExplicit, !rules.identity.hasFilter { refusal = .noSuperblock(path: finding.path) }
            return
        }
        if version == .version1(nil) { tell(finding, .otherPlaces) }
        if let mismatch = rules.identity.mismatch(of: superblock, homeHost: rules.homeHost) {
            return tell(finding, .mismatch(mismatch))
        }
        guard !finding.isBusy || finding.isIncluded else { return tell(finding, .busy) }
        guard let reference = chosen.first?.superblock(at: version) else { return take(finding, superblock) }
        if superblock.describesSameArray(as: reference) { return take(finding, superblock) }
        guard !rules.isAutomatic else { return }
        switch (reference.isLocal(to: rules.homeHost), superblock.isLocal(to: rules.homeHost)) {
        case (true, false): tell(finding, .wrongHomeHost)
        case (false, true):
            tell(finding, .rightHomeHost)
            chosen = []
            take(finding, superblock)
        default: refusal = .differs(path: finding.path)
        }
    }

    private mutating func take(_ finding: AssemblyFinding, _ superblock: MemberSuperblock) {
        version = superblock.choice
        chosen.append(finding)
    }
}
