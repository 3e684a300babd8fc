internal import Bytes
internal import RoostClient
internal import Wire

/// What the connections ask next, and what is remembered of the answers for that.
struct RequestSource {
    /// What is done: the work itself, or what has to be there before.
    enum Task: Hashable, Sendable {
        case work(Work)
        case fill
        case grant
    }

    let task: Task
    private let options: BenchOptions
    /// The forms of every operation for every endpoint, operation by operation.
    private let templates: [BenchRequestForm]
    private var chooser: KeyChooser
    private var chance: SplitMix64
    /// The revision at which each key was seen last, 0 for one never seen; `cas` and `fill` only.
    private var revisions: [UInt64]
    /// The token that each connection holds, 0 for none; `lock` only.
    private var tokens: [UInt64]
    /// Their ids; `lease` and `grant` only.
    private var leases: [[UInt8]]

    /// - Parameter authorities: the `Host` field of each endpoint.
    init(_ task: Task, options: BenchOptions, authorities: [[UInt8]]) {
        self.task = task
        self.options = options
        templates = authorities.flatMap { authority in
            MeasuredOperation.allCases.map {
                Self.template($0, options: options, authority: authority)
            }
        }
        let isInOrder = task == .fill || task == .grant
        chooser = KeyChooser(
            isInOrder ? .sequential : options.distribution,
            count: options.keyCount
        )
        chance = SplitMix64(seed: options.seed)
        let knowsRevisions = options.work == .cas
        revisions = [UInt64](repeating: 0, count: knowsRevisions ? options.keyCount : 0)
        tokens = [UInt64](repeating: 0, count: options.connectionCount + 1)
        let hasLeases = options.work == .lease
        leases = [[UInt8]](repeating: [], count: hasLeases ? options.keyCount : 0)
    }

    /// Takes over what one that prepared this one has learnt.
    mutating func inherit(_ other: consuming RequestSource) {
        revisions = other.revisions
        leases = other.leases
    }

    /// Whether a connection has to ask once more, whatever time it is.
    func isOwed(by lane: Int) -> Bool { tokens[lane] != 0 }

    /// Appends a connection's next request.
    ///
    /// - Returns: what it is about; `key` is the number of the key, lock or lease.
    mutating func append(
        lane: Int,
        endpoint: Int,
        to output: inout [UInt8]
    ) -> (operation: MeasuredOperation, key: Int) {
        let operation = nextOperation(lane)
        let key =
            operation == .release || operation == .acquire
            ? lane % options.keyCount : chooser.next(&chance)
        let place = endpoint * MeasuredOperation.allCases.count + Int(operation.rawValue)
        switch operation {
        case .cas:
            templates[place].append(key: key, inserting: revisions[key], to: &output)
        case .release:
            templates[place].append(key: key, inserting: tokens[lane], to: &output)
            tokens[lane] = 0
        case .keepalive: templates[place].append(inserting: leases[key], to: &output)
        default: templates[place].append(key: key, to: &output)
        }
        return (operation, key)
    }

    /// Appends a write of the watched key whose value begins with a number.
    func append(round: Int, endpoint: Int, to output: inout [UInt8]) {
        let place =
            endpoint * MeasuredOperation.allCases.count + Int(MeasuredOperation.event.rawValue)
        templates[place].append(key: round, to: &output)
    }

    private mutating func nextOperation(_ lane: Int) -> MeasuredOperation {
        switch task {
        case .fill: return .fill
        case .grant: return .grant
        case .work(let work):
            switch work {
            case .write, .watch: return .write
            case .read: return .read
            case .staleRead: return .staleRead
            case .mixed:
                let (writes, reads) = options.ratio
                return chance.next() % (writes + reads) < writes ? .write : .read
            case .cas: return .cas
            case .lock: return tokens[lane] == 0 ? .acquire : .release
            case .lease: return .keepalive
            case .list: return .list
            }
        }
    }

