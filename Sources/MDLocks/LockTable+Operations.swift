/// What the four operations do.
extension LockTable {
    mutating func request(_ key: Key, _ name: ResourceName, _ mode: LockMode, _ options: LockOptions) {
        let resource = resourceIndex(name, askedBy: holders[key.owner].node)
        let record = Record(
            owner: key.owner, identifier: key.identifier, resource: resource, wanted: mode, options: options,
            usesValue: options.contains(.valueBlock))
        let index: Int
        if let free = freeRecords.popLast() {
            index = free
            records[index] = record
        } else {
            index = records.count
            records.append(record)
        }
        recordPlaces[key] = index
        holders[key.owner].locks.append(index)
        if canBeGranted(index, isNew: true) {
            grant(index)
        } else if options.contains(.noQueue) {
            post(.failed(key.identifier, .wouldWait), to: key.owner)
            if options.contains(.notifyHolders) { notifyHolders(of: resource, about: index, alsoConverting: true) }
            forgetIfUnused(resource)
        } else {
            edit(index) { $0.place = .waiting }
            editResource(resource) { $0.waiting.append(index) }
            notifyHolders(of: resource, about: index, alsoConverting: false)
        }
    }

    mutating func convert(_ index: Int) {
        guard let record = records[index] else { return }
        if canBeGranted(index, isNew: true) {
            grant(index)
            grantWaiting(on: record.resource)
        } else if record.options.contains(.noQueue) {
            post(.failed(record.identifier, .wouldWait), to: record.owner)
            if record.options.contains(.notifyHolders) {
                notifyHolders(of: record.resource, about: index, alsoConverting: true)
            }
        } else if wouldDeadlock(index) {
            post(.failed(record.identifier, .deadlock), to: record.owner)
        } else {
            detach(index)
            edit(index) { $0.place = .converting }
            editResource(record.resource) { $0.converting.append(index) }
            notifyHolders(of: record.resource, about: index, alsoConverting: false)
        }
    }

    mutating func unlock(_ index: Int, value: ValueBlock?) throws(LockFailure) {
        guard let record = records[index] else { return }
        // An unlock, or a refusal, that the holder was not told of yet.
        guard record.place != .nowhere else { throw .busy(record.identifier) }
        edit(index) { $0.isUnlocked = true }
        // A conversion is called off first: the kernel could otherwise grant it under the last word. That lets
        // others pass who agree with the mode the lock had.
        if record.usesValue, record.place == .converting {
            detach(index)
            attachGranted(index)
            grantWaiting(on: record.resource)
        }
        if record.usesValue, (record.held ?? .null) >= .protectedWrite {
            if let value { edit(index) { $0.buffer = value } }
            writeValue(of: index)
        }
        detach(index)
        edit(index) {
            $0.place = .nowhere
            $0.held = nil
            $0.isPending = true
        }
        post(.unlocked(record.identifier), to: record.owner)
        grantWaiting(on: record.resource)
        forgetIfUnused(record.resource)
    }

    mutating func cancel(_ index: Int) {
        guard let record = records[index] else { return }
        switch record.place {
        case .nowhere, .granted: return
        case .waiting:
            detach(index)
            edit(index) { $0.place = .nowhere }
        case .converting:
            detach(index)
            attachGranted(index)
        }
        post(.cancelled(record.identifier), to: record.owner)
        grantWaiting(on: record.resource)
        forgetIfUnused(record.resource)
    }

    /// The resource of that name, made where there is none; who asks first keeps it.
    private mutating func resourceIndex(_ name: ResourceName, askedBy node: NodeIdentifier) -> Int {
        if let index = resourcePlaces[name] { return index }
        let resource = Resource(name: name, master: node)
        let index: Int
        if let free = freeResources.popLast() {
            index = free
            resources[index] = resource
        } else {
            index = resources.count
            resources.append(resource)
        }
        resourcePlaces[name] = index
        return index
    }

    mutating func forgetIfUnused(_ index: Int) {
        guard let resource = resources[index], resource.isUnused else { return }
        resourcePlaces[resource.name] = nil
        resources[index] = nil
        freeResources.append(index)
    }

    /// Takes a lock out of the queue that it is in.
    mutating func detach(_ index: Int) {
        guard let record = records[index] else { return }
        editResource(record.resource) {
            switch record.place {
            case .nowhere: break
            case .granted: $0.granted.removeAll { $0 == index }
            case .converting: $0.converting.removeAll { $0 == index }
            case .waiting: $0.waiting.removeAll { $0 == index }
            }
        }
        edit(index) { $0.place = .nowhere }
    }

    mutating func attachGranted(_ index: Int) {
        guard let record = records[index] else { return }
        edit(index) { $0.place = .granted }
        editResource(record.resource) { $0.granted.append(index) }
    }
}
