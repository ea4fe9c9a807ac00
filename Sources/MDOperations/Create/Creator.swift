internal import MDBytes
internal import MDFormats
package import MDKernel
package import MDLocks
package import MDModel

/// What became of a creation.
package enum CreateOutcome: Hashable, Sendable {
    case created
    case failed
    /// The command line or a listed device is unusable; mdadm's exit status is another one then.
    case unusable
}

/// Ends the verb; its reason was told already.
struct CreateEnded: Error {
    let outcome: CreateOutcome

    static let failed = CreateEnded(outcome: .failed)
    static let unusable = CreateEnded(outcome: .unusable)
}

/// `--create`: gathers, plans, acts, reports.
package struct Creator<K: Kernel> {
    let context: Context<K>
    let request: CreateRequest
    let configuration: Configuration
    let cluster: @Sendable () -> any ClusterServices

    package init(
        _ context: Context<K>, _ request: CreateRequest, cluster: @Sendable @escaping () -> any ClusterServices
    ) {
        self.context = context
        self.request = request
        self.cluster = cluster
        configuration = context.configuration
    }

    /// Creates the array.
    package func run() -> CreateOutcome {
        do throws(CreateEnded) {
            var request = request
            // As mdadm has it, before anything is asked or counted.
            if request.writeBehind ?? 0 > 0, request.bitmap == .none { throw end(.writeBehindNeedsBitmap) }
            if try shouldAddBitmap() { request.bitmap = .internal }
            // Without its cluster nothing of a clustered array is worth a look.
            let clusterName = try nameOfCluster()
            let lock = try commandLock()
            defer { release(lock) }
            let shape = try judged { () throws(CreateRefusal) in
                try CreateShape(judging: request, metadata: configuration.creation.metadata)
            }
            var survey = try CreateSurvey(self, shape: shape)
            // As mdadm has it, a bad name is told of after whatever is wrong with the devices.
            let operand = try founding.operand(request.array)
            try survey.accept(self)
            let identity = identity(operand, shape.format, clusterName: clusterName)
            let draft = try CreateDraft(self, survey, identity: identity)
            if request.writesZeroes {
                try CreateZeroing(creator: self, survey: survey, blueprint: draft.blueprint).run()
            }
            try CreateAction(creator: self, draft: draft, operand: operand).run(&survey)
            return .created
        } catch { return error.outcome }
    }

    var founding: ArrayFounding<K> { ArrayFounding(context: context, configuration: configuration) }

    func tell(_ notice: CreateNotice) { context.listener.tell(.create(notice)) }

    /// Runs a judgement and tells of its refusal.
    func judged<Value>(_ body: () throws(CreateRefusal) -> Value) throws(CreateEnded) -> Value {
        do throws(CreateRefusal) { return try body() } catch { throw end(error) }
    }

    /// Tells of a refusal; how the command ends by it.
    func end(_ refusal: CreateRefusal) -> CreateEnded {
        tell(.refused(refusal))
        return refusal.isUsageError ? .unusable : .failed
    }

    /// Recommends a bitmap where nothing was said about one; needs to know that devices were counted.
    private func shouldAddBitmap() throws(CreateEnded) -> Bool {
        guard request.raidDevices ?? 0 > 0 else {
            tell(.refused(.noRaidDevices))
            throw .failed
        }
        guard request.bitmap == .unspecified, !request.common.run else { return false }
        if let level = request.level, level.rawValue < 1 { return false }
        return context.listener.confirm(.create(.addBitmap))
    }

    private func nameOfCluster() throws(CreateEnded) -> String {
        guard request.bitmap == .clustered else { return "" }
        if let name = request.common.homeCluster ?? configuration.homeCluster, !name.isEmpty { return name }
        do throws(ClusterFailure) { return try cluster().clusterName() } catch {
            tell(.cluster(error))
            tell(.noClusterName)
            throw .failed
        }
    }

    /// The lock that keeps commands on clustered arrays apart; nil for other arrays and in a dry run.
    private func commandLock() throws(CreateEnded) -> (any HeldCommandLock)? {
        guard request.bitmap == .clustered, !context.options.dryRun else { return nil }
        do throws(ClusterFailure) {
            let services = cluster()
            return try services.commandLock(
                cluster: services.clusterName(), waitingAtMost: .seconds(100))
        } catch {
            tell(.cluster(error))
            throw .failed
        }
    }

    private func release(_ lock: (any HeldCommandLock)?) {
        do throws(ClusterFailure) { try lock?.release() } catch { tell(.cluster(error)) }
    }

    private func identity(_ operand: ArrayOperand, _ format: CreateFormat, clusterName: String)
        -> CreateBlueprint.Identity
    {
        let kernel = context.kernel
        let host = configuration.homeHost(asked: request.common.homeHost, hostName: kernel.hostName())
        var identity = CreateBlueprint.Identity(
            uuid: format.uuid(asked: request.uuid, host: host.name, random: kernel.randomBytes(16)),
            name: CreateBlueprint.storedName(request.name ?? operand.name, host: host.name),
            time: UInt64(clamping: kernel.wallTime().seconds))
        identity.clusterName = Array(clusterName.utf8.prefix(BitmapSuperblock.clusterNameBytes))
        return identity
    }
}
