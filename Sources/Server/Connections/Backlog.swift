internal import Bytes
internal import API
internal import Wire

/// What a client has sent and what has not begun yet, in the order of arrival.
struct Backlog {
    /// One request, many that are alike, or what is answered in its place.
    enum Item {
        case request(HTTPRequest)
        case run(RequestBatch)
        /// Bytes that are no request; nothing comes behind it.
        case refusal(HTTPResponse)
    }

    private var items = Queue<Item>(keptCountMax: 16)
    /// The run at the end, which the next request may join.
    private var openRun: RequestBatch?
    /// Requests that wait.
    private(set) var count = 0
    /// Of the bodies that wait.
    private(set) var byteCount = 0

    mutating func append(_ item: Item) {
        items.append(item)
        openRun = nil
        count += item.requestCount
        byteCount += item.byteCount
    }

    /// Appends a request to the run at the end, or begins one with it.
    mutating func append(_ kind: RequestBatch.Kind, key: Span<UInt8>, _ value: Span<UInt8>) {
        let run: RequestBatch
        if let openRun, openRun.kind == kind {
            run = openRun
        } else {
            run = RequestBatch(kind)
            items.append(.run(run))
            openRun = run
        }
        run.append(key, value)
        count += 1
        byteCount += kind == .puts ? value.count : 0
    }

    /// The oldest item, if the pipeline lets it begin now.
    mutating func takeFirst(admittedBy pipeline: Pipeline) -> (item: Item, overlap: PipelineClass)?
    {
        guard let overlap = items.first.map(PipelineClass.init), pipeline.admits(overlap),
            let item = items.popFirst()
        else { return nil }
        if items.isEmpty { openRun = nil }
        count -= item.requestCount
        byteCount -= item.byteCount
        return (item, overlap)
    }

    mutating func removeAll() { self = Backlog() }
}

extension Backlog.Item {
    /// How many answers it asks for.
    var requestCount: Int {
        switch self {
        case .request, .refusal: 1
        case .run(let run): run.count
        }
    }

    /// What its bodies take.
    var byteCount: Int {
        switch self {
        case .request(let request): request.body.count
        case .run(let run): run.byteCount
        case .refusal: 0
        }
    }
}

extension PipelineClass {
    fileprivate init(_ item: Backlog.Item) {
        switch item {
        case .request(let request): self.init(request)
        case .run(let run): self.init(run.kind)
        case .refusal: self = .alone
        }
    }

    private init(_ kind: RequestBatch.Kind) {
        switch kind {
        case .reads: self = .read
        case .puts: self = .write
        case .staleReads: self = .alone
        }
    }
}
