internal import MDBytes
internal import MDFormats
package import MDKernel
internal import MDModel
package import MDOperations

/// Runs `--query` and prints what it found.
package struct QueryRunner<K: Kernel> {
    private let context: Context<K>
    private let voice: Voice

    package init(context: Context<K>, voice: Voice) {
        self.context = context
        self.voice = voice
    }

    /// Says of each device whether it is an array or a member of one; the exit status.
    package func run(_ devices: [String]) -> Int32 {
        var status: Int32 = 0
        var found: [(path: String, facts: QueryFacts)] = []
        for device in devices {
            do throws(SystemCallError) {
                let facts = try Querier(kernel: context.kernel).gather(device)
                found.append((device, facts))
                if !context.options.isJSON { voice.report(Self.text(path: device.escapedText, facts)) }
            } catch {
                voice.error("cannot open \(device.escapedText): \(error.errno.words)", .cannotOpen, on: device)
                status = 1
            }
        }
        if context.options.isJSON { voice.report(QueryJSON.document(found).text + "\n") }
        return status
    }

    private static func text(path: String, _ facts: QueryFacts) -> String {
        let first =
            switch facts.array {
            case .notAnArray: "is not an md array"
            case .inactive: "is an md device which is not active"
            case .active(let info, let size, let spares): words(info, size, spares)
            }
        return "\(path): \(first)\n" + (facts.member.map { "\(path): \(words($0))\n" } ?? "")
    }

    private static func words(_ info: ArrayInfo, _ size: ByteCount, _ spareCount: Int) -> String {
        let amount = SizeWords.briefBinary(bytes: Int64(clamping: size.rawValue))
        let level = Level(rawValue: info.level).words
        let spares = "\(spareCount) spare\(spareCount == 1 ? "" : "s")"
        return "\(amount) \(level) \(info.raidDisks) devices, \(spares). Use mdadm --detail for more detail."
    }

    private static func words(_ member: QueryFacts.MemberAnswer) -> String {
        let activity =
            switch member.activity {
            case .active: "active"
            case .mismatch: "mismatch"
            case .undetected: "undetected"
            case .inactive: "inactive"
            }
        let number = Int32(bitPattern: member.number)
        let level = Level(rawValue: member.level).words
        return "device \(number) in \(member.raidDisks) device \(activity) \(level) "
            + "\(member.arrayPath?.escapedText ?? "array").  Use mdadm --examine for more detail."
    }
}
