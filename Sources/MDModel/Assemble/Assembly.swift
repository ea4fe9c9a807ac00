package import MDBytes
package import MDFormats

/// How one array is to be put together: which member is fresh, who leads, in which order they are added,
/// and whether the array may start.
package struct Assembly: Hashable, Sendable {
    /// What the user allows.
    package struct Terms: Hashable, Sendable {
        package var force = false
        /// `--run`: start whatever is there.
        package var run = false
        /// `--no-degraded`
        package var noDegraded = false
        /// Nobody listed the devices, so a missing one is no mistake of the user's.
        package var acceptsPartial = false

        package init() {}
    }

    /// One member in its place.
    package struct Member: Hashable, Sendable {
        /// The place in the list of candidates.
        package let index: Int
        package let path: String
        package let device: DeviceNumber
        package let isIncluded: Bool
        package var superblock: MemberSuperblock
        package var standing: Standing
        /// `--force` changed the superblock: it is to be written.
        package var isRewritten = false

        /// The slot it is for; nil for spares and the like.
        package var slot: Int? {
            if case .active(let slot) = superblock.ownRole { slot } else { nil }
        }
        /// It is to take the place of the member in its slot.
        package var isReplacement: Bool { superblock.isReplacement }
        /// It holds only part of its data.
        package var isRecovering: Bool { superblock.isRecovering }
    }

    /// What a member is worth.
    package enum Standing: Hashable, Sendable {
        case upToDate, stale, spare, journal, faulty
        /// It thinks that the freshest member has failed.
        case disputing
    }

    /// Something that happened to the candidates while the plan was made.
    package enum Remark: Hashable, Sendable {
        case disputes(path: String, freshest: String)
        case forcedEvents(path: String, slot: Int, from: UInt64, to: UInt64)
        case noFreshMember(slot: Int)
        case clearedFaulty(index: Int, path: String)
        /// The leader calls a fresh member something else than the member itself does.
        case rolesDiffer(slot: Int, path: String)
        /// `--force` changed what the leader says of the array: which members are in it, or that it is clean.
        case leaderRewritten
    }

    /// Whether the array is to start, or why not.
    package enum Verdict: Hashable, Sendable {
        case start
        /// `--run` insists although there are too few members.
        case startHopeless
        case notEnough
        case notEnoughWhileDirty
        /// More members are known to work than are here.
        case wantsMore(needed: Int)
        /// `--no-degraded`
        case heldBack
    }

    /// Why there is no plan.
    package enum Refusal: Error, Hashable, Sendable {
        /// No member can lead.
        case noLeader
        /// The number of slots is one no array can have.
        case damaged(path: String)
        /// Two devices of 0.90 are equally fresh in one slot: the same disk twice, or a disk and its partition.
        case alike(String, String)
    }

    /// In the order in which they are added: by slot, spares behind, the leader last.
    package private(set) var members: [Member] = []
    package private(set) var remarks: [Remark] = []
    package private(set) var verdict = Verdict.notEnough
    /// Slots with a complete and fresh member, whether or not the driver took it.
    package private(set) var available: Set<Int> = []
    /// Complete members whose slots have another one: what a replacement and the member it replaces are for a moment.
    private var doubled = 0
    /// How many of them all the driver refused.
    private var lost = 0
    /// Members with all their data that are in the array.
    package var present: Int { available.count + doubled - lost }
    package private(set) var rebuilding = 0
    package private(set) var spares = 0
    package private(set) var journals = 0
    /// Whether a write journal is there that ends where the members do.
    private var hasFreshJournal = false
    /// Whether what the journal held is lost: it is missing or stale.
    package var lacksJournal: Bool { leader.superblock.hasJournal && !hasFreshJournal }
    /// Slots, those included that a reshape is about to take away.
    package let raidDisks: Int
    package let level: Level
    private let terms: Terms
    /// Whether `--force` was given.
    package var isForced: Bool { terms.force }
    /// Whether `--force` lifted a stale member or took the array for clean, so that parity may disagree with the data.
    package var wasForced: Bool {
        remarks.contains { remark in
            switch remark {
            case .forcedEvents, .leaderRewritten: true
            default: false
            }
        }
    }

    /// Whether every slot has its member, and nothing had to be decided or mended for it.
    package var isWhole: Bool {
        verdict == .start && remarks.isEmpty && reshapeHazard == nil && available.count == raidDisks && !lacksJournal
            && members.allSatisfy { !$0.isRewritten && !$0.isIncluded }
    }

    /// Whether the members that are here suffice, or are to.
    package var isToStart: Bool { verdict == .start || verdict == .startHopeless }

    /// Why a reshape must not go on by itself; nil where it may, and where there is none.
    package var reshapeHazard: Reshape.Hazard? { Reshape(leader.superblock)?.hazard }

    /// Whether the driver must not go on with a reshape before somebody keeps copies. One that adds disks needs none
    /// once it has begun.
    package var waitsForCopies: Bool {
        Reshape(leader.superblock).map { $0.hazard != nil && $0.deltaDisks <= 0 } ?? false
    }

    /// Records that a reshape stands elsewhere; the members that have its data are to be told.
    package mutating func moveReshape(to position: UInt64) {
        for place in members.indices where members[place].standing == .upToDate {
            members[place].superblock.set(reshapePosition: position)
            members[place].isRewritten = true
        }
    }

    /// Records that all superblocks are written.
    package mutating func noteWritten() {
        for place in members.indices { members[place].isRewritten = false }
    }

    /// The member whose superblock describes the array.
    package var leader: Member { members[members.count - 1] }

    package init(of candidates: [AssemblyFinding], version: MemberSuperblock.Choice?, terms: Terms)
        throws(Refusal)
    {
        self.terms = terms
        var found: [Member] = []
        for (index, candidate) in candidates.enumerated() {
            guard let superblock = candidate.superblock(at: version) else { continue }
            found.append(
                Member(
                    index: index, path: candidate.path, device: candidate.device,
                    isIncluded: candidate.isIncluded, superblock: superblock, standing: .stale))
        }
        guard let first = found.first else { throw .noLeader }
        raidDisks = first.superblock.slotCount
        level = first.superblock.level
        guard (1...SuperblockV1.deviceLimit).contains(raidDisks) else { throw .damaged(path: first.path) }
        members = try Self.onePerPlace(found, raidDisks: raidDisks)
        judge(force: terms.force)
        if terms.force { lift() }
        choose(force: terms.force)
        verdict = decide()
    }

    /// A member that is left out because others are newer; nil where there is none.
    package var outOfDate: String? {
        let disputing = remarks.lazy.compactMap { if case .disputes(let path, _) = $0 { path } else { nil } }
        return members.first { $0.standing == .stale }?.path ?? disputing.first
    }

    /// Counts a member out that the driver did not take, and decides anew. Whether the others suffice is left to the
    /// driver, as mdadm does.
    package mutating func lose(_ member: Member) {
        switch member.standing {
        case .upToDate where !member.isRecovering: lost += 1
        case .upToDate where member.isRecovering: rebuilding -= 1
        case .spare: spares -= 1
        case .journal: journals -= 1
        default: break
        }
        verdict = decide()
    }

    /// Orders by place. Of two members in one place the one with more events stays, or the first.
    private static func onePerPlace(_ found: [Member], raidDisks: Int) throws(Refusal) -> [Member] {
        var places: [Int: Member] = [:]
        var next = 2 * raidDisks
        for member in found {
            guard let slot = member.slot, slot < raidDisks else {
                places[next] = member
                next += 1
                continue
            }
            let place = 2 * slot + (member.isReplacement ? 1 : 0)
            if let other = places[place] {
                let isTie = other.superblock.events == member.superblock.events
                if isTie, member.superblock.version1 == nil, other.device != member.device {
                    throw .alike(other.path, member.path)
                }
                if other.superblock.events >= member.superblock.events { continue }
            }
            places[place] = member
        }
        return places.sorted { $0.key < $1.key }.map(\.value)
    }
}

