extension Violation {
    /// Accepted until those who own the files come by. It only ever gets shorter.
    static let known: Set<String> = [
        "Sources/MDFrontend/Options/Mode.swift: undocumented: contains",
        "Sources/MDOperations/Arrays/ArrayNaming.swift: undocumented: Failure",
        "Sources/MDFrontend/Assemble/AssembleRefusalWords.swift: line length: 121 characters",
        "Sources/MDFrontend/Assemble/AssembleRefusalWords.swift: line length: 130 characters",
        "Sources/MDFrontend/Assemble/AssembleWords.swift: line length: 123 characters",
        "Sources/MDFrontend/Assemble/ConfigurationWords.swift: line length: 130 characters",
        "Sources/MDFrontend/Assemble/ConfigurationWords.swift: line length: 132 characters",
        "Sources/MDFrontend/Create/RefusalWords.swift: line length: 121 characters",
        "Sources/MDFrontend/State/StateWords.swift: line length: 143 characters",
        "Sources/MDFrontend/State/StateWords.swift: line length: 122 characters",
        "Sources/MDOperations/Zero/Zeroer.swift: line length: 122 characters",
        "Sources/MDFrontend/Assemble/AssembleRunner.swift: undocumented: exitStatus",
        "Sources/MDModel/Assemble/Assembly.swift: undocumented: Member",
        "Sources/MDModel/Assemble/Assembly.swift: undocumented: isReplacement",
        "Sources/MDModel/Assemble/Assembly.swift: undocumented: Standing",
        "Sources/MDModel/Assemble/Assembly.swift: undocumented: Refusal",
        "Sources/MDModel/Assemble/AssemblySelection.swift: undocumented: Rules",
        "Sources/MDModel/Assemble/AssemblySelection.swift: undocumented: Told",
        "Sources/MDModel/Cluster/AddDeviceEvent.swift: undocumented: judge",
        "Sources/MDModel/Create/CreateBlueprint.swift: undocumented: isClustered",
        "Sources/MDModel/Create/CreateShape.swift: undocumented: Bitmap",
        "Sources/MDModel/Create/CreateShape.swift: undocumented: Defaults",
        "Sources/MDOperations/Assemble/AssembleNotice.swift: undocumented: Result",
        "Sources/MDOperations/Assemble/DeviceScan.swift: undocumented: paths",
        "Sources/MDOperations/Cluster/UnusedDevices.swift: undocumented: Device",
        "Sources/MDOperations/Manage/ManagedArray.swift: undocumented: isClustered",
        "Sources/MDOperations/Manage/ManagedArray.swift: undocumented: isExternal",
        "Sources/MDOperations/Manage/ManagedArray.swift: undocumented: survival",
        "Sources/MDOperations/Manage/ManagedArray.swift: undocumented: isFaulty",
    ]

    /// Without the line, which moves.
    var identity: String { "\(path): \(what)" }
}
