internal import MDBytes
internal import MDFormats
package import MDKernel
internal import MDModel
package import MDOperations

/// Runs `--examine-badblocks` and prints what it found.
package struct BadBlockRunner<K: Kernel> {
    private let context: Context<K>
    private let voice: Voice

    package init(context: Context<K>, voice: Voice) {
        self.context = context
        self.voice = voice
    }

    /// Lists the bad blocks of the devices one after the other; the exit status.
    package func run(_ devices: [String]) -> Int32 {
        let reader = BadBlockReader(
            kernel: context.kernel, format: SoughtFormat(descriptor: context.options.metadata))
        let isJSON = context.options.isJSON
        var status: Int32 = 0
        var found: [(path: String, answer: BadBlockAnswer)] = []
        for device in devices {
            do throws(BadBlockRefusal) {
                let answer = try reader.read(device)
                found.append((device, answer))
                if !isJSON { voice.report(BadBlockReport.text(path: device, answer)) }
            } catch {
                voice.error(error.words(path: device.escapedText), error.reason, on: device)
                status |= 1
            }
        }
        if isJSON { voice.report(BadBlockJSON.document(found).text + "\n") }
        return status
    }
}

/// `--examine-badblocks`.
package enum BadBlockReport {
    /// The report on the device at `path`.
    package static func text(path: String, _ answer: BadBlockAnswer) -> String {
        let path = path.escapedText
        switch answer {
        case .unconfigured: return "No bad-blocks list configured on \(path)\n"
        case .empty: return "Bad-blocks list is empty in \(path)\n"
        case .log(let log):
            let rows = log.entries.map { "\(String($0.start).padded(to: 20)) for \($0.count) sectors\n" }
            return "Bad-blocks on \(path):\n" + rows.joined()
        }
    }
}

extension BadBlockRefusal {
    fileprivate var reason: JSONAnswers.Reason {
        switch self {
        case .cannotOpen: .cannotOpen
        case .noMetadata: .nothingFound
        case .version0, .partitionTable: .unsupported
        case .outside: .damaged
        case .unreadable: .unreadable
        }
    }

    fileprivate func words(path: String) -> String {
        switch self {
        case .cannotOpen(let error): "cannot \(error.attempt) \(path): \(error.errno.words)"
        case .noMetadata: "No md superblock detected on \(path)"
        case .partitionTable: "mbr metadata does not support badblocks"
        case .version0: "0.90 metadata does not support badblocks"
        case .outside: "the bad-block log of \(path) would lie outside the device"
        case .unreadable(let error): "cannot read the bad-block log of \(path): \(error.errno.words)"
        }
    }
}
