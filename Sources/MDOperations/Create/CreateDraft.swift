internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel

/// All bytes of the new array, made from what was surveyed.
struct CreateDraft<K: Kernel> {
    let identity: CreateBlueprint.Identity
    let blueprint: CreateBlueprint

    init(_ creator: Creator<K>, _ survey: CreateSurvey<K>, identity: CreateBlueprint.Identity)
        throws(CreateEnded)
    {
        self.identity = identity
        let request = creator.request
        let shape = survey.shape
        let slots = CreateSlots(shape, assumeClean: request.assumeClean, force: request.common.force)
        var devices: [Int: CreateBlueprint.Device] = [:]
        for (index, found) in survey.devices {
            devices[index] = Self.device(
                found, operand: shape.operands[index], dataOffset: survey.dataOffset(of: found),
                kernel: creator.context.kernel)
        }
        var options = CreateBlueprint.Options()
        options.bitmapChunk = request.bitmapChunk?.rawValue
        options.writeBehind = request.writeBehind ?? 0
        options.bitmapDelay = request.bitmapDelay ?? 5
        if shape.hasJournal { options.journalStart = creator.context.kernel.randomBytes(4)[Field<UInt32>(at: 0)] }
        options.isTakenForClean = request.assumeClean
        options.badBlockLog = creator.configuration.creation.badBlockLog
        do throws(CreateRefusal) {
            blueprint = try CreateBlueprint(
                shape, slots: slots, componentSize: survey.outcome.componentSize, devices: devices,
                identity: identity, options: options)
        } catch {
            // mdadm finds out after it told of the metadata.
            survey.tellMetadata(creator)
            throw creator.end(error)
        }
    }

    private static func device(
        _ found: CreateDevice, operand: DeviceOperand, dataOffset: Sectors, kernel: K
    ) -> CreateBlueprint.Device {
        var device = CreateBlueprint.Device(
            path: found.path, size: found.size, dataOffset: dataOffset, uuid: UUID(bytes: kernel.randomBytes(16)))
        device.number = found.device
        if operand.isWriteMostly == true { device.flags.insert(.writeMostly) }
        if operand.isFailfast == true { device.flags.insert(.failfast) }
        return device
    }
}