extension Assembly {
    /// The freshest member: the first, in the user's order, of those with most events.
    private var freshest: Member {
        var best: Member?
        for member in members.sorted(by: { $0.index < $1.index }) where member.slot != nil {
            if best.map({ member.superblock.events > $0.superblock.events }) ?? true { best = member }
        }
        return best ?? members[0]
    }

    private mutating func judge(force: Bool) {
        let freshest = freshest
        let events = freshest.superblock.events
        for place in members.indices {
            let superblock = members[place].superblock
            switch superblock.ownRole {
            case .spare: members[place].standing = .spare
            case .faulty: members[place].standing = .faulty
            case .journal:
                members[place].standing = .journal
                if Self.isClose(superblock.events, to: events) { hasFreshJournal = true }
            // Of a slot that the array has no longer, mdadm says so and lets the driver make it a spare.
            case .active(let slot) where slot >= raidDisks:
                members[place].standing = .spare
            case .active:
                members[place].standing = Self.isClose(superblock.events, to: events) ? .upToDate : .stale
                let opinion = superblock.role(of: freshest.superblock.deviceNumber)
                // The driver writes a member that is gone as a spare, one that failed as faulty.
                if !force, !Self.isActive(opinion) {
                    members[place].standing = .disputing
                    remarks.append(.disputes(path: members[place].path, freshest: freshest.path))
                }
            }
        }
        count()
    }