    /// Remembers what an answer tells that later requests need.
    mutating func learn(
        _ operation: MeasuredOperation,
        key: Int,
        lane: Int,
        status: Int,
        input: Span<UInt8>,
        body: Range<Int>
    ) {
        switch operation {
        case .fill, .cas:
            guard !revisions.isEmpty,
                let seen = MessageHead.number(after: "\"mod_revision\":", input: input, range: body)
            else { return }
            revisions[key] = UInt64(seen)
        case .acquire:
            guard status == 200,
                let token = MessageHead.number(after: "\"token\":", input: input, range: body)
            else { return }
            tokens[lane] = UInt64(token)
        case .grant:
            guard status == 201,
                let start = MessageHead.place(after: "\"id\":\"", input: input, range: body)
            else { return }
            var end = start
            while end < body.upperBound, input[end] != UInt8(ascii: "\"") { end += 1 }
            leases[key] = (start..<end).map { input[$0] }
        default: break
        }
    }

    /// What a broken connection held is gone.
    mutating func forget(lane: Int) { tokens[lane] = 0 }
}

extension RequestSource {
    /// The key that `watch` writes and watches.
    static func watchedKey(_ options: BenchOptions) -> [UInt8] {
        options.prefix + Array("/watched".utf8)
    }

    private static func template(
        _ operation: MeasuredOperation,
        options: BenchOptions,
        authority: [UInt8]
    ) -> BenchRequestForm {
        let subtree = BenchRequestForm.Piece.text(Call.path(ofKey: options.prefix))
        let key = [subtree, text("/"), .digits]
        let lock = [text("/v1/locks/bench-"), BenchRequestForm.Piece.digits]
        let value = [UInt8](repeating: UInt8(ascii: "v"), count: options.valueByteCount)
        switch operation {
        case .write, .fill:
            return BenchRequestForm(.put, target: key, authority: authority, body: [.text(value)])
        case .read, .handOff: return BenchRequestForm(.get, target: key, authority: authority)
        case .staleRead:
            let target = key + [text("?consistency=stale")]
            return BenchRequestForm(.get, target: target, authority: authority)
        case .cas:
            return BenchRequestForm(
                .put,
                target: key,
                authority: authority,
                field: [text("If-Match: \""), .insertion, text("\"")],
                body: [.text(value)]
            )
        case .acquire:
            let body = [text("{\"wait\":\"1h\",\"ttl\":\"30s\"}")]
            return BenchRequestForm(.post, target: lock, authority: authority, body: body)
        case .release:
            let target = lock + [text("?token="), .insertion]
            return BenchRequestForm(.delete, target: target, authority: authority)
        case .grant:
            let body = [text("{\"ttl\":\"\(leaseSeconds(options))s\"}")]
            return BenchRequestForm(
                .post,
                target: [text("/v1/leases")],
                authority: authority,
                body: body
            )
        case .keepalive:
            let target = [text("/v1/leases/"), .insertion, text("/keepalive")]
            return BenchRequestForm(.post, target: target, authority: authority)
        case .list:
            let target = [subtree, text("?recursive&limit=\(options.limit)")]
            return BenchRequestForm(.get, target: target, authority: authority)
        case .event:
            let rest = value.dropFirst(BenchRequestForm.digitCount)
            let target = [BenchRequestForm.Piece.text(Call.path(ofKey: watchedKey(options)))]
            return BenchRequestForm(
                .put,
                target: target,
                authority: authority,
                body: [.digits, .text(Array(rest))]
            )
        }
    }

    private static func text(_ text: String) -> BenchRequestForm.Piece { .text(Array(text.utf8)) }

    /// Longer than the benchmark lasts; leases that it leaves behind end by themselves.
    private static func leaseSeconds(_ options: BenchOptions) -> UInt64 {
        switch options.extent {
        case .milliseconds(let milliseconds):
            min(60 + (milliseconds + options.warmUpMilliseconds) / 1000, 86_400)
        case .requests: 600
        }
    }
}
