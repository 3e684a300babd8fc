internal import Keyspace
internal import Wire

/// The linearizable reads of leases, locks, elections and quotas, one or a page of all, of guards,
/// counters, queues, barriers and the settings, and of which revision was in force when.
struct Lookup {
    enum Subject {
        case lease(LeaseID)
        case leases(after: LeaseID?, limit: Int)
        case contest(Contest)
        /// Whether that is the value of the election's leader: what a balancer of load asks.
        case leader(Contest, is: [UInt8])
        case contests(Contest.Kind, after: [UInt8], limit: Int)
        case settings
        case quota(Key)
        case quotas(after: Key?, limit: Int)
        case guards
        case guarded(Key)
        case counter([UInt8])
        case queue(QueueName)
        case firstItem(QueueName)
        case barrier(BarrierName, BarrierGeneration?)
        case barriers(after: BarrierName, limit: Int)
        case queues(after: QueueName, limit: Int)
        /// nil is now.
        case revision(at: WallTime?)
    }

    /// The most keys or waiters shown with one lease or lock.
    private static let shownMax = 10_000

    let subject: Subject

    init(_ subject: Subject) { self.subject = subject }

    static func leases(_ parameters: inout Parameters) throws(Problem) -> Lookup {
        Lookup(.leases(after: try parameters.lease("after"), limit: try parameters.limit()))
    }

    static func contests(
        _ kind: Contest.Kind,
        parameters: inout Parameters
    ) throws(Problem) -> Lookup {
        let after = try parameters.text("after") ?? []
        return Lookup(.contests(kind, after: after, limit: try parameters.limit()))
    }

    func resume(
        _ resumption: Resumption,
        by principal: Principal,
        in keyspace: Keyspace
    ) throws(Problem) -> NativeStep {
        switch resumption {
        case .unreadable: throw .unreadable
        case .disconnected: return .finish
        default: break
        }
        switch subject {
        case .lease(let id):
            return .respond(try Self.lease(id, for: principal.caller, in: keyspace))
        case .leases(let after, let limit):
            return .respond(Self.leases(after, limit: limit, in: keyspace))
        case .contest(let contest): return .respond(try Self.contest(contest, in: keyspace))
        case .leader(let election, let value):
            return .respond(try Self.leader(of: election, is: value, in: keyspace))
        case .contests(let kind, let after, let limit):
            return .respond(Self.contests(kind, after: after, limit: limit, in: keyspace))
        case .settings: return .respond(.settings(keyspace.settings, level: keyspace.featureLevel))
        case .quota(let path): return .respond(try Self.quota(of: path, in: keyspace))
        case .quotas(let after, let limit):
            return .respond(Self.quotas(after, limit: limit, in: keyspace))
        case .guards: return .respond(Self.guards(in: keyspace))
        case .guarded(let root): return .respond(try Self.guarded(root, in: keyspace))
        case .counter(let name): return .respond(try Self.counter(name, in: keyspace))
        case .queue(let name): return .respond(Self.queue(name, in: keyspace))
        case .barrier(let name, let generation):
            return .respond(try Self.barrier(name, generation: generation, in: keyspace))
        case .barriers(let after, let limit):
            return .respond(Self.barriers(after: after, limit: limit, in: keyspace))
        case .firstItem(let name): return .respond(Self.firstItem(of: name, in: keyspace))
        case .queues(let after, let limit):
            return .respond(Self.queues(after: after, limit: limit, in: keyspace))
        case .revision(let time):
            return .respond(try Self.revision(at: time, in: keyspace.store))
        }
    }

    // MARK: - Times

    static func revision(_ parameters: inout Parameters) throws(Problem) -> Lookup {
        guard let text = try parameters.text("at") else { return Lookup(.revision(at: nil)) }
        guard let time = WrittenTime(parsing: text)?.unixMilliseconds else {
            throw .parameter("at", fault: "is no time such as 2026-11-28T10:00:00Z")
        }
        return Lookup(.revision(at: WallTime(rawValue: time)))
    }

    private static func revision(
        at time: WallTime?,
        in store: Store
    ) throws(Problem) -> HTTPResponse {
        var revision = store.revision
        do { if let time { revision = try store.revision(at: time) } } catch {
            throw Problem(error)
        }
        var json = JSONWriter()
        json.beginObject()
        json.member("revision", number: revision.rawValue)
        json.endObject()
        return .json(json)
    }

    // MARK: - Leases

    /// Of its keys those that the caller may read, whoever it is.
    private static func lease(
        _ id: LeaseID,
        for caller: Caller,
        in keyspace: Keyspace
    ) throws(Problem) -> HTTPResponse {
        guard let standing = keyspace.lease(id) else { throw Problem(.notFound(.lease)) }
        var json = JSONWriter()
        json.beginObject()
        json.members(of: standing)
        json.name("keys")
        json.beginArray()
        let access = keyspace.access
        for key in keyspace.keys(of: id, after: nil, countMax: shownMax)
        where access.decide(caller, on: .read(.key(key))).isAllowed {
            json.string(key.bytes)
        }
        json.endArray()
        json.endObject()
        return .json(json)
    }

