internal import Keyspace
internal import Wire

/// A request's path, understood.
struct Route {
    /// The variable part of the address, decoded and valid.
    enum Argument {
        case none
        case key(Key)
        /// The root of a subtree that is guarded.
        case guarded(Key)
        case lease(LeaseID)
        case name([UInt8])
        /// What stands for a member: its id or its name.
        case member([UInt8])
        /// A user's or a role's name.
        case access(AccessName)
        case service(RegisteredService)
        case instance(RegisteredService, InstanceID)
        /// The number of a key that signs tokens.
        case signingKey(UInt64)
    }

    /// What a request is about, by its address; nil where the query says it.
    var object: [UInt8]? {
        switch argument {
        case .none: nil
        case .key(let key), .guarded(let key): key.bytes
        case .lease(let lease): lease.text
        case .name(let name), .member(let name): name
        case .access(let name): name.bytes
        case .service(let service): service.bytes
        case .instance(let service, let id): service.bytes + [UInt8(ascii: "/")] + id.bytes
        case .signingKey(let id): Array(String(id).utf8)
        }
    }

    let resource: Resource
    let argument: Argument

    private init(_ resource: Resource, argument: Argument = .none) {
        self.resource = resource
        self.argument = argument
    }

    /// The asterisk of `OPTIONS *`: the server as a whole.
    static let everything = Route(.key)

    private static let keyPrefix = [UInt8]("/v1/kv/")
    private static let quotaPrefix = [UInt8]("/v1/quotas/")
    private static let guardPrefix = [UInt8]("/v1/guards/")

    init(_ path: ArraySlice<UInt8>) throws(Problem) {
        if path.starts(with: Self.keyPrefix) {
            self.init(.key, argument: .key(try Self.key(path, behind: Self.keyPrefix)))
        } else if path.starts(with: Self.quotaPrefix) {
            self.init(.quota, argument: .key(try Self.key(path, behind: Self.quotaPrefix)))
        } else if let resource = Self.fixed(path) {
            self.init(resource)
        } else if path.starts(with: Self.guardPrefix) {
            self.init(.guarded, argument: .guarded(try Self.key(path, behind: Self.guardPrefix)))
        } else {
            self = try Self.named(path)
        }
    }

    /// The key that begins with the slash that ends the prefix.
    private static func key(
        _ path: ArraySlice<UInt8>,
        behind prefix: [UInt8]
    ) throws(Problem) -> Key {
        let text = path.dropFirst(prefix.count - 1)
        let key: [UInt8]
        do { key = try PercentEncoding.decodePath(text) } catch {
            throw Problem(error, in: "path")
        }
        return try Key(pathText: key)
    }

    /// The addresses without a variable part.
    private static func fixed(_ path: ArraySlice<UInt8>) -> Resource? {
        if path.isEmpty { return .frontPage }
        return Resource.allCases.first {
            $0 != .key && $0 != .guarded && path.equals($0.template)
        }
    }

    private static func named(_ path: ArraySlice<UInt8>) throws(Problem) -> Route {
        let parts = path.dropFirst().split(
            separator: UInt8(ascii: "/"),
            omittingEmptySubsequences: false
        )
        if parts[0].equals("v1"), parts.count > 2, parts[1].equals("services") {
            return try serviceRoute(parts.dropFirst(2), path: path)
        }
        guard (3...4).contains(parts.count), parts[0].equals("v1"), !parts[2].isEmpty else {
            throw noSuchCall(path)
        }
        let verb = parts.count == 4 ? parts[3] : nil
        if parts[1].equals("auth"), let verb {
            return try accessRoute(parts[2], name: verb, path: path)
        }
        if parts[1].equals("members") {
            return try memberRoute(parts[2], verb: verb, path: path)
        } else if parts[1].equals("leases") {
            return try leaseRoute(parts[2], verb: verb, path: path)
        } else if parts[1].equals("locks") {
            return Route(try lockResource(verb, path: path), argument: try name(parts[2]))
        } else if parts[1].equals("counters"), verb == nil {
            return Route(.counter, argument: try name(parts[2]))
        } else if parts[1].equals("queues") {
            return Route(try queueResource(verb, path: path), argument: try name(parts[2]))
        } else if parts[1].equals("barriers") {
            return Route(try barrierResource(verb, path: path), argument: try name(parts[2]))
        } else if parts[1].equals("elections") {
            return Route(try electionResource(verb, path: path), argument: try name(parts[2]))
        }
        throw noSuchCall(path)
    }

    private static func memberRoute(
        _ text: ArraySlice<UInt8>,
        verb: ArraySlice<UInt8>?,
        path: ArraySlice<UInt8>
    ) throws(Problem) -> Route {
        let resource: Resource
        switch verb {
        case nil: resource = .member
        case .some(let verb) where verb.equals("replace"): resource = .memberReplacement
        default: throw noSuchCall(path)
        }
        do { return Route(resource, argument: .member(try PercentEncoding.decode(text))) } catch {
            throw Problem(error, in: "name")
        }
    }

