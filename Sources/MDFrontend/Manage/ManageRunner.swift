package import MDKernel
package import MDLocks
package import MDModel
package import MDOperations

/// `--manage`: runs the verb and turns its outcome into an exit status.
package struct ManageRunner<K: Kernel> {
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

    /// 0 where everything was done, 1 where something failed, 2 where the driver refused to fail a member or,
    /// with `--test`, where nothing changed.
    package func run(_ request: ManageRequest) -> Int32 {
        do throws(ManageFailure) {
            var verb = try ManageVerb(context, request, cluster: cluster())
            return status(verb.run())
        } catch {
            for message in error.messages { voice.say(message) }
            return 1
        }
    }

    private func status(_ outcome: ManageOutcome) -> Int32 {
        let isTest = context.options.test
        return switch outcome {
        case .done(let changes, let operations): isTest && changes == 0 && operations > 0 ? 2 : 0
        case .failed: 1
        case .refusedToFail: isTest ? 1 : 2
        }
    }
}