    private static func leases(
        _ after: LeaseID?,
        limit: Int,
        in keyspace: Keyspace
    ) -> HTTPResponse {
        page(
            "leases",
            of: keyspace.leases(after: after, countMax: limit),
            limit: limit,
            name: \.id.text
        ) { standing, json in
            json.beginObject()
            json.members(of: standing)
            json.endObject()
        }
    }

    /// A page of a collection, of which more follow where it is full.
    ///
    /// - Parameters:
    ///   - name: what the next page begins after.
    ///   - write: one element.
    static func page<Element>(
        _ collection: StaticString,
        of elements: [Element],
        limit: Int,
        name: (Element) -> [UInt8],
        _ write: (Element, inout JSONWriter) -> Void
    ) -> HTTPResponse {
        var next: [UInt8]?
        if elements.count == limit, let last = elements.last {
            next = address(collection, limit: limit, after: name(last))
        }
        var json = JSONWriter()
        json.beginObject()
        json.name(collection)
        json.beginArray()
        for element in elements { write(element, &json) }
        json.endArray()
        json.next(next)
        json.endObject()
        return .page(json, next: next)
    }

    private static func address(
        _ collection: StaticString,
        limit: Int,
        after: [UInt8]
    ) -> [UInt8] {
        var url = [UInt8]("/v1/")
        url.append(collection)
        url.append("?limit=")
        url.append(decimal: UInt64(limit))
        url.append("&after=")
        PercentEncoding.append(component: after, to: &url)
        return url
    }

    // MARK: - Locks and elections

    private static func contest(
        _ contest: Contest,
        in keyspace: Keyspace
    ) throws(Problem) -> HTTPResponse {
        var json = JSONWriter()
        switch contest.kind {
        case .lock:
            let holders = keyspace.holders(of: contest, countMax: shownMax)
            let waiters = keyspace.waiters(of: contest, countMax: shownMax).first
            let shut = keyspace.shutMilliseconds(contest)
            guard !holders.isEmpty || !waiters.isEmpty || shut != nil else {
                throw .notFound("lock", detail: "The lock \(text(contest.name)) is free.")
            }
            json.beginObject()
            json.member("name", string: contest.name)
            json.name("holders")
            json.holders(holders)
            json.waiters(waiters)
            if let shut { json.member("delay_remaining", milliseconds: shut) }
            json.endObject()
        case .election:
            guard let leader = keyspace.holders(of: contest).first else {
                throw .notFound(
                    "election",
                    detail: "The election \(text(contest.name)) has no leader."
                )
            }
            json.leader(leader, isAsked: keyspace.isAskedToHandOver(contest))
        }
        return .json(json)
    }

    private static func leader(
        of election: Contest,
        is value: [UInt8],
        in keyspace: Keyspace
    ) throws(Problem) -> HTTPResponse {
        guard let leader = keyspace.holders(of: election).first, leader.value == value,
            keyspace.holder(of: election, token: leader.token) != nil
        else {
            throw Problem(
                .unavailable,
                "The leader of \(text(election.name)) has another value, or there is none."
            )
        }
        var json = JSONWriter()
        json.leader(leader)
        return .json(json)
    }

    private static func contests(
        _ kind: Contest.Kind,
        after: [UInt8],
        limit: Int,
        in keyspace: Keyspace
    ) -> HTTPResponse {
        page(
            kind == .lock ? "locks" : "elections",
            of: keyspace.contests(kind, after: after, countMax: limit),
            limit: limit,
            name: \.name
        ) { contest, json in
            json.beginObject()
            json.member("name", string: contest.name)
            json.name("holders")
            json.holders(keyspace.holders(of: contest))
            json.member(
                "waiting",
                number: UInt64(keyspace.waiters(of: contest, countMax: 0).count)
            )
            json.endObject()
        }
    }
}

extension HTTPResponse {
    /// The settings of the cluster.
    static func settings(
        _ settings: ClusterSettings,
        level: FeatureLevel? = nil
    ) -> HTTPResponse {
        var json = JSONWriter()
        json.settings(settings, level: level)
        return .json(json)
    }

    static func featureLevel(_ level: FeatureLevel) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.featureLevel(level)
        json.endObject()
        return .json(json)
    }

    /// A page of a list, with the `Link` to the next.
    static func page(_ json: JSONWriter, next: [UInt8]?) -> HTTPResponse {
        var response = HTTPResponse.json(json)
        if let next { response.appendLink(next: next) }
        return response
    }
}

extension JSONWriter {
    fileprivate mutating func members(of standing: LeaseStanding) {
        member("id", string: standing.id.text)
        member("ttl", milliseconds: standing.timeToLiveMilliseconds)
        member("remaining", milliseconds: standing.remainingMilliseconds)
    }

    fileprivate mutating func waiters(_ waiters: [Keyspace.Waiter]) {
        name("waiters")
        beginArray()
        for waiter in waiters {
            beginObject()
            text("owner", bytes: waiter.owner)
            description(since: waiter.since, info: waiter.info)
            member("lease", string: waiter.lease.text)
            member("shared", bool: waiter.mode == .shared)
            permits(waiter.permitCount)
            member("remaining", milliseconds: waiter.remainingMilliseconds)
            endObject()
        }
        endArray()
    }
}
