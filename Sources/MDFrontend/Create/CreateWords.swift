package import MDOperations

extension CreateNotice: Worded {
    package var messages: [Message] { [] }
}

extension CreateQuestion {
    var text: String { "" }
}
