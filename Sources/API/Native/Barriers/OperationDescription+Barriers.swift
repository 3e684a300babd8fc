internal import Wire

extension OperationDescription {
    private static let refused: Answer = (
        "409",
        "It broke for all, others pass it by another number or have all come, the wait ran out, or a member does not know barriers yet."
    )

    /// The calls of barriers.
    init?(barriers resource: Resource, method: Method) {
        switch (resource, method) {
        case (.barriers, _):
            self.init("The barriers in which somebody is, in the order of names.")
            parameters = ["limit", "after"]
        case (.barrier, .get):
            self.init("Who is in a barrier, or how one of its generations is or ended.")
            parameters = [.init("generation", type: .number)]
        case (.barrier, _):
            self.init("Breaks a barrier for all who are in it.")
            headers = Self.writeHeaders
        case (.barrierEnter, _):
            self.init(
                "Enters a barrier, waiting for all to enter if asked to.",
                body: .fields(BarrierCall.enterFields)
            )
            headers = Self.writeHeaders
            answers = [("200", "In, in the phase that is told."), Self.refused]
        case (.barrierLeave, _):
            self.init(
                "Leaves a barrier, waiting for all to leave if asked to.",
                body: .fields(BarrierCall.leaveFields)
            )
            headers = Self.writeHeaders
            answers += [Self.refused]
        default: return nil
        }
    }
}
