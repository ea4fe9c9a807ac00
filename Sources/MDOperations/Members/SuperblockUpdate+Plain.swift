internal import MDBytes
internal import MDModel

extension SuperblockUpdate {
    /// An update that needs no value but the `host` it may put into names; words that no native format knows are
    /// refused when the format is known.
    init(plain word: String, host: String?) {
        switch word {
        case "homehost": self = .homeHost(host)
        case "resync": self = .resync
        case "devicesize": self = .deviceSize
        case "bbl": self = .badBlockLog
        case "no-bbl": self = .noBadBlockLog(force: false)
        case "force-no-bbl": self = .noBadBlockLog(force: true)
        case "no-bitmap": self = .noBitmap
        case "ppl": self = .parityLog
        case "no-ppl": self = .noParityLog
        case "layout-original": self = .layout(.original)
        case "layout-alternate": self = .layout(.alternate)
        case "layout-unspecified": self = .layout(.unspecified)
        case "summaries": self = .summaries
        case "metadata": self = .metadata
        case "byteorder": self = .byteOrder
        case "sparc2.2": self = .sparc
        default: self = .unknown
        }
    }

    /// The write of an empty bad-block log, where the update made a place for one.
    func emptyLog(from before: MemberSuperblock, to after: MemberSuperblock, on path: String) -> [DeviceWrite] {
        guard let before = before.version1, let after = after.version1, let place = newLog(in: after, before: before)
        else { return [] }
        let empty = [UInt8](repeating: 0xff, count: 4096)
        return [DeviceWrite(device: path, offset: place.bytes, bytes: empty, content: .badBlockLog)]
    }
}
