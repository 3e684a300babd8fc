internal import Bytes
internal import Keyspace
internal import Replica
internal import Wire

/// `PUT /v1/kv/PATH?format=tree` and `PATCH /v1/kv/PATH`: a whole subtree in one write, or what
/// that write would change.
struct TreeCall {
    enum Purpose {
        case write
        /// `dry-run`: nothing is changed.
        case forecast
    }

    /// The most keys that a dry run names.
    private static let forecastKeyCountMax = 100_000

    private let write: TreeWrite
    /// What it is about, with everything below.
    var root: Key { write.root }
    private let request: Request
    let purpose: Purpose

    /// - Parameter mode: `.replace` for PUT, `.merge` for PATCH.
    init(
        _ mode: TreeWrite.Mode,
        root: Key,
        request: HTTPRequest,
        parameters: inout Parameters
    ) throws(Problem) {
        if root.isReserved { throw .reserved(root) }
        purpose = try parameters.flag("dry-run") ? .forecast : .write
        let values = try KeyForm.Values(&parameters)
        let confirmation = try parameters.text("confirm")
        if mode == .merge { try Self.expectMergePatch(request) }
        let body = try TreeBody(request.body, root: root, mode: mode, values: values)
        let isWhole = root == .root && mode == .replace && body.edits.isEmpty
        if isWhole, confirmation?.equals("all") != true {
            throw .bad("To delete every key, add confirm=all.")
        }
        write = TreeWrite(
            root: root,
            edits: body.edits,
            mode: mode,
            condition: try Conditions(request).ofTree()
        )
        self.request = try WritePreconditions(request).request(.writeTree(write))
    }

    private static func expectMergePatch(_ request: HTTPRequest) throws(Problem) {
        let field = request.header("content-type") ?? []
        let type = field.prefix { $0 != UInt8(ascii: ";") }.trimmingBlanks
        guard type.equalsIgnoringCase("application/merge-patch+json") else {
            throw Problem(
                .unsupportedType,
                "PATCH takes a body of the type application/merge-patch+json (RFC 7396); say so in Content-Type."
            )
        }
    }

    func start() -> NativeStep {
        switch purpose {
        case .write: .propose(request)
        case .forecast: .read
        }
    }

    func resume(
        _ resumption: Resumption,
        by principal: Principal,
        in keyspace: Keyspace
    ) throws(Problem) -> NativeStep {
        switch resumption {
        case .readable: return .respond(try forecast(keyspace))
        case .unreadable: throw .unreadable
        case .answered, .unproposed: break
        default: return .goOn
        }
        return .respond(
            try Self.response(to: resumption, of: request, by: principal, in: keyspace)
        )
    }

    /// What the client of a tree's writing hears, with the tag that the tree has then, where it may
    /// read all of that: a tag tells how much there is.
    static func response(
        to resumption: Resumption,
        of request: Request,
        by principal: Principal,
        in keyspace: Keyspace
    ) throws(Problem) -> HTTPResponse {
        var response = try WriteCall.response(
            to: resumption,
            about: .none,
            fate: RequestFate(request)
        )
        if case .writeTree(let write) = request.command,
            case .answered(let answer) = resumption, case .treeWritten(let result) = answer.outcome,
            principal.mayRead(.subtree(write.root), in: keyspace),
            let tag = try? keyspace.store.tag(of: .subtree(write.root), at: result.revision)
        {
            response.appendTag(tag)
        }
        return response
    }

    // MARK: - Dry runs

    private func forecast(_ keyspace: Keyspace) throws(Problem) -> HTTPResponse {
        let changes: TreeChanges
        do { changes = try keyspace.changes(of: write) } catch { throw Problem(error) }
        let count = changes.created.count + changes.changed.count + changes.deleted.count
        guard count <= Self.forecastKeyCountMax else {
            throw Problem(
                .tooLarge,
                "\(count) keys would change; a dry run names at most \(Self.forecastKeyCountMax)."
            )
        }
        var json = JSONWriter()
        json.beginObject()
        json.member("revision", number: keyspace.store.revision.rawValue)
        json.member("created", keys: changes.created)
        json.member("changed", keys: changes.changed)
        json.member("deleted", keys: changes.deleted)
        json.endObject()
        return .json(json)
    }
}

extension Principal {
    fileprivate func mayRead(_ range: KeyRange, in keyspace: Keyspace) -> Bool {
        !keyspace.isAccessControlled
            || keyspace.access.decide(caller, on: .read(range)).isAllowed
    }
}

extension JSONWriter {
    /// A member that lists keys: as text where they are that, else as `{"key_base64"}`.
    fileprivate mutating func member(_ name: StaticString, keys: [Key]) {
        self.name(name)
        beginArray()
        for key in keys {
            guard !key.bytes.span.isValidUTF8 else {
                string(key.bytes)
                continue
            }
            beginObject()
            self.key(key)
            endObject()
        }
        endArray()
    }
}
