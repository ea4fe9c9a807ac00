package import MDBytes
internal import MDFormats

/// What is needed to put back what a reshape overwrote.
extension MemberSuperblock {
    /// Where the member's data begin on its device.
    package var dataStart: Sectors {
        switch self {
        case .version0: .zero
        case .version1(let block): block.dataOffset
        }
    }

    /// How much of each member the array uses.
    package var componentSectors: Sectors {
        switch self {
        case .version0(let block, _): Sectors(2 * UInt64(block.size))
        case .version1(let block): block.size
        }
    }

    /// Where what the array uses of the member ends; nil for what no device has.
    package var dataEnd: Sectors? { dataStart.adding(componentSectors) }

    /// Records how far a reshape has come.
    mutating func set(reshapePosition position: UInt64) {
        switch self {
        case .version0(var block, let place):
            block.set(reshapePosition: position)
            block.seal()
            self = .version0(block, at: place)
        case .version1(var block):
            block.reshapePosition = position
            block.seal()
            self = .version1(block)
        }
    }
}
