internal import Bytes
internal import Platform
internal import Wire

/// A subtree as it was at one revision.
struct ConfigurationTree: Sendable {
    let json: JSONValue
    /// The highest revision of a key in it; of an empty one the store's.
    let revision: UInt64

    /// Nil where the answer holds none.
    init?(_ reply: Response) {
        let store = reply.headers["roost-revision"]?.decimalValue ?? 0
        if reply.status == 404 {
            json = .object(JSONObject(members: []))
            revision = store
            return
        }
        guard reply.isSuccess, let json = reply.json, json.object != nil else { return nil }
        self.json = json
        revision = store
    }
}

/// Reads a subtree again whenever it has changed; blocks its thread.
struct ConfigurationReader: Sendable {
    private static let waitMilliseconds: UInt64 = 30_000
    private static let graceMilliseconds: UInt64 = 5_000
    private static let pauseMilliseconds: UInt64 = 500

    private let path: RoostKey
    private let endpoints: [ServiceAddress]
    private let authorization: Authorization?
    private let governor: CallGovernor

    init(path: RoostKey, of client: RoostClient) {
        self.path = path
        endpoints = client.endpoints
        authorization = client.authorization
        governor = client.governor
    }

    /// Asks for the tree; with a revision as soon as something has changed since.
    func call(since revision: UInt64?) -> Call {
        var call = Call.read(Call.path(ofKey: path.bytes) + Array("?recursive&format=tree".utf8))
        if let revision {
            call.add("since", value: revision)
            call.add(waitMilliseconds: Self.waitMilliseconds)
        }
        return call
    }

    /// Tells every state that differs from the one before, and why there is none for good.
    func follow(
        from first: ConfigurationTree,
        until interruption: Interruption,
        _ tell: (Result<ConfigurationTree, RoostError>) -> Void
    ) {
        let client = Client(
            endpoints: endpoints,
            authorization: authorization,
            governor: governor,
            interruption: interruption
        )
        var last = first
        var hasFailed = false
        while !interruption.isCalled {
            switch look(client, since: last.revision) {
            case .success(let tree):
                let isNews = tree.json != last.json || hasFailed
                hasFailed = false
                last = tree
                if isNews { tell(.success(tree)) }
            case .failure(let error):
                if let error {
                    hasFailed = true
                    tell(.failure(error))
                }
                client.moveOn()
                interruption.rest(
                    until: Clock.monotonicNow().advanced(byMilliseconds: Self.pauseMilliseconds)
                )
            }
        }
    }

    /// What came of one look; no error where it is only to be repeated.
    private enum Look {
        case success(ConfigurationTree)
        case failure(RoostError?)
    }

    private func look(_ client: Client, since revision: UInt64) -> Look {
        let limit = Clock.monotonicNow().advanced(
            byMilliseconds: Self.waitMilliseconds + Self.graceMilliseconds
        )
        guard case .success(let reply) = client.result(of: call(since: revision), until: limit),
            reply.status != 503, reply.status != 429
        else { return .failure(nil) }
        if let tree = ConfigurationTree(reply) { return .success(tree) }
        guard reply.isSuccess else { return .failure(.refused(ServiceRefusal(reply))) }
        return .failure(.malformedAnswer(why: "\(reply.endpoint) answers no tree"))
    }

    /// What a decoder has found, for people.
    static func words(_ error: any Error) -> String {
        switch error as? Swift.DecodingError {
        case .dataCorrupted(let context), .keyNotFound(_, let context),
            .typeMismatch(_, let context), .valueNotFound(_, let context):
            let place = context.codingPath.map(\.stringValue).joined(separator: "/")
            return place.isEmpty
                ? context.debugDescription : "\(context.debugDescription) (at \(place))"
        default: return "\(error)"
        }
    }
}
