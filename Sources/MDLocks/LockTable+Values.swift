/// How value blocks travel.
extension LockTable {
    /// Reads or writes the value block, as the step from the mode held to the one wanted has it; returns what
    /// the holder is told.
    mutating func exchangeValue(of index: Int) -> LockValue? {
        guard let record = records[index], let resource = resources[record.resource] else { return nil }
        let held = record.held ?? .null
        if record.held != nil, held >= .protectedWrite, record.wanted <= held {
            if record.usesValue { writeValue(of: index) }
        } else if record.held == nil || record.wanted >= held {
            // A block that nobody wrote is no news, not even bad news.
            guard let value = resource.value else { return record.usesValue ? LockValue(record.buffer) : nil }
            if record.usesValue {
                edit(index) {
                    $0.buffer = value
                    $0.sequence = resource.sequence
                }
            }
        }
        guard record.usesValue, let buffer = records[index]?.buffer else { return nil }
        return LockValue(buffer, isValid: resources[record.resource]?.isValueInvalid == false)
    }

    /// Makes the lock's block the resource's.
    mutating func writeValue(of index: Int) {
        guard let record = records[index] else { return }
        var sequence: UInt32 = 0
        editResource(record.resource) {
            $0.value = record.buffer
            $0.sequence &+= 1
            $0.isValueInvalid = false
            sequence = $0.sequence
        }
        edit(index) { $0.sequence = sequence }
    }
}
