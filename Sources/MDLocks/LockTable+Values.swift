/// How value blocks travel.
extension LockTable {
    /// Reads or writes the value block, as the step from the mode held to the one wanted has it; returns what
    /// the holder is told.
    mutating func exchangeValue(of index: Int) -> LockValue? {
        guard let record = records[index], let resource = resources[record.resource] else { return nil }
        guard record.usesValue else { return nil }
        if let held = record.held, held >= .protectedWrite, record.wanted <= held {
            writeValue(of: index)
            return LockValue(record.buffer)
        }
        if let held = record.held, record.wanted < held { return nil }
        // A block that nobody wrote is no news, not even bad news.
        guard let value = resource.value else { return LockValue(record.buffer) }
        edit(index) {
            $0.buffer = value
            $0.sequence = resource.sequence
        }
        return LockValue(value, isValid: !resource.isValueInvalid)
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