    /// One event behind is as good as none.
    private static func isClose(_ events: UInt64, to newest: UInt64) -> Bool {
        events &+ 1 >= newest && events <= newest
    }

    private static func isActive(_ role: SuperblockV1.Role) -> Bool {
        if case .active = role { true } else { false }
    }

    private mutating func count() {
        available = []
        (rebuilding, doubled) = (0, 0)
        let fresh = members.filter { $0.standing == .upToDate }
        for member in fresh {
            guard let slot = member.slot else { continue }
            if member.isRecovering {
                rebuilding += 1
            } else if !available.insert(slot).inserted {
                doubled += 1
            }
        }
        spares = members.count { $0.standing == .spare }
        journals = members.count { $0.standing == .journal }
    }

    /// Gives the newest stale members the events of the freshest, until the array can run or none is left.
    private mutating func lift() {
        let freshest = freshest
        let target = freshest.superblock.events
        while !isEnough(isClean: true) {
            let stale = members.indices.filter {
                members[$0].standing == .stale && !members[$0].isRecovering && !members[$0].isReplacement
                    && members[$0].superblock.reshapePosition == freshest.superblock.reshapePosition
            }
            guard let newest = stale.map({ members[$0].superblock.events }).max() else { return }
            for place in stale where members[place].superblock.events == newest {
                guard !available.contains(members[place].slot ?? -1) else { continue }
                remarks.append(
                    .forcedEvents(
                        path: members[place].path, slot: members[place].slot ?? 0, from: newest, to: target))
                members[place].superblock.set(events: target)
                members[place].isRewritten = true
                members[place].standing = .upToDate
            }
            count()
        }
    }

    /// Whether the members would do, were the array clean.
    package var isEnoughWhenClean: Bool { isEnough(isClean: true) }

    private func isEnough(isClean: Bool) -> Bool {
        Sufficiency.isEnough(
            level: level, raidDisks: raidDisks, layout: members[0].superblock.layout, isClean: isClean,
            available: available)
    }
}

extension Assembly {
    /// Moves the leader to the end and mends what it says of the others.
    private mutating func choose(force: Bool) {
        let fresh = members.filter { $0.standing == .upToDate }
        let events = fresh.map(\.superblock.events).max()
        // Where nobody is fresh the array cannot start, but somebody must tell what it is.
        let best = members.indices.filter {
            members[$0].standing == .upToDate && members[$0].superblock.events == events
        }
        let place = best.first { !members[$0].isReplacement } ?? best.first ?? 0
        members.append(members.remove(at: place))
        let last = members.count - 1
        members = members.enumerated().filter { place, member in
            place == last || member.standing != .disputing && member.standing != .faulty
        }.map(\.element)
        for slot in 0..<raidDisks where !members.contains(where: { $0.slot == slot && !$0.isReplacement }) {
            remarks.append(.noFreshMember(slot: slot))
        }
        var image = leader.superblock
        for member in fresh
        where image.role(of: member.superblock.deviceNumber) != member.superblock.ownRole {
            guard force else {
                remarks.append(.rolesDiffer(slot: member.slot ?? 0, path: member.path))
                continue
            }
            remarks.append(.clearedFaulty(index: member.index, path: member.path))
            image.setRole(member.superblock.ownRole, of: member.superblock.deviceNumber)
        }
        for member in members {
            guard let slot = member.slot, slot >= raidDisks else { continue }
            guard force else {
                remarks.append(.rolesDiffer(slot: slot, path: member.path))
                continue
            }
            remarks.append(.clearedFaulty(index: member.index, path: member.path))
            image.setRole(.spare, of: member.superblock.deviceNumber)
        }
        if force, level.hasParity, !image.isClean, !isEnough(isClean: false) {
            image.markClean()
        }
        if image != leader.superblock {
            remarks.append(.leaderRewritten)
            members[members.count - 1].superblock = image
            members[members.count - 1].isRewritten = true
        }
        for place in members.indices where members[place].isRewritten { members[place].superblock.seal() }
    }

    private func decide() -> Verdict {
        let needed = leader.superblock.workingSlots
        let isClean =
            leader.superblock.isClean || leader.superblock.hasPPL || leader.superblock.hasJournal && hasFreshJournal
        guard isEnough(isClean: isClean) else {
            if terms.run { return .startHopeless }
            if terms.noDegraded { return .heldBack }
            return isEnough(isClean: true) ? .notEnoughWhileDirty : .notEnough
        }
        if terms.run || present + rebuilding >= needed { return .start }
        if terms.noDegraded { return .heldBack }
        return terms.acceptsPartial || terms.force ? .start : .wantsMore(needed: needed)
    }
}

extension SuperblockV1 {
    /// Device numbers of a role table at most, hence slots of an array.
    package static let deviceLimit = 1920
}
