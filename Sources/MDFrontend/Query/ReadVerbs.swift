internal import MDBytes
package import MDKernel
internal import MDModel
package import MDOperations

/// The verbs that only look: `--examine`, `--detail`, `--query`, `--examine-bitmap`,
/// `--examine-badblocks`, `--explain`. Each returns the exit status.
package struct ReadVerbs<K: Kernel> {
    private let context: Context<K>
    private let voice: Voice
    private let configuration: Configuration

    /// `configuration` is mdadm.conf where it has been read already.
    package init(context: Context<K>, voice: Voice) {
        self.context = context
        self.voice = voice
        configuration = context.configuration
    }

    private var surroundings: Surroundings {
        let kernel = context.kernel
        let home = configuration.homeHost(asked: context.options.homeHost, hostName: kernel.hostName())
        return Surroundings(homeHost: home.name) { kernel.localTime($0) }
    }

    /// `--examine DEV…`
    package func examine(devices: [String]) -> Int32 {
        guard !devices.isEmpty else {
            voice.error("No devices to examine", .nothingFound, on: nil)
            return 2
        }
        return ExamineRunner(context: context, voice: voice, surroundings: surroundings).run(devices)
    }

    /// `--detail DEV…`
    package func detail(devices: [String]) -> Int32 {
        DetailRunner(context: context, voice: voice, surroundings: surroundings).run(devices)
    }

    /// `--detail --scan`
    package func detailScan() -> Int32 {
        DetailRunner(context: context, voice: voice, surroundings: surroundings).scan()
    }

    /// `--examine --scan`: every device that the configuration lets be a member.
    package func examineScan() -> Int32 {
        let devices = DeviceScan.paths(named: configuration, context)
        guard !devices.isEmpty else {
            let file = context.options.config ?? "/etc/mdadm.conf"
            voice.error("No devices listed in \(file.escapedText)", .nothingFound, on: nil)
            return 1
        }
        return ExamineRunner(context: context, voice: voice, surroundings: surroundings).run(devices)
    }

    /// `--query DEV…`
    package func query(devices: [String]) -> Int32 { QueryRunner(context: context, voice: voice).run(devices) }

    /// `--explain MD|DEV…`
    package func explain(operands: [String]) -> Int32 {
        ExplainRunner(context: context, voice: voice, surroundings: surroundings).run(operands)
    }

    /// `--examine-bitmap DEV…`
    package func examineBitmap(devices: [String]) -> Int32 {
        BitmapRunner(context: context, voice: voice).run(devices)
    }

    /// `--examine-badblocks DEV…`
    package func examineBadBlocks(devices: [String]) -> Int32 {
        BadBlockRunner(context: context, voice: voice).run(devices)
    }
}
