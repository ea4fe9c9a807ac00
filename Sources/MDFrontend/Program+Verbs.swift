internal import MDModel

/// From requests to the verbs.
extension Program {
    func create(_ request: CreateRequest) -> Int32 {
        CreateRunner(context: context(request.common), cluster: cluster).run(request)
    }

    func assemble(_ request: AssembleRequest) -> Int32 {
        AssembleRunner(context: context(request.common), cluster: cluster).run(request)
    }

    /// Members first, then `--run`, then `--stop`; what fails ends the list.
    func manage(_ request: ManageRequest) -> Int32 {
        let context = context(request.common)
        let states = StateVerbs(context: context, voice: voice, takesKernelNames: false, cluster: cluster)
        var status: Int32 = 0
        if request.makeReadOnly || !request.operations.isEmpty || !(request.start || request.stop) {
            status = ManageRunner(context: context, voice: voice, cluster: cluster).run(request)
        }
        if status == 0, request.start { status = states.run([request.array]) }
        if status == 0, request.stop { status = states.stop([request.array]) }
        return status
    }

    func runInCluster(_ request: ClusterRequest) -> Int32 {
        ClusterRunner(context: context(request.common), voice: voice, cluster: cluster).run(request)
    }
}
