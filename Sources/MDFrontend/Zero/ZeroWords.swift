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
        case .missed(let path, let miss): [.error(miss.words(path: path.escapedText))]
        case .zeroedAnyway: [.error("superblock zeroed anyway", from: 0)]
        case .noOnePlace(let path): [.error("Could not zero superblock on \(path.escapedText)", from: 0)]
        case .unknownFormat(let word): [.error("metadata \(word.escapedText) cannot be wiped by this release")]
        case .stepFailed(let failure):
            [.error("Could not zero superblock: \(failure.step.words): \(failure.error.errno.words)")]
        }
    }
}