    private static func accessRoute(
        _ collection: ArraySlice<UInt8>,
        name text: ArraySlice<UInt8>,
        path: ArraySlice<UInt8>
    ) throws(Problem) -> Route {
        let resource: Resource
        if collection.equals("keys") {
            guard let id = Array(text).decimalValue else {
                throw .bad("The path holds no number of a key; GET /v1/auth/keys lists them.")
            }
            return Route(.authKey, argument: .signingKey(id))
        }
        if collection.equals("users") {
            resource = .authUser
        } else if collection.equals("roles") {
            resource = .authRole
        } else {
            throw noSuchCall(path)
        }
        let bytes: [UInt8]
        do { bytes = try PercentEncoding.decode(text) } catch { throw Problem(error, in: "name") }
        guard let name = AccessName(bytes) else { throw .accessName("The path's name") }
        return Route(resource, argument: .access(name))
    }

    /// - Parameter parts: a service's name, and what follows.
    private static func serviceRoute(
        _ parts: ArraySlice<ArraySlice<UInt8>>,
        path: ArraySlice<UInt8>
    ) throws(Problem) -> Route {
        var names: [[UInt8]] = []
        for part in parts {
            do { names.append(try PercentEncoding.decode(part)) } catch {
                throw Problem(error, in: "name")
            }
        }
        let service = try RegisteredService(names[0])
        if names.count == 1 { return Route(.service, argument: .service(service)) }
        if names.count == 2, names[1].equals("watch") {
            return Route(.serviceWatch, argument: .service(service))
        }
        guard let id = InstanceID(names[1]) else { throw InstanceID.problem }
        if names.count == 2 { return Route(.serviceInstance, argument: .instance(service, id)) }
        guard names.count == 3, names[2].equals("health"), !names[1].equals("watch") else {
            throw noSuchCall(path)
        }
        return Route(.instanceHealth, argument: .instance(service, id))
    }

    private static func leaseRoute(
        _ text: ArraySlice<UInt8>,
        verb: ArraySlice<UInt8>?,
        path: ArraySlice<UInt8>
    ) throws(Problem) -> Route {
        let resource: Resource
        switch verb {
        case nil: resource = .lease
        case .some(let verb) where verb.equals("keepalive"): resource = .leaseKeepAlive
        default: throw noSuchCall(path)
        }
        guard let lease = LeaseID(text: text) else {
            throw .bad("The path holds no lease id: up to sixteen hexadecimal digits.")
        }
        return Route(resource, argument: .lease(lease))
    }

    private static func lockResource(
        _ verb: ArraySlice<UInt8>?,
        path: ArraySlice<UInt8>
    ) throws(Problem) -> Resource {
        guard let verb else { return .lock }
        if verb.equals("hold") { return .lockHold }
        if verb.equals("verify") { return .lockVerify }
        throw noSuchCall(path)
    }

    private static func queueResource(
        _ verb: ArraySlice<UInt8>?,
        path: ArraySlice<UInt8>
    ) throws(Problem) -> Resource {
        guard let verb else { return .queue }
        if verb.equals("take") { return .queueTake }
        if verb.equals("ack") { return .queueAck }
        if verb.equals("nack") { return .queueNack }
        if verb.equals("extend") { return .queueExtend }
        throw noSuchCall(path)
    }

    private static func barrierResource(
        _ verb: ArraySlice<UInt8>?,
        path: ArraySlice<UInt8>
    ) throws(Problem) -> Resource {
        guard let verb else { return .barrier }
        if verb.equals("enter") { return .barrierEnter }
        if verb.equals("leave") { return .barrierLeave }
        throw noSuchCall(path)
    }

    private static func electionResource(
        _ verb: ArraySlice<UInt8>?,
        path: ArraySlice<UInt8>
    ) throws(Problem) -> Resource {
        guard let verb else { return .election }
        if verb.equals("campaign") { return .campaign }
        if verb.equals("observe") { return .observe }
        if verb.equals("hold") { return .electionHold }
        if verb.equals("proclaim") { return .proclaim }
        if verb.equals("resign") { return .resign }
        if verb.equals("handover") { return .handOver }
        throw noSuchCall(path)
    }

    /// One segment of the address, in which `%2F` parts the segments of the name.
    private static func name(_ text: ArraySlice<UInt8>) throws(Problem) -> Argument {
        let name: [UInt8]
        do { name = try PercentEncoding.decode(text) } catch {
            throw Problem(error, in: "name")
        }
        guard Contest.isValid(name: name) else { throw .contestName(name) }
        return .name(name)
    }

    private static func noSuchCall(_ path: ArraySlice<UInt8>) -> Problem {
        Problem(
            .noSuchCall,
            "Nothing is served at \(text(path)). GET /openapi.json lists what is served."
        )
    }
}
