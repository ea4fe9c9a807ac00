internal import MDAgent
internal import MDBytes
package import MDKernel
package import MDLocks
package import MDModel
package import MDOperations

/// The verbs that only clusters have.
package struct ClusterRunner<K: Kernel> {
    private let context: Context<K>
    private let voice: Voice
    private let cluster: @Sendable () -> any ClusterServices

    package init(
        context: Context<K>, voice: Voice, cluster: @Sendable @escaping () -> any ClusterServices
    ) {
        self.context = context
        self.voice = voice
        self.cluster = cluster
    }

    package func run(_ request: ClusterRequest) -> Int32 {
        switch request {
        case .candidate(let request): return CandidateVerb(logging, request).run() ? 0 : 1
        case .status(let common, let arrays): return status(common, arrays)
        case .agent: return ClusterAgent(context, cluster: cluster).run() ? 0 : 1
        case .nack(_, let array): return NackVerb(logging, array: array).run() ? 0 : 1
        case .join(let request): return JoinVerb(answering(request.common), request, cluster: cluster).run() ? 0 : 1
        case .leave(let common, let array):
            return LeaveVerb(answering(common), array: array, cluster: cluster).run() ? 0 : 1
        }
    }

    /// 0: nothing is wrong; 1: something is; 2: an array cannot be reported on.
    private func status(_ common: CommonOptions, _ arrays: [String]) -> Int32 {
        var views: [ClusterView] = []
        var status: Int32 = 0
        for result in ClusterStatusVerb(context).views(of: arrays) {
            switch result {
            case .success(let view): views.append(view)
            case .failure(let refusal):
                voice.error(refusal.words)
                status = 2
            }
        }
        if common.isJSON {
            voice.report(ClusterStatusText.json(views).text + "\n")
        } else if views.isEmpty, status == 0 {
            voice.note("no shared array runs on this node")
        } else {
            voice.report(ClusterStatusText.report(views, isFull: common.verbosity > 0))
        }
        return status == 0 && views.contains { !$0.troubles.isEmpty } ? 1 : status
    }

    /// With `--json` the outcome goes to standard output.
    private func answering(_ common: CommonOptions) -> Context<K> {
        guard common.isJSON else { return context }
        return Context(
            kernel: context.kernel, options: context.options,
            listener: MembershipListener(voice: voice, next: context.listener))
    }

    /// From a udev rule nobody reads standard error; the kernel's log then gets the lines too.
    private var logging: Context<K> {
        guard context.kernel.environment("EVENT") != nil else { return context }
        return Context(
            kernel: context.kernel, options: context.options,
            listener: KernelLogListener(kernel: context.kernel, next: context.listener, name: voice.name))
    }
}

/// Passes notices on, and those about the cluster to the kernel's log as well.
private struct KernelLogListener<K: Kernel>: Listener {
    let kernel: K
    let next: any Listener
    let name: String

    func tell(_ notice: Notice) {
        next.tell(notice)
        guard case .cluster(let fact) = notice else { return }
        for message in fact.messages {
            // <29> is daemon.notice. The log is a courtesy: without it the answer is the same.
            try? kernel.write("<29>\(name): \(message.text)\n", toFile: "/dev/kmsg")
        }
    }

    func confirm(_ question: Question) -> Bool { next.confirm(question) }
}
