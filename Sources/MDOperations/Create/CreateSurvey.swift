internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

/// The devices of a creation, opened, read, measured and found fit; the user has agreed to their loss.
struct CreateSurvey<K: Kernel> {
    let shape: CreateShape
    /// By operand.
    let devices: [Int: CreateDevice]
    /// Where data begins on devices without a place of their own.
    private let commonOffset: Sectors
    let outcome: CreateSize.Outcome
    /// The holds on the devices, until the kernel is to have them.
    var claims: [DeviceHandle]

    /// Opens all devices at once, then tells of them one by one in their order.
    init(_ creator: Creator<K>, shape: CreateShape) throws(CreateEnded) {
        self.shape = shape
        let asked = try creator.judged { () throws(CreateRefusal) in
            try CreateSize.asked(creator.request.size, chunk: shape.chunk)
        }
        if creator.request.common.verbosity > 0 { Self.tellDefaults(shape, creator) }
        let found = Self.open(shape, creator)
        let first = found.lazy.compactMap { try? $0.1.get() }.first
        commonOffset =
            creator.request.dataOffset
            ?? shape.dataOffset(deviceSize: first?.device.size ?? .zero)
        var inspector = Inspector(creator: creator, shape: shape, dataOffset: commonOffset, asked: asked)
        var results = Dictionary(uniqueKeysWithValues: found)
        for (index, operand) in shape.operands.enumerated() where !operand.isMissing {
            if let result = results.removeValue(forKey: index) {
                try inspector.inspect(index, result)
            } else {
                // Told of like the others; that it stands in the list twice is found out in the end.
                try inspector.inspectAgain(operand.path)
            }
        }
        devices = inspector.devices
        claims = inspector.claims
        outcome = try inspector.conclude()
        try creator.judged { () throws(CreateRefusal) in try shape.checkMissing() }
    }

    /// Tells which metadata was guessed.
    func tellMetadata(_ creator: Creator<K>) {
        guard shape.defaults.contains(.metadata), creator.request.common.verbosity >= 0 else { return }
        creator.tell(.metadataDefault(shape.format))
    }

    /// Refuses a device that is listed twice. mdadm finds out when it writes, after it told of the metadata.
    func accept(_ creator: Creator<K>) throws(CreateEnded) {
        var seen: Set<DeviceNumber> = []
        for (index, operand) in shape.operands.enumerated() where !operand.isMissing {
            if let device = devices[index], seen.insert(device.device).inserted { continue }
            tellMetadata(creator)
            try creator.judged { () throws(CreateRefusal) in throw .listedTwice(operand.path) }
        }
    }

    /// Where data begins on a device.
    func dataOffset(of device: CreateDevice) -> Sectors {
        shape.operands[device.operand].dataOffset ?? commonOffset
    }

    private static func tellDefaults(_ shape: CreateShape, _ creator: Creator<K>) {
        if shape.defaults.contains(.layout) { creator.tell(.layoutDefault(shape.level, shape.layout)) }
        // The metadata that is guessed at the first device has its own defaults.
        if shape.defaults.contains(.chunk), !shape.defaults.contains(.metadata) {
            creator.tell(.chunkDefault(shape.chunk))
        }
    }

    private static func open(_ shape: CreateShape, _ creator: Creator<K>)
        -> [(Int, Result<ClaimedDevice, CreateObstacle>)]
    {
        let kernel = creator.context.kernel
        var jobs: [Job] = []
        for (index, operand) in shape.operands.enumerated() where !operand.isMissing {
            // A device that stands in the list twice would find itself busy.
            let isRepeated = shape.operands.prefix(index).contains { $0.path == operand.path }
            if !isRepeated { jobs.append(Job(operand: index, path: operand.path)) }
        }
        let results = kernel.concurrently(jobs) { job -> Result<ClaimedDevice, CreateObstacle> in
            do throws(CreateObstacle) {
                return .success(try CreateGather.read(job.path, operand: job.operand, kernel: kernel))
            } catch { return .failure(error) }
        }
        return zip(jobs, results).map { ($0.operand, $1) }
    }

    private struct Job: Sendable {
        let operand: Int
        let path: String
    }
}

/// Looks at devices one by one, as mdadm does, and gathers what they offer.
private struct Inspector<K: Kernel> {
    let creator: Creator<K>
    let shape: CreateShape
    let dataOffset: Sectors
    let asked: Sectors?
    var devices: [Int: CreateDevice] = [:]
    var claims: [DeviceHandle] = []
    var offers: [CreateSize.Offer] = []
    var isUnfit = false
    var isOdd = false
    /// mdadm says it once a run.
    var didNoteBoot = false
    var didGuess = false

    /// Whether nobody wants to know what the devices hold.
    private var isSilent: Bool { creator.request.common.run && creator.request.common.verbosity < 0 }

    /// The metadata is guessed at the first device only; until then a bad one is a wrong command line.
    private var isGuessing: Bool { shape.defaults.contains(.metadata) && devices.isEmpty }

    mutating func inspect(_ operand: Int, _ result: Result<ClaimedDevice, CreateObstacle>)
        throws(CreateEnded)
    {
        switch result {
        case .success(let claimed):
            claims.append(claimed.claim)
            try inspect(claimed.device, claimed.claim)
        case .failure(.cannotOpen(let path, let errno)):
            creator.tell(.cannotOpen(path, errno))
            throw .unusable
        case .failure(.notBlockDevice(let path)):
            creator.tell(.notBlockDevice(path))
            throw .unusable
        case .failure(.cannotClaim(let path, let errno)):
            if isGuessing {
                creator.tell(.cannotOpen(path, errno))
                throw .unusable
            }
            creator.tell(.cannotClaim(path, errno))
            creator.tell(.notSuitable(path))
            isUnfit = true
        }
    }

