/// Nodes that go, and what the others make of it.
extension LockTable {
    /// A node goes, by death or by leaving: its holders and their locks are gone, and what it was the master of
    /// gets a new one among those who still have locks on it. `choice` picks that one; equal choices give equal
    /// results.
    ///
    /// A value block becomes invalid where a node with PW or EX on it goes and the master stays, and where the
    /// master goes and nobody left has more than CR: then it is the youngest block that they have read.
    package mutating func remove(_ node: NodeIdentifier, choice: Int = 0) {
        guard members.nodes.contains(node) else { return }
        for owner in holders.indices where holders[owner].node == node && holders[owner].isOpen {
            holders[owner].isOpen = false
            holders[owner].events = []
            holders[owner].taken = 0
        }
        changeMembers { $0.filter { $0 != node } }
        for resource in resources.indices { recover(resource, without: node, choice: choice) }
        for owner in holders.indices where holders[owner].node == node {
            for index in holders[owner].locks {
                if let record = records[index] {
                    recordPlaces[Key(owner: owner, identifier: record.identifier)] = nil
                }
                records[index] = nil
                freeRecords.append(index)
            }
            holders[owner].locks = []
        }
    }

    private mutating func recover(_ index: Int, without node: NodeIdentifier, choice: Int) {
        guard let resource = resources[index] else { return }
        let gone = Set((resource.granted + resource.converting + resource.waiting).filter { nodeOf($0) == node })
        let lostWriter = (resource.granted + resource.converting).contains {
            gone.contains($0) && records[$0]?.usesValue == true && (records[$0]?.held ?? .null) >= .protectedWrite
        }
        editResource(index) {
            $0.granted.removeAll { gone.contains($0) }
            $0.converting.removeAll { gone.contains($0) }
            $0.waiting.removeAll { gone.contains($0) }
        }
        guard resources[index]?.isUnused == false else { return forgetIfUnused(index) }
        if resource.master == node {
            appointMaster(of: index, choice: choice)
            recoverValue(of: index)
        } else if lostWriter {
            editResource(index) { $0.isValueInvalid = true }
        }
        guard resource.master == node || !gone.isEmpty else { return }
        grantWaiting(on: index, isRecovering: true)
    }

    private func nodeOf(_ lock: Int) -> NodeIdentifier? { records[lock].map { holders[$0.owner].node } }

    /// The new master has its own locks first in every queue, then those that other nodes tell it of.
    private mutating func appointMaster(of index: Int, choice: Int) {
        guard let resource = resources[index] else { return }
        var candidates: [NodeIdentifier] = []
        for lock in resource.granted + resource.converting + resource.waiting {
            if let node = nodeOf(lock), !candidates.contains(node) { candidates.append(node) }
        }
        let master = candidates[Int(UInt(bitPattern: choice) % UInt(candidates.count))]
        let order = [master] + candidates.filter { $0 != master }.sorted()
        var rebuilt = resource
        rebuilt.master = master
        rebuilt.granted = order.flatMap { node in resource.granted.filter { nodeOf($0) == node } }
        rebuilt.converting = order.flatMap { node in resource.converting.filter { nodeOf($0) == node } }
        rebuilt.waiting = order.flatMap { node in resource.waiting.filter { nodeOf($0) == node } }
        resources[index] = rebuilt
    }

    /// The new master knows of the value block what the locks that are left know.
    private mutating func recoverValue(of index: Int) {
        guard let resource = resources[index] else { return }
        let readers = (resource.granted + resource.converting).compactMap { records[$0] }.filter(\.usesValue)
        let strong = readers.first { ($0.held ?? .null) > .concurrentRead }
        let youngest = readers.reduce(nil as Record?) { best, next in
            guard let best, Int32(bitPattern: next.sequence &- best.sequence) < 0 else { return next }
            return best
        }
        editResource(index) {
            $0.value = (strong ?? youngest)?.buffer
            $0.sequence = (strong ?? youngest)?.sequence ?? 0
            $0.isValueInvalid = strong == nil && youngest != nil
        }
    }
}
