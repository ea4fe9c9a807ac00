internal import MDBytes
package import MDModel

extension Configuration.Complaint: Worded {
    package var messages: [Message] {
        switch self {
        case .unknownKeyword(let word): [.error("Unknown keyword \(word.escapedText)")]
        case .deviceWord(let word): [.error("unrecognised word on DEVICE line: \(word.escapedText)")]
        case .arrayName(let name, .alreadyDefined):
            [
                .note(
                    "Value \"\(name.escapedText)\" cannot be set as devname. "
                        + "Reason: Already defined. Value ignored.",
                    from: .min)
            ]
        case .arrayName(let name, .tooLongOrEmpty):
            [
                .note(
                    "Value \"\(name.escapedText)\" cannot be set as devname. "
                        + "Reason: Too long or empty. Value ignored.",
                    from: .min)
            ]
        case .arrayWithoutIdentity(let name):
            [.error("ARRAY line \(name?.escapedText ?? "(null)") has no identity information.")]
        case .arrayWord(let word): [.error("unrecognised word on ARRAY line: \(word.escapedText)")]
        case .arrayDuplicate(let tag, let word): [.error(tag.words(word.escapedText))]
        case .arrayUUID(let word): [.error("bad uuid: \(word.escapedText)")]
        case .arrayMinor(let word): [.error("invalid super-minor number: \(word.escapedText)")]
        default: rare
        }
    }

    private var rare: [Message] {
        switch self {
        case .metadata(let word, true): [.error("metadata format \(word.escapedText) unknown, ignoring")]
        case .metadata(let word, false): [.error("metadata format \(word.escapedText) unknown, ignored.")]
        case .createMode(""): [.error("missing CREATE mode")]
        case .createOwner(""): [.error("missing owner name")]
        case .createGroup(""): [.error("missing group name")]
        case .createOwner(let word): [.error("CREATE user \(word.escapedText) not found")]
        case .createGroup(let word): [.error("CREATE group \(word.escapedText) not found")]
        case .createMode(let word): [.error("unrecognised CREATE mode \(word.escapedText)")]
        case .createWord(let word): [.error("unrecognised word on CREATE line: \(word.escapedText)")]
        case .policyWord(let word): [.error("policy rule \(word.escapedText) unrecognised and ignored")]
        case .sysfsWord(let word): [.error("Cannot parse \"\(word.escapedText)\" - ignoring.")]
        case .sysfsName(let word): [.error("\(word.escapedText) is an invalid name for an md device - ignored.")]
        case .sysfsSecond(let what, let word):
            [.error("Only give one \(what) per SYSFS line: \(word.escapedText)")]
        case .sysfsUUID(let word): [.error("Invalid uuid: \(word.escapedText)")]
        case .sysfsWithoutArray: [.error("Device name not found in sysfs config entry - ignoring.")]
        case .vendorWord(let keyword, let word):
            [.error("unrecognised word on \(keyword) line: \(word.escapedText)")]
        case .tooLong: [.error("the configuration file is too long; its end was left out")]
        default: []
        }
    }
}

extension Configuration.ArrayTag {
    func words(_ word: String) -> String {
        switch self {
        case .uuid: "only specify uuid once, \(word) ignored."
        case .superMinor: "only specify super-minor once, \(word) ignored."
        case .devices: "only specify devices once (use a comma separated list). \(word) ignored"
        case .spareGroup: "only specify one spare group per array. \(word) ignored."
        case .bitmap: "only specify bitmap file once. \(word) ignored"
        }
    }
}
