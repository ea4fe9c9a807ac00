internal import MDFormats

/// The verdict on an array. Pure: from what was gathered.
extension ArrayEvidence {
    /// What is the matter with it, and what to do.
    package var explanation: Explanation { level.map(running) ?? notRunning }

    private func running(_ level: Level) -> Explanation {
        let held = Set(members.filter { $0.state.contains("in_sync") }.compactMap(\.slot))
        let missing = (0..<max(raidDisks, 0)).filter { !held.contains($0) }
        guard !missing.isEmpty else { return full }
        let isEnough = Sufficiency.isEnough(
            level: level, raidDisks: raidDisks, layout: layout, isClean: true, available: held)
        guard isEnough else {
            return Explanation(.failed(slots: missing), byForce(isActive: true) ?? [.find(slots: missing)])
        }
        if action == "recovery", !isFrozen {
            return Explanation(.rebuilding(slots: missing, waiting: waiting), [.wait])
        }
        return Explanation(.degraded(slots: missing), ways(out: missing))
    }

    private var full: Explanation {
        if state == "readonly" { return Explanation(.readOnly(isAutomatic: false), [.readWrite]) }
        if state == "read-auto" { return Explanation(.readOnly(isAutomatic: true), [.readWrite]) }
        if let action { return Explanation(.syncing(action: action, waiting: waiting), isFrozen ? [.resume] : [.wait]) }
        return Explanation(.ok, isFrozen ? [.resume] : [])
    }

    /// How a slot without a member gets one.
    private func ways(out missing: [Int]) -> [Explanation.Advice] {
        guard level?.hasRedundancy == true else { return [.find(slots: missing)] }
        if members.contains(where: { $0.role == .spare && $0.isIncluded || $0.role == .rebuilding }) {
            if state == "readonly" || state == "read-auto" { return [.readWrite] }
            return isFrozen ? [.resume] : [.start]
        }
        let outside = members.filter { !$0.isIncluded && $0.superblock != nil && $0.users.isEmpty }
            .sorted { $0.superblock?.events ?? 0 > $1.superblock?.events ?? 0 }
        var advice: [Explanation.Advice] = outside.prefix(missing.count).map { member in
            member.canReAdd(to: members) ? .reAdd(member.path) : .add(member.path)
        }
        let faulty = members.filter { $0.isIncluded && $0.role == .faulty }
        advice += faulty.map { .remove($0.path) }
        if advice.count - faulty.count < missing.count { advice.append(.addNew) }
        return advice
    }

    private var notRunning: Explanation {
        guard let plain = plan(force: false) else { return Explanation(.unknown) }
        let missing = (0..<plain.raidDisks).filter { !plain.available.contains($0) }
        let devices = plain.members.filter { $0.standing != .stale }.map(\.path).sorted()
        if let hazard = plain.reshapeHazard, plain.verdict == .start {
            let advice = Explanation.Advice.assembleFromBackup(
                devices: devices, isCritical: hazard == .criticalSection, goesOn: !plain.waitsForCopies,
                isActive: state != nil)
            return Explanation(.reshapeStopped, [advice])
        }
        switch plain.verdict {
        case .start, .wantsMore:
            guard !missing.isEmpty else {
                return Explanation(
                    .startsWhole, [.assemble(devices: devices, isDegraded: false, isActive: state != nil)])
            }
            return Explanation(
                .startsDegraded(slots: missing),
                [.find(slots: missing), .assemble(devices: devices, isDegraded: true, isActive: state != nil)])
        default: break
        }
        guard let force = byForce(isActive: state != nil) else {
            return Explanation(.cannotStart(slots: missing), [.find(slots: missing)])
        }
        let isUnclean = plain.verdict == .notEnoughWhileDirty
        return Explanation(
            isUnclean ? .startsUnclean(slots: missing) : .startsWithLoss, [.find(slots: missing)] + force)
    }

    /// Starting with members that missed writes; nil where not even that helps.
    private func byForce(isActive: Bool) -> [Explanation.Advice]? {
        guard let forced = plan(force: true), forced.verdict == .start, let freshest else { return nil }
        let lifted = Set(
            forced.remarks.compactMap { if case .forcedEvents(let path, _, _, _) = $0 { path } else { nil } })
        let behind = members.filter { lifted.contains($0.path) }.compactMap { $0.behind(freshest) }.max()
        let devices = forced.members.filter { $0.standing != .stale }.map(\.path).sorted()
        let isUnclean = lifted.isEmpty
        return [
            .assembleByForce(
                devices: devices, behind: behind ?? .nothing, isUnclean: isUnclean, isActive: isActive)
        ]
    }

    private func plan(force: Bool) -> Assembly? {
        var terms = Assembly.Terms()
        terms.acceptsPartial = true
        terms.force = force
        let findings = members.compactMap { member in
            member.superblock.map {
                AssemblyFinding(path: member.path, device: member.device, superblocks: [$0])
            }
        }
        return try? Assembly(of: findings, version: nil, terms: terms)
    }
}

/// The verdict on a device.
extension MemberEvidence {
    /// `array` is the one that it belongs to by its superblock or sits in; nil where there is none.
    package func explanation(in array: ArrayEvidence?) -> Explanation {
        guard let array else {
            if !users.isEmpty { return Explanation(.inUse) }
            return Explanation(content == nil ? .blank : .foreign)
        }
        guard isIncluded, array.isActive else { return outside(array) }
        switch role {
        case .active, .outside, .none: return Explanation(.member(slot: slot ?? 0))
        case .rebuilding: return Explanation(.rebuildingMember(slot: slot ?? 0), array.isFrozen ? [.resume] : [.wait])
        case .spare:
            let begins: [Explanation.Advice] = [.start, .resume, .readWrite]
            return Explanation(.spare, array.explanation.advice.filter(begins.contains))
        case .faulty: return Explanation(.faulty, [.remove(path), .addNew])
        case .journal: return Explanation(.journal)
        }
    }

    private func outside(_ array: ArrayEvidence) -> Explanation {
        guard array.isActive else { return Explanation(.waits, array.explanation.advice) }
        let lag: Explanation.Behind? = array.freshest.flatMap { behind($0) }
        guard users.isEmpty else { return Explanation(.inUse) }
        return Explanation(.left(lag ?? .nothing), [canReAdd(to: array.members) ? .reAdd(path) : .add(path)])
    }
}
