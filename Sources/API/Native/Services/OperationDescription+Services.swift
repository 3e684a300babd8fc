internal import Wire

extension OperationDescription {
    private static let absent: Answer = ("404", "There is no such instance.")
    private static let filters: [QueryParameter] = [.init("healthy", type: .flag), "tag"]
    private static let freshness: [QueryParameter] = ["consistency", "at_least", "wait", "since"]
    private static let writing: [StaticString] = [
        "Idempotency-Key", "Roost-Lock", "Roost-Note",
    ]

    /// The calls of `/v1/services`.
    init?(services resource: Resource, method: Method) {
        switch (resource, method) {
        case (.services, .get):
            self.init(
                "The services, with how many instances each has and how many are healthy.",
                parameters: Self.freshness + ["limit", "after"]
            )
        case (.service, .get):
            self.init(
                "The instances of a service; waits for a change.",
                parameters: Self.filters + Self.freshness + [
                    "limit", "after",
                    .init("format", type: .choice(["http-sd", "nginx", "haproxy"])),
                ]
            )
        case (.serviceWatch, .get):
            self.init(
                "Follows the instances of a service: begin, instance, synced, gone.",
                parameters: Self.filters,
                answers: [("200", "A stream of Server-Sent Events.")]
            )
            headers = ["Last-Event-ID"]
        case (.serviceInstance, .get):
            self.init(
                "An instance of a service.",
                parameters: Self.freshness,
                answers: [("200", "The instance."), Self.absent]
            )
        case (.serviceInstance, .put):
            self.init(
                "Registers an instance.",
                body: .fields(RegistrationCall.fields),
                answers: [
                    ("200", "Registered anew."), ("201", "Registered."),
                    ("404", "There is no such lease."),
                ]
            )
            headers = Self.writing
        case (.serviceInstance, .delete):
            self.init(
                "Deregisters an instance.",
                answers: [("200", "Done."), Self.absent]
            )
            headers = Self.writing
        case (.instanceHealth, .put):
            self.init(
                "Reports how an instance is, and keeps its registration alive.",
                body: .fields(InstanceHealth.fields),
                answers: [("200", "Noted."), Self.absent]
            )
            headers = Self.writing
        default: return nil
        }
    }
}