    /// A device that was listed before under the same name.
    mutating func inspectAgain(_ path: String) throws(CreateEnded) {
        if let device = devices.values.first(where: { $0.path == path }) { try inspect(device) }
    }

    private mutating func inspect(_ device: CreateDevice, _ claim: DeviceHandle? = nil) throws(CreateEnded) {
        let usable = shape.usable(
            deviceSize: device.size, dataOffset: shape.operands[device.operand].dataOffset ?? dataOffset)
        let offer = CreateSize.Offer(path: device.path, deviceSize: device.size, usable: usable)
        if usable != nil { tellGuess() }
        // A journal may be as small or as large as it likes.
        let isJournal = shape.journal == device.operand
        let misfits = CreateSize.weigh([offer], asked: isJournal ? nil : asked, shape: shape).misfits
        guard misfits.isEmpty, let usable else {
            try refuse(device, misfits)
            return
        }
        if !isJournal { offers.append(offer) }
        guard !isSilent else {
            devices[device.operand] = device
            return
        }
        for oddity in Oddity.all(on: device.path, device.evidence, shape: shape, usable: usable, asked: asked) {
            creator.tell(.oddity(oddity, oddity.date.map { creator.context.kernel.localTime($0) }))
            isOdd = true
        }
        // Scripts are asked what mdadm asks, and no more.
        if let claim, creator.context.listener.isInteractive,
            let type = ForeignContent.type(on: claim, kernel: creator.context.kernel)
        {
            creator.tell(.foreign(device.path, type: type))
            isOdd = true
        }
        if shape.defaults.contains(.metadata), shape.level == .raid1, !shape.format.isAtEnd, !didNoteBoot {
            creator.tell(.bootNote)
            didNoteBoot = true
            isOdd = true
        }
        devices[device.operand] = device
    }

    /// Once the first device suits the metadata that was guessed, what it defaults to is told.
    private mutating func tellGuess() {
        guard shape.defaults.contains(.metadata), !didGuess else { return }
        didGuess = true
        if shape.defaults.contains(.layout) { creator.tell(.layoutDefault(shape.level, shape.layout)) }
        if shape.defaults.contains(.chunk) { creator.tell(.chunkDefault(shape.chunk)) }
    }

    private mutating func refuse(_ device: CreateDevice, _ misfits: [CreateSize.Misfit]) throws(CreateEnded) {
        for misfit in misfits {
            guard case .tooSmallForMetadata = misfit else {
                creator.tell(.misfit(misfit))
                continue
            }
            // Of 0.90 mdadm says only what follows from it.
            if shape.format != .version0 { creator.tell(.misfit(misfit)) }
            if isGuessing {
                creator.tell(.notSuitableForAny(device.path))
                throw .unusable
            }
            creator.tell(.notSuitable(device.path))
        }
        isUnfit = true
    }

    /// The size, once all devices were seen; asks for leave to go on where something was odd.
    mutating func conclude() throws(CreateEnded) -> CreateSize.Outcome {
        guard !isUnfit else {
            creator.tell(.aborted)
            throw .failed
        }
        let outcome = CreateSize.weigh(offers, asked: asked, shape: shape)
        if shape.format == .version0, outcome.componentSize.kibibytes > UInt64(UInt32.max) {
            let limit: Version0Limit = asked == nil ? .devices(shape.level) : .size
            _ = try creator.judged { () throws(CreateRefusal) in throw .version0(limit) }
        }
        if shape.chunk > outcome.componentSize, !shape.hasNoComponentSize {
            _ = try creator.judged { () throws(CreateRefusal) in throw .sizeBelowChunk }
        }
        let verbosity = creator.request.common.verbosity
        if verbosity > 0, let chosen = outcome.chosen { creator.tell(.sizeSet(chosen)) }
        if let path = outcome.wasteful, !isSilent {
            creator.tell(.wasteful(path, size: outcome.componentSize))
            isOdd = true
        }
        try guardOldArrays()
        if isOdd {
            if creator.request.common.run {
                if verbosity > 0 { creator.tell(.goingOnDespiteOddities) }
            } else if !creator.context.listener.confirm(.create(.continueCreating)) {
                creator.tell(.declined)
                throw .failed
            }
        }
        return outcome
    }

    /// An array that could start is not lost by a slip of the fingers: a person has to name it. Scripts, which have
    /// their `--run` or answer the question, go on as with mdadm.
    private func guardOldArrays() throws(CreateEnded) {
        let found = devices.values.sorted { $0.operand < $1.operand }.map {
            EndangeredArray.Device(path: $0.path, superblock: $0.evidence.superblock, elder: $0.evidence.elder)
        }
        let arrays = EndangeredArray.all(on: found)
        let request = creator.request
        if let uuid = request.destroyed.first(where: { uuid in !arrays.contains { $0.uuid == uuid } }) {
            _ = try creator.judged { () throws(CreateRefusal) in throw .notDestroyed(uuid) }
        }
        let unnamed = arrays.filter { !request.destroyed.contains($0.uuid) }
        let mayAsk = creator.context.listener.isInteractive && !creator.context.options.dryRun
        if mayAsk, !request.common.run, !request.common.force, !unnamed.isEmpty {
            for array in unnamed { creator.tell(.wouldDestroy(array)) }
            throw .failed
        }
        let isSaid = request.common.run || request.common.force
        for array in arrays where isSaid || request.destroyed.contains(array.uuid) { creator.tell(.destroys(array)) }
    }
}
