package import MDOperations

extension ManageNotice: Worded {
    package var messages: [Message] { [] }
}
