internal import Wire

extension OperationDescription {
    private static let lost: Answer = (
        "412", "The token has no item any more: it is done, or was taken again."
    )

    /// The calls of queues.
    init?(queues resource: Resource, method: Method) {
        switch (resource, method) {
        case (.queues, _):
            self.init("The queues with what is in each, in the order of names.")
            parameters = ["limit", "after"]
        case (.queue, .get):
            self.init("What is in a queue, or with peek the item that comes next.")
            parameters = [.init("peek", type: .flag)]
            answers += [("204", "With peek: there is nothing to take.")]
        case (.queue, .post):
            self.init("Pushes the body's bytes as an item.", body: .bytes)
            parameters = [
                .init("priority", type: .number), .init("delay", type: .string),
                .init("key", type: .string), .init("tries", type: .number),
                .init("dead", type: .string),
            ]
            answers = [
                ("200", "An item of that key is there already."), ("201", "It is in the queue."),
                ("507", "Queues have no room for it."),
            ]
        case (.queue, _): self.init("Removes a queue with all its items.")
        case (.queueTake, _):
            self.init(
                "Takes the first item and hides it, waiting for one if asked to.",
                body: .fields(TakeCall.fields)
            )
            answers = [
                ("200", "The item is yours for that long."), ("204", "There is nothing to take."),
            ]
        case (.queueAck, _):
            self.init("The item is done, and goes.")
            parameters = ["token"]
            answers += [Self.lost]
        case (.queueNack, _):
            self.init("The item failed, and can be taken again, or is dead.")
            parameters = ["token", .init("delay", type: .string)]
            answers += [Self.lost]
        case (.queueExtend, _):
            self.init("The item stays hidden for so long from now on.")
            parameters = ["token", .init("visible", type: .string)]
            answers += [Self.lost]
        default: return nil
        }
        if method != .get {
            headers = Self.writeHeaders
            answers += [
                ("409", "A member does not know queues yet: the feature level has not risen.")
            ]
        }
    }
}
