internal import Wire

extension OperationDescription {
    private static let unknown: Answer = (
        "409", "A member does not know it yet: the feature level has not risen."
    )

    /// The calls of guards and counters.
    init?(coordination resource: Resource, method: Method) {
        switch (resource, method) {
        case (.guards, _): self.init("What is written only in the name of a lock.")
        case (.guarded, .get):
            self.init("The lock in whose name the subtree is written.")
            answers += [Self.notFound]
        case (.guarded, .put):
            self.init(
                "From here on the subtree is written only with a token of that lock.",
                body: .fields(["lock"])
            )
            answers += [Self.unknown]
        case (.guarded, _):
            self.init("From here on the subtree is written as any other.")
            answers += [Self.notFound]
        case (.counter, .get):
            self.init("What a counter shows.")
            answers += [Self.notFound]
        case (.counter, .post):
            self.init("Adds to a counter, and tells what it showed.", body: .fields(["add"]))
            answers += [("409", "It cannot count so far, or a member does not know counters yet.")]
        case (.counter, _):
            self.init("Sets a counter, and tells what it showed.", body: .fields(["value"]))
            answers += [Self.unknown]
        default: return nil
        }
        if method != .get { headers = Self.writeHeaders }
    }
}
