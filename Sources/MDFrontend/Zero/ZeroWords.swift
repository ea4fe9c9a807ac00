internal import MDBytes
internal import MDKernel
package import MDOperations

extension ZeroNotice: Worded {
    package var messages: [Message] {
        switch self {
        case .cannotOpen(let path, _):
            [.error("Couldn't open \(path.escapedText) for write - not zeroing", from: 0)]
        case .cannotRead(let path, let errno): [.error("cannot read \(path.escapedText): \(errno.words)")]
        case .nothingFound(let path):
            [.error("Unrecognised md component device - \(path.escapedText)", from: 0)]
        case .noSuchFormat(let path, let magic):
            [
                .error(
                    "No super block found on \(path.escapedText) (Expected magic a92b4efc, got "
                        + "\(magic.hex(width: 8)))")
            ]
        case .otherVersion(let path, let major):
            [.error("Cannot interpret superblock on \(path.escapedText) - version is \(Int32(bitPattern: major))")]
        case .unknownFormat(let word): [.error("metadata \(word.escapedText) cannot be wiped by this release")]
        case .stepFailed(let failure):
            [.error("Could not zero superblock: \(failure.step.words): \(failure.error.errno.words)")]
        }
    }
}
