package import MDOperations

extension AssembleNotice: Worded {
    package var messages: [Message] { [] }
}
