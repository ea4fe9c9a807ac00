package import MDOperations

extension ClusterNotice: Worded {
    package var messages: [Message] { [] }
}
