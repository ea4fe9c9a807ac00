internal import MDModel

/// From requests to the verbs.
extension Program {
    func create(_ request: CreateRequest) -> Int32 {
        CreateRunner(context: context(request.common), cluster: cluster).run(request)
    }

    func assemble(_ request: AssembleRequest) -> Int32 {
        AssembleRunner(context: context(request.common), voice: voice, cluster: cluster).run(request)
    }

    func manage(_ request: ManageRequest) -> Int32 {
        ManageRunner(context: context(request.common), voice: voice, cluster: cluster).run(request)
    }

    func runInCluster(_ request: ClusterRequest) -> Int32 {
        ClusterRunner(context: context(request.common), voice: voice, cluster: cluster).run(request)
    }

    func notBuilt(_ verb: String) -> Int32 {
        voice.error("\(verb): not built yet")
        return 1
    }
}
