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
        let format = ExamineFormat(descriptor: context.options.metadata)
        var status: Int32 = 0
        for device in devices {
            do throws(BitmapRefusal) {
                status |= show(device, try reader.read(device, format: format))
            } catch {
                voice.error(error.words(path: device.escapedText))
                status |= 1
            }
        }
        return status
    }

    private func show(_ device: String, _ facts: BitmapFacts) -> Int32 {
        for part in facts.parts where part.bits?.isShort == true {
            let bytes = part.header.syncSize.rawValue
            voice.error("WARNING: bitmap file is not large enough for array size \(bytes)!\n")
        }
        for part in facts.parts where !part.header.hasMagic {
            let magic = part.header.magic.hex()
            voice.error("invalid bitmap magic 0x\(magic), the bitmap file appears to be corrupted")
        }
        voice.report(BitmapReport.text(path: device, facts))
        if let node = facts.unreadableNode {
            voice.error("cannot read the bitmap of node \(node) on \(device.escapedText)")
        }
        guard facts.header.isCountable else {
            let version = Int32(bitPattern: facts.header.version)
            voice.error("unknown bitmap version \(version), either the bitmap file")
            voice.error("is corrupted or you need to upgrade your tools")
            return 1
        }
        return 0
    }
}

extension BitmapRefusal {
    fileprivate func words(path: String) -> String {
        switch self {
        case .cannotOpen(let error): "failed to open bitmap file \(path): \(error.errno.words)"
        case .notBlockDevice: "bitmap file is not supported \(path)"
        case .noMetadata: "No md superblock detected on \(path)."
        case .noBitmap: "\(path) doesn't have bitmap"
        }
    }
}
