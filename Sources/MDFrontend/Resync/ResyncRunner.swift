internal import MDBytes
package import MDKernel
package import MDModel
package import MDOperations

/// `--resync`, from the request to the exit status.
package struct ResyncRunner<K: Kernel> {
    private let context: Context<K>
    private let voice: Voice

    package init(context: Context<K>, voice: Voice) {
        self.context = context
        self.voice = voice
    }

    /// 0: told, done, or nothing to do; 1: refused, failed, or the followed sync did not come to its end.
    package func run(_ request: ResyncRequest) -> Int32 {
        guard let operation = ResyncVerb(context, request) else { return 1 }
        guard let verb = request.verb else {
            return request.follows ? follow(operation, after: .nothing, request) : tell(operation, request)
        }
        let outcome = operation.carryOut(verb)
        if outcome == .failed { return 1 }
        guard request.follows, !context.options.dryRun else { return 0 }
        return follow(operation, after: outcome, request)
    }

    private func tell(_ operation: ResyncVerb<K>, _ request: ResyncRequest) -> Int32 {
        guard let view = operation.view() else { return 1 }
        voice.report(request.common.isJSON ? ResyncText.json(view).text + "\n" : ResyncText.report(view))
        return 0
    }

    private static var interval: Milliseconds { .seconds(1) }

    private func follow(
        _ operation: ResyncVerb<K>, after outcome: ResyncVerb<K>.Outcome, _ request: ResyncRequest
    ) -> Int32 {
        var display = FollowDisplay(voice: voice, path: request.array)
        var watch = operation.watch(after: outcome)
        // ^C ends the looking, not the sync; the line on the terminal is left in order.
        context.kernel.deferEndSignals()
        do throws(SystemCallError) {
            while !context.kernel.isAskedToEnd() {
                switch try watch.look() {
                case .underWay(let state):
                    display.show(shown(state, operation), at: context.kernel.now())
                    watch.wait(atMost: Self.interval)
                case .nothing(let state):
                    voice.note(FollowWords.nothing(request.array, state))
                    return state.standing == .idle ? 0 : 1
                case .ended(let end):
                    display.finish()
                    voice.note(FollowWords.end(request.array, end))
                    if case .done = end { return 0 } else { return 1 }
                }
            }
        } catch {
            display.finish()
            context.listener.tell(.resync(.cannotLook(path: request.array, error)))
            return 1
        }
        display.finish()
        voice.error("\(request.array.escapedText): not followed any more; the sync goes on")
        return 1
    }

    /// With what the agent of the node that syncs says, where that is another one.
    private func shown(_ state: SyncState, _ operation: ResyncVerb<K>) -> (SyncState, String?) {
        guard state.standing == .remote, let cluster = operation.view()?.cluster else { return (state, nil) }
        var state = state
        if let range = cluster.syncingElsewhere.first?.sync {
            (state.done, state.total) = (Sectors(range.low), Sectors(range.high))
        }
        return (state, cluster.syncHolder.map { ResyncText.name($0, cluster) })
    }
}
