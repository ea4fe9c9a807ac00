internal import MDBytes
internal import MDFormats
package import MDKernel
internal import MDModel
package import MDOperations

/// Runs `--examine-bitmap` and prints what it found.
package struct BitmapRunner<K: Kernel> {
    private let context: Context<K>
    private let voice: Voice

    package init(context: Context<K>, voice: Voice) {
        self.context = context
        self.voice = voice
    }

    /// Describes the bitmaps one after the other; the exit status.
    package func run(_ devices: [String]) -> Int32 {
        let reader = BitmapReader(kernel: context.kernel, countsBits: !context.options.isBrief)
        let format = SoughtFormat(descriptor: context.options.metadata)
        var status: Int32 = 0
        var found: [(path: String, facts: BitmapFacts)] = []
        for device in devices {
            do throws(BitmapRefusal) {
                let facts = try reader.read(device, format: format)
                found.append((device, facts))
                status |= show(device, facts)
            } catch {
                voice.error(error.words(path: device.escapedText), error.reason, on: device)
                status |= 1
            }
        }
        if context.options.isJSON { voice.report(BitmapJSON.document(found).text + "\n") }
        return status
    }

    private func show(_ device: String, _ facts: BitmapFacts) -> Int32 {
        for part in facts.parts where part.bits?.isShort == true {
            let bytes = part.header.syncSize.rawValue
            voice.error("WARNING: bitmap file is not large enough for array size \(bytes)!\n", .damaged, on: device)
        }
        for part in facts.parts where !part.header.hasMagic {
            let magic = part.header.magic.hex()
            let words = "invalid bitmap magic 0x\(magic), the bitmap file appears to be corrupted"
            voice.error(words, .damaged, on: device)
        }
        if !context.options.isJSON { voice.report(BitmapReport.text(path: device, facts)) }
        if let node = facts.unreadableNode {
            voice.error("cannot read the bitmap of node \(node) on \(device.escapedText)", .unreadable, on: device)
        }
        guard facts.header.isCountable else {
            let version = Int32(bitPattern: facts.header.version)
            voice.error("unknown bitmap version \(version), either the bitmap file", .damaged, on: device)
            voice.error("is corrupted or you need to upgrade your tools", .damaged, on: device)
            return 1
        }
        return 0
    }
}

extension BitmapRefusal {
    fileprivate var reason: JSONAnswers.Reason {
        switch self {
        case .cannotOpen: .cannotOpen
        case .notBlockDevice: .unsupported
        case .noMetadata: .nothingFound
        case .noBitmap: .noBitmap
        }
    }

    fileprivate func words(path: String) -> String {
        switch self {
        case .cannotOpen(let error): "failed to open bitmap file \(path): \(error.errno.words)"
        case .notBlockDevice: "bitmap file is not supported \(path)"
        case .noMetadata: "No md superblock detected on \(path)."
        case .noBitmap: "\(path) doesn't have bitmap"
        }
    }
}
