extension MemberTests {
    /// The calls of queues and barriers, with their methods.
    static let coordinationCalls: [String: [String]] = [
        "/v1/queues": ["get"], "/v1/queues/{name}": ["get", "post", "delete"],
        "/v1/queues/{name}/take": ["post"], "/v1/queues/{name}/ack": ["post"],
        "/v1/queues/{name}/nack": ["post"], "/v1/queues/{name}/extend": ["post"],
        "/v1/barriers": ["get"], "/v1/barriers/{name}": ["get", "delete"],
        "/v1/barriers/{name}/enter": ["post"], "/v1/barriers/{name}/leave": ["post"],
    ]
}
