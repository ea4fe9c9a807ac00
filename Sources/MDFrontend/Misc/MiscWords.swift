package import MDOperations

extension MiscNotice: Worded {
    package var messages: [Message] { [] }
}
